import { Anchor, Badge, Grid, Group, Stack, Text, Title } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";

import { useFormats } from "../../i18n/useFormats";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { PageTitle } from "../../ui/PageTitle";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconArrowLeft } from "../../ui/icons";
import { PaymentCard } from "../payments/PaymentCard";
import { AuditTrail } from "../audit/AuditTrail";
import { type RequestDetail, useRequest } from "../data/requests";
import { useAccount, useCan } from "../shell/Account";
import { Details } from "./Details";
import { History } from "./History";
import { SeriesCard } from "./SeriesCard";
import { StepButtons } from "./StepButtons";
import { StepDialog } from "./StepDialog";
import { type Step, stepsOf } from "./steps";
import { statusColor, statusWord } from "./words";

/** One booking: what was agreed, what happened, and what can be done next. */
export default function RequestPage() {
  const { t } = useTranslation("admin");
  useTranslation(["office", "payment"]);
  const { id = "" } = useParams();
  const request = useRequest(id);
  return (
    <>
      <Anchor component={Link} to="/requests" mb="sm" display="inline-flex" mih={44}>
        <Group gap={6}>
          <IconArrowLeft size={18} className="flip" />
          {t("page.requests")}
        </Group>
      </Anchor>
      {request.isError ? (
        <ProblemAlert error={request.error} onRetry={() => void request.refetch()} />
      ) : request.data === undefined ? (
        <PageSkeleton />
      ) : (
        <Booking request={request.data} />
      )}
    </>
  );
}

function Booking({ request }: { request: RequestDetail }) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const { role } = useAccount();
  const may = useCan();
  const [step, setStep] = useState<Step>();
  // The dialog keeps the booking as it was when it was opened: that is what somebody decides on.
  const [seen, setSeen] = useState<RequestDetail>(request);
  const steps = useMemo(() => stepsOf(request.status, role), [request.status, role]);
  const begin = (wanted: Step) => {
    setSeen(request);
    setStep(wanted);
  };

  return (
    <>
      <Group justify="space-between" align="flex-start">
        <PageTitle
          lead={`${formats.date(request.startsAt, request.timeZone)}, ${formats.timeRange(
            request.startsAt,
            request.endsAt,
            request.timeZone,
          )}`}
        >
          {t("request.title", { reference: request.reference, service: request.service.name })}
        </PageTitle>
        <Group gap="xs">
          <Badge
            tt="none"
            size="xl"
            variant="light"
            color={statusColor(request.status)}
            role="status"
          >
            {statusWord(t, request.status)}
          </Badge>
          {request.bookingType === "emergency" ? (
            <Badge tt="none" size="xl" color="red">
              {t("requests.emergency")}
            </Badge>
          ) : null}
        </Group>
      </Group>
      <StepButtons steps={steps} onStep={begin} />
      <Grid gap="lg" mt="lg">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Stack gap="lg">
            <Details request={request} />
            <PaymentCard request={request} />
            {request.series == null ? null : (
              <SeriesCard series={request.series} timeZone={request.timeZone} />
            )}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Stack gap="lg">
            <section className="surface">
              <Stack p="lg">
                <Title order={2} size="h3">
                  {t("request.history")}
                </Title>
                <History request={request} />
              </Stack>
            </section>
            {may("view-audit") ? (
              <section>
                <Title order={2} size="h3" mb="sm">
                  {t("request.audit")}
                </Title>
                <AuditTrail object={`request:${request.id}`} empty={t("request.noAudit")} />
              </section>
            ) : null}
          </Stack>
        </Grid.Col>
      </Grid>
      {steps.length === 0 ? (
        <Text c="dimmed" mt="lg">
          {t("request.ended")}
        </Text>
      ) : null}
      {step === undefined ? null : (
        <StepDialog step={step} seen={seen} current={request} onClose={() => setStep(undefined)} />
      )}
    </>
  );
}

import { Alert, Button, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { useFormats } from "../i18n/useFormats";
import { PageTitle } from "../ui/PageTitle";
import { ProblemAlert } from "../ui/ProblemAlert";
import { IconArrowRight, IconCloudOff, IconPhone } from "../ui/icons";
import { useOnline } from "../ui/useOnline";
import classes from "./EmergencyPage.module.css";
import { useServices } from "./useCatalogue";
import { PhoneLink, useHelpline } from "./Helpline";

/** For those who cannot wait: the telephone first, then the earliest visit. Never queued in silence. */
export default function EmergencyPage() {
  const { t } = useTranslation("booking");
  const formats = useFormats();
  const isOnline = useOnline();
  const phone = useHelpline();
  const { data: services, error, isPending, refetch } = useServices();
  const eligible = services?.filter((service) => service.isEmergencyEligible) ?? [];

  return (
    <Stack>
      <PageTitle lead={t("emergency.lead")}>{t("emergency.title")}</PageTitle>
      <section className={classes.call}>
        <IconPhone size={32} aria-hidden />
        <div>
          <Title order={2}>{t("emergency.call")}</Title>
          {phone === undefined ? (
            <Text>{t("emergency.callText")}</Text>
          ) : (
            <PhoneLink phone={phone} className={classes.number} />
          )}
          <Text size="sm">{t("emergency.danger")}</Text>
        </div>
      </section>
      <Title order={2}>{t("emergency.online")}</Title>
      {isOnline ? (
        <Text c="dimmed">{t("emergency.onlineText")}</Text>
      ) : (
        <Alert color="marigold" variant="light" icon={<IconCloudOff />} title={t("offline.title")}>
          {t("offline.emergency")}
        </Alert>
      )}
      {error !== null && services === undefined ? (
        <ProblemAlert error={error} onRetry={() => void refetch()} />
      ) : null}
      {isPending ? <Skeleton height={90} radius="lg" /> : null}
      {eligible.map((service) => (
        <div key={service.id} className={`surface ${classes.service}`}>
          <div>
            <Title order={3}>{service.name}</Title>
            <Text c="dimmed">{service.description}</Text>
            <Text size="sm">
              {t("services.from", { price: formats.money(service.price) })},{" "}
              {formats.duration(service.durationMinutes)}
            </Text>
          </div>
          {isOnline ? (
            <Button
              component={Link}
              to={`/book/${service.slug}?type=emergency&step=time`}
              rightSection={<IconArrowRight size={18} className="flip" />}
            >
              {t("emergency.book")}
            </Button>
          ) : null}
        </div>
      ))}
    </Stack>
  );
}

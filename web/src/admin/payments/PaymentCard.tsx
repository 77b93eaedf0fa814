import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { PaymentBadge } from "../../ui/PaymentBadge";
import type { RequestDetail } from "../data/requests";
import classes from "../requests/requests.module.css";
import { useCan } from "../shell/Account";
import { CashDialog } from "./CashDialog";
import { FactList } from "./FactList";
import { readFacts } from "./facts";

const METHODS = ["cod", "card"] as const;

/** What is owed for a booking, what is known of the money, and what staff may say of it. */
export function PaymentCard({ request }: { request: RequestDetail }) {
  const { t } = useTranslation(["office", "payment"]);
  const formats = useFormats();
  const may = useCan();
  const [seen, setSeen] = useState<RequestDetail>();
  const method = METHODS.find((one) => one === request.paymentMethod);
  const isCollected = request.paymentStatus === "cod_collected";
  const canCollect = may("collect-cash") && (request.paymentStatus === "cod_due" || isCollected);
  const owed = request.cancellation?.fee ?? request.price;

  return (
    <section className="surface">
      <Stack p="lg">
        <Group justify="space-between">
          <Title order={2} size="h3">
            {t("office:payment.title")}
          </Title>
          <PaymentBadge status={request.paymentStatus} />
        </Group>
        <dl className={classes.facts}>
          <div>
            <dt>{t("office:payment.due")}</dt>
            <dd className="tabular">{formats.money(owed)}</dd>
          </div>
          <div>
            <dt>{t("office:payment.method")}</dt>
            <dd>{method === undefined ? request.paymentMethod : t(`payment:method.${method}`)}</dd>
          </div>
          {request.paymentSessionId == null ? null : (
            <div>
              <dt>{t("office:payment.session")}</dt>
              <dd dir="ltr">{request.paymentSessionId}</dd>
            </div>
          )}
        </dl>
        <Stack gap="xs">
          <Title order={3} size="h4">
            {t("office:payment.known")}
          </Title>
          {request.facts.length === 0 ? (
            <Text c="dimmed">{t("office:payment.nothingKnown")}</Text>
          ) : (
            <FactList facts={readFacts(request.facts)} timeZone={request.timeZone} />
          )}
        </Stack>
        {canCollect ? (
          <Group>
            <Button variant={isCollected ? "default" : "filled"} onClick={() => setSeen(request)}>
              {t(isCollected ? "office:cash.correct" : "office:cash.button")}
            </Button>
          </Group>
        ) : null}
      </Stack>
      {seen === undefined ? null : (
        <CashDialog
          seen={seen}
          current={request}
          due={owed}
          isCorrection={isCollected}
          onClose={() => setSeen(undefined)}
        />
      )}
    </section>
  );
}

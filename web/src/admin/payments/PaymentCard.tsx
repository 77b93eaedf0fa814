import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { PaymentBadge } from "../../ui/PaymentBadge";
import type { RequestDetail } from "../data/requests";
import classes from "../requests/requests.module.css";
import { useCan } from "../shell/Account";
import { CashDialog } from "./CashDialog";
import { ClearDialog } from "./ClearDialog";
import { FactList } from "./FactList";
import { RefreshButton } from "./RefreshButton";
import { RefundDialog } from "./RefundDialog";
import { readFacts, refundable } from "./facts";

/** What staff can do about the money. */
type Deed = "collect" | "refund" | "clear";

const METHODS = ["cod", "card"] as const;

/** What is owed for a booking, what is known of the money, and what staff may say of it. */
export function PaymentCard({ request }: { request: RequestDetail }) {
  const { t } = useTranslation(["office", "payment"]);
  const formats = useFormats();
  const may = useCan();
  const [open, setOpen] = useState<{ deed: Deed; seen: RequestDetail }>();
  const facts = readFacts(request.facts);
  const method = METHODS.find((one) => one === request.paymentMethod);
  const isCollected = request.paymentStatus === "cod_collected";
  const canCollect = isCollected
    ? may("correct-cash")
    : may("collect-cash") && request.paymentStatus === "cod_due";
  const owed = request.cancellation?.fee ?? request.price;
  const left = refundable(facts, request.price.currency);
  const canRefund = may("handle-money") && left.amount > 0;
  const canClear = may("handle-money") && facts.some(({ kind }) => kind === "doubt");
  const canAsk = may("handle-money") && facts.some(({ kind }) => kind === "attempt");
  const begin = (deed: Deed) => setOpen({ deed, seen: request });
  const dialog = {
    seen: open?.seen ?? request,
    current: request,
    onClose: () => setOpen(undefined),
  };

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
          {facts.length === 0 ? (
            <Text c="dimmed">{t("office:payment.nothingKnown")}</Text>
          ) : (
            <FactList facts={facts} timeZone={request.timeZone} />
          )}
        </Stack>
        {canCollect || canRefund || canClear || canAsk ? (
          <Group>
            {canCollect ? (
              <Button variant={isCollected ? "default" : "filled"} onClick={() => begin("collect")}>
                {t(isCollected ? "office:cash.correct" : "office:cash.button")}
              </Button>
            ) : null}
            {canClear ? (
              <Button onClick={() => begin("clear")}>{t("office:clear.button")}</Button>
            ) : null}
            {canRefund ? (
              <Button variant="light" color="red" onClick={() => begin("refund")}>
                {t("office:refund.button")}
              </Button>
            ) : null}
            {canAsk ? <RefreshButton request={request} /> : null}
          </Group>
        ) : null}
      </Stack>
      {open?.deed === "collect" ? (
        <CashDialog {...dialog} due={owed} isCorrection={isCollected} />
      ) : null}
      {open?.deed === "refund" ? <RefundDialog {...dialog} refundable={left} /> : null}
      {open?.deed === "clear" ? <ClearDialog {...dialog} /> : null}
    </section>
  );
}

import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { useRemainingMs } from "../booking/useHold";
import { useFormats } from "../i18n/useFormats";
import { ProblemAlert } from "../ui/ProblemAlert";
import { IconCard, IconCheck, IconHourglass } from "../ui/icons";
import { pathOf } from "./links";
import { type Payment, leaveFor, openCheckout, payState } from "./payment";
import classes from "./portal.module.css";

const SECOND_MS = 1_000;
const MINUTE_SECONDS = 60;

interface Props {
  payment: Payment;
  token: string | undefined;
  /** Whether the booking itself is shown around it. */
  isAtBooking: boolean;
}

function clock(leftMs: number): string {
  const seconds = Math.ceil(leftMs / SECOND_MS);
  const rest = String(seconds % MINUTE_SECONDS).padStart(2, "0");
  return `${Math.floor(seconds / MINUTE_SECONDS)}:${rest}`;
}

/** How a payment by card stands, in words that say what it means for the booking, and the way on. */
export function PayPanel({ payment, token, isAtBooking }: Props) {
  const { t } = useTranslation("portal");
  const formats = useFormats();
  const state = payState(payment);
  const keptUntil = payment.hold?.expiresAt;
  const leftMs = useRemainingMs(keptUntil);
  const id = payment.serviceRequestId;
  const pay = useMutation({
    // A page that is open is good; otherwise the server opens another.
    mutationFn: async () => leaveFor(payment.checkoutUrl ?? (await openCheckout(id, token))),
  });
  const canPay = state === "payable" || state === "again" || state === "unopened";
  const Icon = state === "paid" ? IconCheck : canPay ? IconCard : IconHourglass;

  return (
    <section className={`surface ${classes.panel}`} aria-labelledby="pay-heading">
      <Group gap="sm" wrap="nowrap">
        <Icon size={26} aria-hidden />
        <Title order={2} id="pay-heading">
          {t(`pay.${state}.title`)}
        </Title>
      </Group>
      <Text role="status">{t(`pay.${state}.text`, { amount: formats.money(payment.due) })}</Text>
      {canPay && leftMs !== undefined && leftMs > 0 ? (
        <Text className="tabular" fw={600}>
          {t("pay.kept", { time: clock(leftMs) })}
        </Text>
      ) : null}
      {pay.isError ? (
        <ProblemAlert error={pay.error} isFocused onRetry={() => pay.mutate()} />
      ) : null}
      <Group>
        {canPay ? (
          <Button
            size="md"
            leftSection={<IconCard size={20} />}
            loading={pay.isPending || pay.isSuccess}
            onClick={() => pay.mutate()}
          >
            {t(`pay.${state}.button`, {
              amount: formats.money(payment.due),
            })}
          </Button>
        ) : null}
        {state === "over" || state === "returned" ? (
          <Button component={Link} to="/book" variant={isAtBooking ? "default" : "filled"}>
            {t("pay.bookAgain")}
          </Button>
        ) : null}
        {isAtBooking ? null : (
          <Button
            component={Link}
            to={pathOf(id, token)}
            variant={state === "paid" ? "filled" : "default"}
          >
            {t("pay.show")}
          </Button>
        )}
      </Group>
      {canPay ? (
        <Stack gap={0}>
          <Text size="sm" c="dimmed">
            {t("pay.elsewhere")}
          </Text>
        </Stack>
      ) : null}
    </section>
  );
}

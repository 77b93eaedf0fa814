import { Button, Group, Text, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { api, change as changeHeader, newKey, unwrap } from "../api";
import { useRemainingMs } from "../booking/useHold";
import { useFormats } from "../i18n/useFormats";
import { ProblemAlert } from "../ui/ProblemAlert";
import { ChangeOutcome } from "./ChangeOutcome";
import classes from "./portal.module.css";
import { type BookingDetail, bearer, useBookingsRefresh } from "./useBookings";
import { useChange } from "./useChange";

interface Props {
  booking: BookingDetail;
  token: string | undefined;
}

const MINUTE_MS = 60_000;

/** Leaving the waiting list, or declining what it offered. */
function useLeave({ booking, token }: Props) {
  const refresh = useBookingsRefresh();
  return useMutation({
    mutationFn: () => {
      const params = { path: { id: booking.id }, header: changeHeader(newKey()) };
      return unwrap(api.DELETE("/api/portal/waitlist/{id}", { params, headers: bearer(token) }));
    },
    onSuccess: refresh,
  });
}

/** A place that came free and is kept for whoever waited: take it or leave it, in time. */
export function OfferPanel({ booking, token }: Props) {
  const { t } = useTranslation("portal");
  const formats = useFormats();
  const accept = useChange(booking, token);
  const leave = useLeave({ booking, token });
  const expiresAt = booking.offer?.expiresAt ?? undefined;
  const leftMs = useRemainingMs(expiresAt) ?? 0;

  if (expiresAt === undefined) return null;
  return (
    <section className={`surface ${classes.panel}`} aria-labelledby="offer-heading">
      <Title order={2} id="offer-heading">
        {t("offer.title")}
      </Title>
      <Text>
        {t("offer.text", {
          date: formats.dateTime(booking.startsAt, booking.timeZone),
          until: formats.time(expiresAt, booking.timeZone),
          count: Math.ceil(leftMs / MINUTE_MS),
        })}
      </Text>
      <ChangeOutcome change={accept} timeZone={booking.timeZone} />
      {leave.isError ? <ProblemAlert error={leave.error} isFocused /> : null}
      <Group>
        <Button
          loading={accept.isBusy}
          onClick={() => accept.submit({ kind: "accept-offer", action: "accept-offer" })}
        >
          {t("offer.accept")}
        </Button>
        <Button variant="default" loading={leave.isPending} onClick={() => leave.mutate()}>
          {t("offer.decline")}
        </Button>
      </Group>
    </section>
  );
}

/** Waiting, with nothing offered yet. */
export function WaitingPanel({ booking, token }: Props) {
  const { t } = useTranslation("portal");
  const leave = useLeave({ booking, token });
  return (
    <section className={`surface ${classes.panel}`} aria-labelledby="waiting-heading">
      <Title order={2} id="waiting-heading">
        {t("waiting.title")}
      </Title>
      <Text>
        {booking.position == null
          ? t("waiting.text")
          : t("waiting.position", { position: booking.position })}
      </Text>
      {leave.isError ? <ProblemAlert error={leave.error} isFocused /> : null}
      <Group>
        <Button variant="default" loading={leave.isPending} onClick={() => leave.mutate()}>
          {t("waiting.leave")}
        </Button>
      </Group>
    </section>
  );
}

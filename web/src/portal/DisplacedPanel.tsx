import { Button, Group, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useFormats } from "../i18n/useFormats";
import { ChangeOutcome } from "./ChangeOutcome";
import classes from "./portal.module.css";
import type { BookingDetail } from "./useBookings";
import { useChange } from "./useChange";

interface Props {
  booking: BookingDetail;
  token: string | undefined;
  onMove: () => void;
}

/** The day was closed, or somebody fell ill: other times, one press each. */
export function DisplacedPanel({ booking, token, onMove }: Props) {
  const { t } = useTranslation("portal");
  const formats = useFormats();
  const change = useChange(booking, token);
  const others = booking.displaced?.alternatives ?? [];

  const take = (other: { startsAt: string; teamId: string }) =>
    change.submit({
      kind: "reschedule",
      action: "reschedule",
      body: { startsAt: other.startsAt, teamId: other.teamId },
    });
  return (
    <section className={`surface ${classes.panel}`} aria-labelledby="displaced-heading">
      <Title order={2} id="displaced-heading">
        {t("displaced.title")}
      </Title>
      <Text>{t("displaced.text")}</Text>
      <ChangeOutcome change={change} timeZone={booking.timeZone} onAlternative={take} />
      <Group>
        {others.map((other) => (
          <Button
            key={other.startsAt + other.teamId}
            loading={change.isBusy}
            onClick={() => take(other)}
          >
            {formats.dateTime(other.startsAt, booking.timeZone)}
          </Button>
        ))}
        <Button variant="default" onClick={onMove}>
          {t("displaced.other")}
        </Button>
      </Group>
    </section>
  );
}

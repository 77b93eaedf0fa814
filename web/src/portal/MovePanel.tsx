import { Button, Group, Text, Title } from "@mantine/core";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { type PickedTime, TimePicker } from "../booking/TimePicker";
import { useServices } from "../booking/useCatalogue";
import { useFormats } from "../i18n/useFormats";
import { ChangeOutcome } from "./ChangeOutcome";
import { type Scope, ScopeChoice } from "./ScopeChoice";
import classes from "./portal.module.css";
import type { BookingDetail } from "./useBookings";
import { useChange } from "./useChange";

interface Props {
  booking: BookingDetail;
  token: string | undefined;
  onClose: () => void;
}

/** Of services that are not listed any more. */
const HORIZON_DAYS = 60;

/** Another time for a booking. The old place is given up only once the new one is certain. */
export function MovePanel({ booking, token, onClose }: Props) {
  const { t } = useTranslation(["portal", "common"]);
  const formats = useFormats();
  const heading = useRef<HTMLHeadingElement>(null);
  const change = useChange(booking, token);
  const { data: services } = useServices();
  const service = services?.find((one) => one.id === booking.service.id);
  const [scope, setScope] = useState<Scope>("this");
  const [picked, setPicked] = useState<PickedTime>({
    timeZone: booking.timeZone,
    date: undefined,
    startsAt: undefined,
    teamId: undefined,
  });
  const wanted = useMemo(
    () => ({
      serviceId: booking.service.id,
      memberId: undefined,
      isEmergency: booking.bookingType === "emergency",
    }),
    [booking.service.id, booking.bookingType],
  );

  useEffect(() => heading.current?.focus(), []);

  const submit = ({ startsAt, teamId }: Pick<PickedTime, "startsAt" | "teamId">) =>
    change.submit({
      kind: "reschedule",
      action: "reschedule",
      body: {
        startsAt,
        ...(teamId === undefined || teamId === booking.team.id ? {} : { teamId }),
        ...(scope === "this" ? {} : { scope }),
      },
    });
  return (
    <section className={`surface ${classes.panel}`} aria-labelledby="move-heading">
      <div>
        <Title order={2} id="move-heading" ref={heading} tabIndex={-1}>
          {t("portal:move.title")}
        </Title>
        <Text c="dimmed">{t("portal:move.text")}</Text>
      </div>
      {booking.series == null ? null : <ScopeChoice value={scope} onChange={setScope} />}
      <TimePicker
        wanted={wanted}
        horizonDaysMax={service?.horizonDaysMax ?? HORIZON_DAYS}
        picked={picked}
        onPick={setPicked}
        onlyZone={booking.timeZone}
      />
      <ChangeOutcome change={change} timeZone={booking.timeZone} onAlternative={submit} />
      <Group>
        <Button
          loading={change.isBusy}
          disabled={picked.startsAt === undefined || change.isWaiting}
          onClick={() => submit(picked)}
        >
          {picked.startsAt === undefined
            ? t("portal:move.choose")
            : t("portal:move.submit", {
                date: formats.dateTime(picked.startsAt, booking.timeZone),
              })}
        </Button>
        <Button variant="default" onClick={onClose}>
          {t("portal:move.keep")}
        </Button>
      </Group>
    </section>
  );
}

import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { STATUS_COLORS, statusOf } from "./status";
import classes from "./portal.module.css";
import type { Booking } from "./useBookings";

/** A booking's state, in words; colour is the second cue. */
export function StatusBadge({ booking }: { booking: Pick<Booking, "status"> }) {
  const { t } = useTranslation("portal");
  const status = statusOf(booking);
  return (
    <Badge className={classes.badge ?? ""} data-color={STATUS_COLORS[status]} variant="light">
      {t(`status.${status}`)}
    </Badge>
  );
}

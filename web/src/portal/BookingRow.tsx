import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { useFormats } from "../i18n/useFormats";
import { StatusBadge } from "./StatusBadge";
import { knownLinks, pathOf } from "./links";
import classes from "./portal.module.css";
import type { Booking } from "./useBookings";

/** Between facts of one line: reads the same in both directions. */
const SEPARATOR = " \u00b7 ";

/** A booking in a list: when, what, with whom, and how it stands. Leads to its page. */
export function BookingRow({ booking, isGuest }: { booking: Booking; isGuest: boolean }) {
  const { t } = useTranslation("portal");
  const formats = useFormats();
  const { startsAt, endsAt, timeZone, series } = booking;
  const token = isGuest
    ? knownLinks(localStorage).find(({ id }) => id === booking.id)?.token
    : undefined;
  const day = new Intl.DateTimeFormat("en-CA", { timeZone }).format(new Date(startsAt));
  const [weekday, month] = [
    new Intl.DateTimeFormat(formats.locale, { weekday: "short", timeZone }),
    new Intl.DateTimeFormat(formats.locale, { month: "short", timeZone }),
  ].map((format) => format.format(new Date(startsAt)));

  const where = [
    formats.timeRange(startsAt, endsAt, timeZone),
    booking.team.name,
    ...(booking.teamMember == null ? [] : [booking.teamMember.name]),
  ];

  return (
    <li>
      <Link to={pathOf(booking.id, token)} className={classes.row}>
        <span className={classes.date}>
          <span>{weekday}</span>
          <span className={classes.dateNumber}>{formats.dayNumber(day)}</span>
          <span>{month}</span>
        </span>
        <span className={classes.what}>
          {booking.service.name}
          <span className={classes.where}>
            {where.map((part, index) => (
              <span key={part}>
                {index > 0 ? SEPARATOR : ""}
                <bdi>{part}</bdi>
              </span>
            ))}
          </span>
          <span className={classes.where}>
            {series == null ? "" : t("list.inSeries", { index: series.index + 1 }) + SEPARATOR}
            <bdi translate="no">{booking.reference}</bdi>
          </span>
        </span>
        <StatusBadge booking={booking} />
      </Link>
    </li>
  );
}

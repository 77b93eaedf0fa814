import { useTranslation } from "react-i18next";

import { useFormats } from "../i18n/useFormats";
import { paymentWord } from "../ui/payment";
import { useOwnTimeZone } from "../ui/preferences";
import classes from "./portal.module.css";
import type { BookingDetail } from "./useBookings";

/** When, where, with whom, and what it costs. */
export function BookingFacts({ booking }: { booking: BookingDetail }) {
  const { t } = useTranslation("portal");
  const { t: said } = useTranslation("payment");
  const formats = useFormats();
  const ownZone = useOwnTimeZone();
  const { startsAt, endsAt, timeZone, client, series, payment } = booking;
  const here = formats.timeRange(startsAt, endsAt, timeZone);
  const own = formats.timeRange(startsAt, endsAt, ownZone);
  const notes = typeof booking.notes === "string" ? booking.notes : "";

  const rows: [string, string][] = [
    [t("facts.time"), `${formats.date(startsAt, timeZone)}\n${here}`],
    [t("facts.zone"), formats.zone(timeZone)],
  ];
  if (own !== here) {
    rows.push([t("facts.ownTime"), `${formats.date(startsAt, ownZone)}\n${own}`]);
  }
  rows.push([t("facts.team"), booking.team.name]);
  if (booking.teamMember != null) rows.push([t("facts.member"), booking.teamMember.name]);
  rows.push([t("facts.price"), formats.money(booking.price)]);
  rows.push([t("facts.payment"), paymentWord(said, payment.status)]);
  if (series != null) {
    rows.push([
      t("facts.series"),
      t("facts.ofSeries", { index: series.index + 1, count: series.occurrences.length }),
    ]);
  }
  rows.push([
    t("facts.client"),
    [client.name, client.email, client.phone].filter(Boolean).join("\n"),
  ]);
  if (typeof client.address === "string") rows.push([t("facts.address"), client.address]);
  if (notes !== "") rows.push([t("facts.notes"), notes]);

  return (
    <section className={`surface ${classes.panel}`} aria-label={t("facts.booking")}>
      <dl className={classes.facts}>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

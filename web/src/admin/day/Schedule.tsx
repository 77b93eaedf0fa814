import { Skeleton, Stack, Text } from "@mantine/core";
import { useMemo, type CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { useFormats } from "../../i18n/useFormats";
import { type Team, useMembers } from "../data/catalog";
import type { Request } from "../data/requests";
import { clockOf, type Day } from "../lib/days";
import { statusWord } from "../requests/words";
import classes from "./day.module.css";
import { hoursOf, intoLanes, minuteOf } from "./lanes";

const HOUR = 60;
/** States that take nobody's time. */
const GONE = ["cancelled", "declined", "expired", "waitlisted"];

interface Props {
  team: Team;
  day: Day;
  bookings: readonly Request[];
  isLoading: boolean;
}

/** Who does what when: a line of hours for each member, as wide as their visits are long. */
export function Schedule({ team, day, bookings, isLoading }: Props) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const members = useMembers();
  const shown = useMemo(() => bookings.filter(({ status }) => !GONE.includes(status)), [bookings]);
  const people = useMemo(() => {
    const own = (members.data ?? []).filter(
      ({ id, teamIds, isActive }) =>
        (teamIds?.includes(team.id) && isActive !== false) ||
        shown.some(({ teamMember }) => teamMember?.id === id),
    );
    const rows = own.map(({ id, name }) => ({
      id,
      name,
      visits: shown.filter(({ teamMember }) => teamMember?.id === id),
    }));
    const nobody = shown.filter(({ teamMember }) => teamMember == null);
    return nobody.length === 0
      ? rows
      : [{ id: "", name: t("day.nobody"), visits: nobody }, ...rows];
  }, [members.data, shown, team.id, t]);

  if (isLoading) return <Skeleton height={160} radius="lg" />;
  if (shown.length === 0) return <Text c="dimmed">{t("day.noBookings")}</Text>;
  const stretches = shown.map((visit) => stretchOf(visit, day));
  const range = hoursOf(stretches);
  const minutes = range.toMinute - range.fromMinute;
  const hours = minutes / HOUR;

  return (
    <div style={{ "--hours": hours } as CSSProperties}>
      <div className={classes.hours} aria-hidden>
        {Array.from({ length: hours }, (_, index) => (
          <span key={index}>{formats.number(range.fromMinute / HOUR + index)}</span>
        ))}
      </div>
      {people.map(({ id, name, visits }) => {
        const placed = intoLanes(visits.map((visit) => ({ visit, ...stretchOf(visit, day) })));
        const lanes = Math.max(1, ...placed.map(({ lane }) => lane + 1));
        return (
          <div key={id} className={classes.row}>
            <Stack gap={0} className={classes.name}>
              <span>{name}</span>
              <Text size="xs" c="dimmed" span>
                {t("day.nVisits", { count: visits.length })}
              </Text>
            </Stack>
            <ul
              className={classes.lanes}
              aria-label={name}
              style={{ "--lanes": lanes } as CSSProperties}
            >
              {placed.map(({ item, lane }) => {
                const style = {
                  "--lane": lane,
                  "--from": (item.fromMinute - range.fromMinute) / minutes,
                  "--length": (item.toMinute - item.fromMinute) / minutes,
                } as CSSProperties;
                const { visit } = item;
                const open = visit.status === "pending" || visit.status === "held";
                const kind =
                  visit.bookingType === "emergency" ? "emergency" : open ? "open" : "set";
                const times = `${clockOf(visit.startsAt)} - ${clockOf(visit.endsAt)}`;
                return (
                  <li key={visit.id} className={classes.booking} style={style}>
                    <Link
                      to={`/requests/${visit.id}`}
                      className={classes.card}
                      data-kind={kind}
                      title={`${times} ${visit.service.name}, ${visit.client.name}`}
                    >
                      <span className="tabular">{times}</span> {visit.service.name}
                      <br />
                      {visit.client.name} &middot; {statusWord(t, visit.status)}
                    </Link>
                  </li>
                );
              })}
            </ul>
          </div>
        );
      })}
    </div>
  );
}

function stretchOf(visit: Request, day: Day) {
  return {
    fromMinute: minuteOf(visit.startsAt, day),
    toMinute: minuteOf(visit.endsAt, day),
  };
}

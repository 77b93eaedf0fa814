import type { Money } from "../i18n/formats";
import type { Day } from "./calendar";

/** A team's day, as `GET /api/bookings/availability` answers it. */
export interface TeamDay {
  date: Day;
  teamId: string;
  timeZone: string;
  seq: number;
  epoch: string;
  limit: number;
  remaining: number;
  closed: boolean;
  slots: {
    startsAt: string;
    endsAt: string;
    remaining: number;
    teamMemberIds: string[];
    price?: Money;
  }[];
}

/** A start that can be booked, whichever team has it. */
export interface OpenSlot {
  startsAt: string;
  endsAt: string;
  /** The team with most room then. */
  teamId: string;
  remaining: number;
  price: Money | undefined;
}

/**
 * What can be said of a day in one place: `open` has starts, `full` had them and they are taken,
 * `closed` has none to offer.
 */
export interface PlaceDay {
  date: Day;
  timeZone: string;
  state: "open" | "full" | "closed";
  slots: OpenSlot[];
  teams: string[];
}

/** Zones that teams are in, in the order in which they are first met. */
export function zonesOf(days: readonly TeamDay[]): string[] {
  return [...new Set(days.map((day) => day.timeZone))];
}

/** The zone to begin with: the person's own, else one with the same clock now, else the first. */
export function nearestZone(
  zones: readonly string[],
  own: string,
  offsetOf: (zone: string) => number,
): string | undefined {
  if (zones.includes(own)) return own;
  const distance = (zone: string) => Math.abs(offsetOf(zone) - offsetOf(own));
  return [...zones].sort((one, other) => distance(one) - distance(other))[0];
}

/** Minutes that a zone's clock is ahead of UTC at an instant. */
export function offsetMinutes(timeZone: string, atMs: number): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone,
    timeZoneName: "longOffset",
  }).formatToParts(atMs);
  const name = parts.find((part) => part.type === "timeZoneName")?.value ?? "";
  const match = /GMT([+-])(\d{2}):(\d{2})/.exec(name);
  if (match === null) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === "-" ? -minutes : minutes;
}

function mergeSlots(days: readonly TeamDay[]): OpenSlot[] {
  const byStart = new Map<number, OpenSlot>();
  for (const day of days) {
    for (const slot of day.slots) {
      const at = Date.parse(slot.startsAt);
      const known = byStart.get(at);
      const isRoomier = known === undefined || slot.remaining > known.remaining;
      if (isRoomier) {
        byStart.set(at, {
          startsAt: slot.startsAt,
          endsAt: slot.endsAt,
          teamId: day.teamId,
          remaining: slot.remaining,
          price: slot.price,
        });
      }
    }
  }
  return [...byStart.entries()].sort(([one], [other]) => one - other).map(([, slot]) => slot);
}

/** The days of one place, its teams taken together. */
export function placeDays(days: readonly TeamDay[], timeZone: string): Map<Day, PlaceDay> {
  const byDate = new Map<Day, TeamDay[]>();
  for (const day of days.filter((one) => one.timeZone === timeZone)) {
    byDate.set(day.date, [...(byDate.get(day.date) ?? []), day]);
  }
  return new Map(
    [...byDate].map(([date, teams]) => {
      const slots = mergeSlots(teams);
      const isFull = teams.some((team) => !team.closed && team.remaining <= 0);
      const state = slots.length > 0 ? "open" : isFull ? "full" : "closed";
      return [date, { date, timeZone, state, slots, teams: teams.map((team) => team.teamId) }];
    }),
  );
}

/** Replaces days by what was read later; what is older than what is known is left out. */
export function mergeDays(known: readonly TeamDay[], read: readonly TeamDay[]): TeamDay[] {
  const name = (day: TeamDay) => `${day.teamId} ${day.date}`;
  const newer = new Map(read.map((day) => [name(day), day]));
  return known.map((day) => {
    const other = newer.get(name(day));
    if (other === undefined) return day;
    return other.epoch === day.epoch && other.seq < day.seq ? day : other;
  });
}

/** Starts that were open in `before` and are not any more. */
export function lostStarts(before: readonly OpenSlot[], now: readonly OpenSlot[]): string[] {
  const open = new Set(now.map((slot) => Date.parse(slot.startsAt)));
  return before.map((slot) => slot.startsAt).filter((start) => !open.has(Date.parse(start)));
}

/** The next day after `date` with a start to offer. */
export function nextOpenDay(days: ReadonlyMap<Day, PlaceDay>, date: Day): Day | undefined {
  return [...days.values()]
    .filter((day) => day.state === "open" && day.date > date)
    .map((day) => day.date)
    .sort()[0];
}

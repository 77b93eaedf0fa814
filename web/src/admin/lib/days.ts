/**
 * Days as the server writes them, `YYYY-MM-DD` in a team's own zone. A day is not an instant: all
 * arithmetic is on the calendar alone, so that no clock change ever skips or repeats one.
 */
export type Day = string;

const DAY_MS = 86_400_000;

function epochDay(day: Day): number {
  return Date.parse(`${day}T00:00:00Z`) / DAY_MS;
}

/** Whether `text` is a day that the calendar has. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return Number.isFinite(at) && new Date(at).toISOString().startsWith(text);
}

export function addDays(day: Day, count: number): Day {
  return new Date((epochDay(day) + count) * DAY_MS).toISOString().slice(0, 10);
}

/** How many days `to` lies after `from`. */
export function daysBetween(from: Day, to: Day): number {
  return epochDay(to) - epochDay(from);
}

/** `count` days from `from` on. */
export function daysFrom(from: Day, count: number): Day[] {
  return Array.from({ length: count }, (_, index) => addDays(from, index));
}

/** Monday is 1, Sunday 7, as the server counts. */
export function weekdayOf(day: Day): number {
  return ((((epochDay(day) + 3) % 7) + 7) % 7) + 1;
}

const zoneFormats = new Map<string, Intl.DateTimeFormat>();

/** The day on which a clock in `timeZone` is at `nowMs`. */
export function todayIn(timeZone: string, nowMs: number): Day {
  let format = zoneFormats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-CA", {
      timeZone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
    });
    zoneFormats.set(timeZone, format);
  }
  return format.format(nowMs);
}

/**
 * A clock time as the server wrote it: the hours and minutes of an RFC 3339 time with its offset
 * are those of the team, whatever zone this browser is in.
 */
export function clockOf(startsAt: string): string {
  return startsAt.slice(11, 16);
}

/** The team's day of an RFC 3339 time with the team's offset. */
export function dayOf(startsAt: string): Day {
  return startsAt.slice(0, 10);
}

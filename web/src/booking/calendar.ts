/** Calendar days as `YYYY-MM-DD`: no zone, no time, so that nothing can shift them. */
export type Day = string;

const DAYS_PER_WEEK = 7;
const DAY_MS = 86_400_000;

function toUtc(day: Day): Date {
  return new Date(`${day}T00:00:00Z`);
}

function fromUtc(date: Date): Day {
  return date.toISOString().slice(0, 10);
}

export function isDay(text: string | null | undefined): text is Day {
  if (typeof text !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = toUtc(text);
  return !Number.isNaN(date.getTime()) && fromUtc(date) === text;
}

export function addDays(day: Day, days: number): Day {
  return fromUtc(new Date(toUtc(day).getTime() + days * DAY_MS));
}

/** The same day of another month, or that month's last one. */
export function addMonths(day: Day, months: number): Day {
  const date = toUtc(day);
  const dayOfMonth = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(dayOfMonth, last));
  return fromUtc(date);
}

export function firstOfMonth(day: Day): Day {
  return `${day.slice(0, 8)}01`;
}

export function isSameMonth(one: Day, other: Day): boolean {
  return one.slice(0, 7) === other.slice(0, 7);
}

/** ISO weekday: 1 for Monday, 7 for Sunday. */
export function weekdayOf(day: Day): number {
  return toUtc(day).getUTCDay() || DAYS_PER_WEEK;
}

/** How many days lie between two, the second not included. */
export function daysBetween(from: Day, to: Day): number {
  return Math.round((toUtc(to).getTime() - toUtc(from).getTime()) / DAY_MS);
}

/** The day it is somewhere. */
export function dayAt(instant: string | number | Date, timeZone: string): Day {
  // This locale writes days as ISO 8601 does.
  return new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(
    new Date(instant),
  );
}

/** The weeks that show a month, from the first day of the week on; days of its neighbours fill up. */
export function weeksOf(month: Day, weekStart: number): Day[][] {
  const first = firstOfMonth(month);
  const before = (weekdayOf(first) - weekStart + DAYS_PER_WEEK) % DAYS_PER_WEEK;
  const days = daysBetween(first, addMonths(first, 1));
  const weeks = Math.ceil((before + days) / DAYS_PER_WEEK);
  const start = addDays(first, -before);
  return Array.from({ length: weeks }, (_, week) =>
    Array.from({ length: DAYS_PER_WEEK }, (__, index) =>
      addDays(start, week * DAYS_PER_WEEK + index),
    ),
  );
}

export interface KeyPress {
  key: string;
  shiftKey: boolean;
}

/**
 * Where a key leads in a grid of days, or `undefined` when it is none of the grid's. Arrows follow
 * the screen, so they are mirrored where weeks run from right to left.
 */
export function dayByKey(
  from: Day,
  { key, shiftKey }: KeyPress,
  weekStart: number,
  direction: "ltr" | "rtl",
): Day | undefined {
  const onward = direction === "rtl" ? -1 : 1;
  const inWeek = (weekdayOf(from) - weekStart + DAYS_PER_WEEK) % DAYS_PER_WEEK;
  switch (key) {
    case "ArrowLeft":
      return addDays(from, -onward);
    case "ArrowRight":
      return addDays(from, onward);
    case "ArrowUp":
      return addDays(from, -DAYS_PER_WEEK);
    case "ArrowDown":
      return addDays(from, DAYS_PER_WEEK);
    case "Home":
      return addDays(from, -inWeek);
    case "End":
      return addDays(from, DAYS_PER_WEEK - 1 - inWeek);
    case "PageUp":
      return addMonths(from, shiftKey ? -12 : -1);
    case "PageDown":
      return addMonths(from, shiftKey ? 12 : 1);
    default:
      return undefined;
  }
}

/** A stretch of a weekday on which somebody works, in clock times of the team. */
export interface WeekRow {
  /** Monday is 1, Sunday 7. */
  weekday: number;
  from: string;
  to: string;
}

export const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7] as const;

/** Most stretches of one weekday. */
export const STRETCHES_MAX = 6;

/** A clock time of a day, `24:00` for the midnight that ends it. */
const CLOCK = /^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/;

export function isClock(text: string): boolean {
  return CLOCK.test(text);
}

/** What is wrong with a row among its week; the server says the same, only later. */
export type RowFault = "shape" | "order" | "overlap";

export function faultOf(row: WeekRow, week: readonly WeekRow[]): RowFault | undefined {
  if (!isClock(row.from) || !isClock(row.to)) return "shape";
  if (row.from >= row.to) return "order";
  const others = week.filter((one) => one !== row && one.weekday === row.weekday);
  const overlaps = others.some((one) => one.from < row.to && row.from < one.to);
  return overlaps ? "overlap" : undefined;
}

/** Rows in order of day and time, as the server lists them. */
export function inOrder(week: readonly WeekRow[]): WeekRow[] {
  return [...week].sort(
    (one, other) => one.weekday - other.weekday || one.from.localeCompare(other.from),
  );
}

/** `week` with the rows of `from` on every day from Monday to Friday. */
export function copiedToWorkdays(week: readonly WeekRow[], from: number): WeekRow[] {
  const model = week.filter(({ weekday }) => weekday === from);
  const rest = week.filter(({ weekday }) => weekday > 5);
  const workdays = WEEKDAYS.filter((weekday) => weekday <= 5);
  return inOrder([
    ...rest,
    ...workdays.flatMap((weekday) => model.map((row) => ({ ...row, weekday }))),
  ]);
}

/** Minutes of work in a week. */
export function minutesOf(week: readonly WeekRow[]): number {
  const minute = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
  return week
    .filter((row) => isClock(row.from) && isClock(row.to))
    .reduce((sum, row) => sum + Math.max(0, minute(row.to) - minute(row.from)), 0);
}

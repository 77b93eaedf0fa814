import type { Day } from "./days";

const formats = new Map<string, Intl.DateTimeFormat>();

function formatFor(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(timeZone, format);
  }
  return format;
}

/** How far the clocks of `timeZone` are ahead of UTC at `atMs`, in milliseconds. */
function offsetAt(atMs: number, timeZone: string): number {
  const parts = new Map(
    formatFor(timeZone)
      .formatToParts(atMs)
      .map((part) => [part.type, part.value]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes) => Number(parts.get(name) ?? 0);
  const wallMs = Date.UTC(
    part("year"),
    part("month") - 1,
    part("day"),
    part("hour"),
    part("minute"),
    part("second"),
  );
  return wallMs - Math.floor(atMs / 1_000) * 1_000;
}

/**
 * The instant at which clocks in `timeZone` show `clock` on `day`. A time that the clocks skip
 * becomes the first one after the gap; of a time they show twice, the first is taken.
 */
export function zonedInstant(day: Day, clock: string, timeZone: string): string {
  const wallMs = Date.parse(`${day}T${clock}:00Z`);
  const DAY_MS = 86_400_000;
  const before = offsetAt(wallMs - DAY_MS, timeZone);
  const after = offsetAt(wallMs + DAY_MS, timeZone);
  const candidates = [wallMs - before, wallMs - after].sort((one, other) => one - other);
  const exact = candidates.find((atMs) => atMs + offsetAt(atMs, timeZone) === wallMs);
  return new Date(exact ?? wallMs - before).toISOString();
}

/** Something that takes a stretch of a day, in minutes after the day's midnight. */
export interface Stretch {
  fromMinute: number;
  toMinute: number;
}

/** Where a stretch is drawn: in which of a person's lines. */
export interface Placed<T extends Stretch> {
  item: T;
  lane: number;
}

/**
 * Puts stretches into as few lines as they need, so that none covers another: each goes, earliest
 * first, into the first line that is free by then.
 */
export function intoLanes<T extends Stretch>(items: readonly T[]): Placed<T>[] {
  const ends: number[] = [];
  return [...items]
    .sort((one, other) => one.fromMinute - other.fromMinute || one.toMinute - other.toMinute)
    .map((item) => {
      const free = ends.findIndex((end) => end <= item.fromMinute);
      const lane = free === -1 ? ends.length : free;
      ends[lane] = item.toMinute;
      return { item, lane };
    });
}

const HOUR = 60;
const DAY_MINUTES = 24 * HOUR;
/** What is shown of an empty day: usual office hours. */
const USUAL = { fromMinute: 8 * HOUR, toMinute: 18 * HOUR };

/** The whole hours that hold all `items`, and at least usual office hours. */
export function hoursOf(items: readonly Stretch[]): Stretch {
  const from = Math.min(USUAL.fromMinute, ...items.map((item) => item.fromMinute));
  const to = Math.max(USUAL.toMinute, ...items.map((item) => item.toMinute));
  return {
    fromMinute: Math.floor(from / HOUR) * HOUR,
    toMinute: Math.min(DAY_MINUTES, Math.ceil(to / HOUR) * HOUR),
  };
}

/** Minutes after midnight of a team's clock, read from an RFC 3339 time with the team's offset. */
export function minuteOf(time: string, day: string): number {
  const minute = Number(time.slice(11, 13)) * HOUR + Number(time.slice(14, 16));
  const onDay = time.slice(0, 10);
  if (onDay === day) return minute;
  return onDay < day ? 0 : DAY_MINUTES;
}

import type { DayState } from "./store";

/**
 * How full a day is, in words that a pattern and a colour stand for. `full` means that clients are
 * turned away, be it by the limit or by what is kept back for emergencies.
 */
export type Level = "closed" | "over" | "full" | "high" | "some" | "low" | "empty";

/** From which share of the limit on a day counts as nearly full. */
const HIGH_SHARE = 0.75;
/** From which share on it counts as half full. */
const SOME_SHARE = 0.4;

export function levelOf(day: DayState): Level {
  const taken = day.used + day.held;
  if (taken > day.limit) return "over";
  if (day.closed) return "closed";
  if (day.remaining === 0) return "full";
  if (taken === 0) return "empty";
  const share = taken / day.limit;
  if (share >= HIGH_SHARE) return "high";
  return share >= SOME_SHARE ? "some" : "low";
}

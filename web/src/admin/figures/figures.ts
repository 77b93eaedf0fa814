import type { CapacityDay } from "../data/capacity";
import type { Request } from "../data/requests";
import { type Day, dayOf } from "../lib/days";

/** What is counted of a day's visits. Amounts are minor units of one currency. */
export interface DayFigures {
  day: Day;
  /** Visits that took place, or still are to. */
  visits: number;
  completed: number;
  /** Nobody was met. */
  missed: number;
  /** Money that is here. */
  settled: number;
  /** Money that is still to come for those visits. */
  open: number;
}

/** What never takes place counts for nothing. */
const GONE = ["cancelled", "declined", "expired", "waitlisted"];
const SETTLED = ["paid", "cod_collected", "partially_refunded"];
/** Nothing more will come for these. */
const LOST = ["not_required", "refunded", "refund_pending", "dispute_lost"];

/** Counts requests by their day, which is the team's own. */
export function figuresOf(
  requests: readonly Request[],
  days: readonly Day[],
  currency: string,
): DayFigures[] {
  const byDay = new Map(
    days.map((day) => [day, { day, visits: 0, completed: 0, missed: 0, settled: 0, open: 0 }]),
  );
  for (const request of requests) {
    const figures = byDay.get(dayOf(request.startsAt));
    if (figures === undefined || GONE.includes(request.status)) continue;
    figures.visits += 1;
    if (request.status === "completed") figures.completed += 1;
    if (request.status === "no_show") figures.missed += 1;
    if (request.price.currency !== currency) continue;
    if (SETTLED.includes(request.paymentStatus)) figures.settled += request.price.amount;
    else if (request.status !== "no_show" && !LOST.includes(request.paymentStatus)) {
      figures.open += request.price.amount;
    }
  }
  return [...byDay.values()];
}

/** Currencies of `requests`, the most frequent first. */
export function currenciesOf(requests: readonly Request[]): string[] {
  const counts = new Map<string, number>();
  for (const { price } of requests) {
    counts.set(price.currency, (counts.get(price.currency) ?? 0) + 1);
  }
  return [...counts].sort(([, one], [, other]) => other - one).map(([currency]) => currency);
}

/** Days of several teams, added up. A day is closed when none of them is open. */
export function addUp(teams: readonly (readonly CapacityDay[])[]): CapacityDay[] {
  const byDay = new Map<Day, CapacityDay>();
  for (const day of teams.flat()) {
    const sum = byDay.get(day.date);
    const part = day.closed ? { limit: 0, reserve: 0 } : day;
    byDay.set(day.date, {
      ...day,
      limit: (sum?.limit ?? 0) + part.limit,
      reserve: (sum?.reserve ?? 0) + part.reserve,
      used: (sum?.used ?? 0) + day.used,
      held: (sum?.held ?? 0) + day.held,
      closed: (sum?.closed ?? true) && day.closed,
    });
  }
  return [...byDay.values()].sort((one, other) => one.date.localeCompare(other.date));
}

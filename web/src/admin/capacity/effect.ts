import type { DayState } from "../board/store";

/** A day as the capacity page has it: what the board shows, and what is kept for emergencies. */
export interface DayNumbers extends DayState {
  baseLimit: number;
  reserve: number;
}

export type Proposal =
  | { kind: "override"; delta: number }
  | { kind: "limit"; limit: number; reserve: number }
  | { kind: "revoke"; delta: number }
  | { kind: "close" }
  | { kind: "open" };

/** How a day would stand after a proposal. */
export interface Effect {
  limit: number;
  /** Places that clients could book then. */
  remaining: number;
  closed: boolean;
  /** Places that the day would be short of: the server refuses that. */
  shortBy: number;
  /** How many of those who wait could be offered a place at once. */
  offers: number;
}

/**
 * What a proposal would change, by the rules that the server's ledger follows: overrides add to the
 * day's own limit, and the reserve is kept back from everybody but emergencies.
 */
export function effectOf(day: DayNumbers, proposal: Proposal, waitingUnits: number): Effect {
  const overrides = day.limit - day.baseLimit;
  const reserve = proposal.kind === "limit" ? proposal.reserve : day.reserve;
  const limit = Math.max(0, limitAfter(day, proposal, overrides));
  const closed = closedAfter(day, proposal);
  const taken = day.used + day.held;
  const remaining = closed ? 0 : Math.max(0, limit - taken - reserve);
  const gained = Math.max(0, remaining - day.remaining);
  return {
    limit,
    remaining,
    closed,
    shortBy: Math.max(0, taken - limit),
    offers: Math.min(gained, waitingUnits),
  };
}

function limitAfter(day: DayNumbers, proposal: Proposal, overrides: number): number {
  switch (proposal.kind) {
    case "override":
      return day.limit + proposal.delta;
    case "revoke":
      return day.limit - proposal.delta;
    case "limit":
      return proposal.limit + overrides;
    case "close":
    case "open":
      return day.limit;
  }
}

function closedAfter(day: DayNumbers, proposal: Proposal): boolean {
  if (proposal.kind === "close") return true;
  return proposal.kind === "open" ? false : day.closed;
}

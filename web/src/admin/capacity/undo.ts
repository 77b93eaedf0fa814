/** For how long a change can be taken back with one press. */
export const UNDO_MS = 10_000;

/** A change that can still be taken back. */
export interface Undoable {
  id: string;
  /** Until when, in milliseconds since the epoch. */
  untilMs: number;
}

/** Whole seconds left, from 10 down to 0. */
export function secondsLeft(undoable: Undoable, nowMs: number): number {
  return Math.max(0, Math.ceil((undoable.untilMs - nowMs) / 1_000));
}

/**
 * The change that takes a change back: an override is revoked, a limit set to what it was, a closed
 * day opened. Undo is a change like any other: it has its own reason and its own audit entry.
 */
export type Reversal =
  | { kind: "revoke"; overrideId: string }
  | { kind: "limit"; limit: number; reserve: number }
  | { kind: "follow" }
  | { kind: "open" }
  | { kind: "close" };

interface Before {
  baseLimit: number;
  reserve: number;
  /** Whether the day had the team's usual limit, and follows it when that changes. */
  inherited: boolean;
}

/** How `done` is taken back; `undefined` for what cannot be, like offers that were sent. */
export function reversalOf(
  done: "override" | "limit" | "follow" | "close" | "open" | "revoke" | "displace",
  before: Before,
  createdId: string | undefined,
): Reversal | undefined {
  switch (done) {
    case "override":
      return createdId === undefined ? undefined : { kind: "revoke", overrideId: createdId };
    case "limit":
    case "follow":
      return before.inherited
        ? { kind: "follow" }
        : { kind: "limit", limit: before.baseLimit, reserve: before.reserve };
    case "close":
      return { kind: "open" };
    case "open":
      return { kind: "close" };
    case "revoke":
    case "displace":
      return undefined;
  }
}

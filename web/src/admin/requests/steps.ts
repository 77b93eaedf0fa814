import { can, type Ability, type StaffRole } from "../lib/roles";

/** Every state a booking can be in, as the server names them. */
export const STATUSES = [
  "waitlisted",
  "held",
  "pending",
  "confirmed",
  "in_progress",
  "completed",
  "no_show",
  "cancelled",
  "declined",
  "expired",
] as const;

export type Status = (typeof STATUSES)[number];

/** Steps that staff take; each is the last part of its path. */
export const STEPS = [
  "confirm",
  "decline",
  "start",
  "complete",
  "no-show",
  "assign",
  "reschedule",
  "cancel",
  "correct",
] as const;

export type Step = (typeof STEPS)[number];

/** From which states a step leads on. The server's table of transitions, read by rows. */
const FROM: Record<Step, readonly Status[]> = {
  confirm: ["pending"],
  decline: ["pending"],
  start: ["confirmed"],
  complete: ["confirmed", "in_progress"],
  "no-show": ["confirmed"],
  assign: ["pending", "confirmed", "in_progress"],
  reschedule: ["pending", "confirmed"],
  cancel: ["waitlisted", "held", "pending", "confirmed"],
  correct: ["completed", "no_show"],
};

const NEEDS: Record<Step, Ability> = {
  confirm: "progress",
  decline: "progress",
  start: "progress",
  complete: "progress",
  "no-show": "progress",
  assign: "assign",
  reschedule: "reschedule",
  cancel: "cancel",
  correct: "correct",
};

/** Whether the server asks why: saying no, calling off, and correcting somebody. */
const REASONED: readonly Step[] = ["decline", "cancel", "correct"];

/** Fewest and most characters of a reason. */
export const REASON_CHARS_MIN = 3;
export const REASON_CHARS_MAX = 500;

export function isReasonNeeded(step: Step): boolean {
  return REASONED.includes(step);
}

export function isReasonGood(reason: string): boolean {
  const length = [...reason.trim()].length;
  return length >= REASON_CHARS_MIN && length <= REASON_CHARS_MAX;
}

/** The steps that `role` can take with a booking in `status`, in the order people take them. */
export function stepsOf(status: string, role: StaffRole): Step[] {
  return STEPS.filter(
    (step) => (FROM[step] as readonly string[]).includes(status) && can(role, NEEDS[step]),
  );
}

/** Steps that can be taken with many bookings at once. */
export const BULK_STEPS = ["confirm", "assign", "cancel"] as const satisfies readonly Step[];
export type BulkStep = (typeof BULK_STEPS)[number];

/** Which of `statuses` a bulk step would reach, by position. */
export function reachable(step: BulkStep, statuses: readonly string[], role: StaffRole): boolean[] {
  return statuses.map((status) => stepsOf(status, role).includes(step));
}

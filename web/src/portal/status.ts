import { wantsPayment } from "./payment";
import type { Booking } from "./useBookings";

/** Every state that a booking can be in, as the server names them. */
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

export function statusOf(booking: Pick<Booking, "status">): Status {
  return STATUSES.find((status) => status === booking.status) ?? "held";
}

export const STATUS_COLORS: Record<Status, string> = {
  waitlisted: "marigold",
  held: "marigold",
  pending: "marigold",
  confirmed: "pine",
  in_progress: "pine",
  completed: "gray",
  no_show: "gray",
  cancelled: "gray",
  declined: "gray",
  expired: "gray",
};

const OVER: readonly Status[] = ["completed", "no_show", "cancelled", "declined", "expired"];

/** Whether nothing more will come of a booking. */
export function isOver(booking: Pick<Booking, "status" | "endsAt">, nowMs: number): boolean {
  return OVER.includes(statusOf(booking)) || Date.parse(booking.endsAt) < nowMs;
}

/** Whether its client has something to do: a place is offered or to be paid for, a visit cannot be. */
export function wantsAnswer(
  booking: Pick<Booking, "offer" | "displaced" | "status" | "payment">,
): boolean {
  return (
    wantsPayment(booking) ||
    booking.offer != null ||
    (booking.displaced != null && statusOf(booking) !== "cancelled")
  );
}

export interface Sorted<B> {
  needsYou: B[];
  upcoming: B[];
  past: B[];
}

/** Bookings by what they ask of their client: what comes soonest first, what is over latest first. */
export function sortBookings<B extends Booking>(bookings: readonly B[], nowMs: number): Sorted<B> {
  const start = (booking: B) => Date.parse(booking.startsAt);
  const soonest = [...bookings].sort((one, other) => start(one) - start(other));
  const open = soonest.filter((booking) => !isOver(booking, nowMs));
  return {
    needsYou: open.filter(wantsAnswer),
    upcoming: open.filter((booking) => !wantsAnswer(booking)),
    past: soonest.filter((booking) => isOver(booking, nowMs)).reverse(),
  };
}

/** What may still be done, as the policy says at this moment. */
export function mayChange(booking: Pick<Booking, "policy" | "status">, nowMs: number): boolean {
  const until = booking.policy?.changeUntil;
  const isOpen = ["pending", "confirmed"].includes(booking.status);
  return isOpen && booking.policy != null && (until == null || nowMs < Date.parse(until));
}

/** What calling it off costs now, if anything. */
export function feeNow(booking: Pick<Booking, "policy">, nowMs: number) {
  const { cancelFee, freeCancelUntil } = booking.policy ?? {};
  if (cancelFee == null || cancelFee.amount === 0) return undefined;
  return freeCancelUntil != null && nowMs < Date.parse(freeCancelUntil) ? undefined : cancelFee;
}

/** What may wait in the outbox, and what must be said to a person's face or not at all. */

import type { Draft } from "./entry";

/** Why a request is never queued. */
export type NotQueued = "emergency" | "payment" | "admin" | "fee" | "foreign";

/** What the outbox may send to. Every path is on our own origin. */
const ALLOWED = [
  /^\/api\/portal\/service-requests$/,
  /^\/api\/portal\/service-requests\/[\w-]+\/(cancel|reschedule|accept-offer)$/,
  /^\/api\/portal\/waitlist(\/[\w-]+)?$/,
];

/** A cancellation carries what it will cost, as its policy says at that moment. */
export interface Circumstances {
  /** Whether calling the booking off costs something now. */
  hasFee?: boolean;
}

/**
 * Why `draft` must not be queued, or `null` when it may be. An emergency that waits in silence is
 * worse than one that is refused; money moves only while its owner looks; a fee is agreed to, not
 * discovered.
 */
export function whyNotQueued(draft: Draft, circumstances: Circumstances = {}): NotQueued | null {
  if (draft.url.startsWith("/api/admin/")) {
    return "admin";
  }
  if (draft.url.startsWith("/api/payments/")) {
    return "payment";
  }
  if (!ALLOWED.some((path) => path.test(draft.url))) {
    return "foreign";
  }
  if (isRecord(draft.body) && draft.body.bookingType === "emergency") {
    return "emergency";
  }
  if (isRecord(draft.body) && draft.body.paymentMethod === "card") {
    return "payment";
  }
  if (draft.kind === "cancel" && circumstances.hasFee === true) {
    return "fee";
  }
  return null;
}

/** Whether a value is a plain JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

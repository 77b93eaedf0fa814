import type { Answer } from "../../../src/offline/answers";
import { newEntry, type Entry, type Status } from "../../../src/offline/entry";

export const NOW = 1_800_000_000_000;
export const ANA = "0199-ana";
export const env = { now: NOW, random: () => 0.5 };

export function entry(changed: Partial<Entry> = {}): Entry {
  const draft = {
    kind: "booking" as const,
    url: "/api/portal/service-requests",
    body: { serviceId: "s" },
  };
  return { ...newEntry(draft, { id: "k-1", account: ANA, now: NOW }), ...changed };
}

export function answer(
  httpStatus: number,
  code?: string,
  retry = "never",
  retryAfterMs = 0,
): Answer {
  const body = code === undefined ? { id: "b" } : { code, retry };
  return { type: "response", httpStatus, body, retryAfterMs, wasReplayed: false };
}

/** Every problem code that the outbox may meet, as `src/http/codes.rs` says it. */
export const ANSWERS: [number, string, string, Status][] = [
  [400, "malformed-request", "never", "rejected"],
  [422, "validation-failed", "never", "rejected"],
  [415, "unsupported-media-type", "never", "rejected"],
  [413, "payload-too-large", "never", "rejected"],
  [404, "not-found", "never", "rejected"],
  [405, "method-not-allowed", "never", "rejected"],
  [428, "precondition-required", "never", "rejected"],
  [412, "stale-revision", "new-key", "conflict"],
  [401, "unauthenticated", "same-key", "auth"],
  [401, "session-expired", "same-key", "auth"],
  [403, "forbidden", "never", "rejected"],
  [403, "csrf-rejected", "never", "rejected"],
  [403, "origin-rejected", "never", "rejected"],
  [410, "link-expired", "never", "rejected"],
  [410, "link-revoked", "never", "rejected"],
  [429, "quota-exceeded", "same-key", "queued"],
  [409, "capacity-exceeded", "new-key", "conflict"],
  [409, "slot-taken", "new-key", "conflict"],
  [409, "member-unavailable", "new-key", "conflict"],
  [422, "outside-availability", "new-key", "conflict"],
  [422, "lead-time", "new-key", "conflict"],
  [422, "nonexistent-local-time", "new-key", "rejected"],
  [422, "ambiguous-local-time", "new-key", "rejected"],
  [409, "illegal-transition", "never", "rejected"],
  [409, "cancellation-window-closed", "never", "rejected"],
  [409, "hold-expired", "new-key", "conflict"],
  [429, "hold-limit-reached", "same-key", "queued"],
  [409, "series-conflict", "new-key", "conflict"],
  [409, "preview-stale", "new-key", "conflict"],
  [409, "price-changed", "new-key", "conflict"],
  [409, "quote-expired", "new-key", "conflict"],
  [422, "promo-invalid", "new-key", "conflict"],
  [422, "promo-not-applicable", "new-key", "conflict"],
  [409, "promo-exhausted", "new-key", "conflict"],
  [503, "currency-unavailable", "same-key", "rejected"],
  [409, "waitlist-full", "never", "rejected"],
  [409, "already-exists", "new-key", "rejected"],
  [400, "idempotency-key-missing", "new-key", "rejected"],
  [400, "idempotency-key-invalid", "new-key", "rejected"],
  [422, "idempotency-key-reused", "never", "rejected"],
  [409, "idempotency-in-progress", "same-key", "queued"],
  [503, "payment-provider-unavailable", "same-key", "rejected"],
  [503, "temporary-reduced-capacity", "same-key", "queued"],
  [503, "storage-unavailable", "same-key", "queued"],
  [503, "draining", "same-key", "queued"],
  [503, "not-ready", "same-key", "queued"],
  [503, "ledger-moving", "same-key", "queued"],
  [504, "deadline-exceeded", "same-key", "queued"],
  [500, "internal", "same-key", "queued"],
];

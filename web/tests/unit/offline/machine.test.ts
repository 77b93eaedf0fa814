import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Answer } from "../../../src/offline/answers";
import {
  BODY_KEPT_MS,
  LIFETIME_MS,
  LOG_LINES_MAX,
  STATUSES,
  UNSURE_LIFETIME_MS,
  newEntry,
  type Entry,
  type Status,
} from "../../../src/offline/entry";
import { isDue, next, type Event } from "../../../src/offline/machine";

const NOW = 1_800_000_000_000;
const ANA = "0199-ana";
const env = { now: NOW, random: () => 0.5 };

function entry(changed: Partial<Entry> = {}): Entry {
  const draft = {
    kind: "booking" as const,
    url: "/api/portal/service-requests",
    body: { serviceId: "s" },
  };
  return { ...newEntry(draft, { id: "k-1", account: ANA, now: NOW }), ...changed };
}

function answer(httpStatus: number, code?: string, retry = "never", retryAfterMs = 0): Answer {
  const body = code === undefined ? { id: "b" } : { code, retry };
  return { type: "response", httpStatus, body, retryAfterMs, wasReplayed: false };
}

function after(what: Answer, changed: Partial<Entry> = {}): Entry {
  return next(entry({ status: "sending", ...changed }), { type: "answered", answer: what }, env);
}

/** Every problem code that the outbox may meet, as `src/http/codes.rs` says it. */
const ANSWERS: [number, string, string, Status][] = [
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

describe("an answer", () => {
  it.each(ANSWERS)("%i %s (%s) makes the entry %s%s", (status, code, retry, expected) => {
    const sent = after(answer(status, code, retry));

    expect(sent.status).toBe(expected);
    expect(sent.lastCode).toBe(code);
    expect(sent.attempts).toBe(1);
  });

  it.each([408, 425, 429, 500, 502, 503, 504])("%i without a problem is tried again", (status) => {
    const bare: Answer = {
      type: "response",
      httpStatus: status,
      body: undefined,
      retryAfterMs: 0,
      wasReplayed: false,
    };

    expect(after(bare)).toMatchObject({
      status: "queued",
      wait: "server",
      lastCode: `http-${status}`,
    });
  });

  it("201 is done, 202 and a checkout leave something to do", () => {
    const checkout: Answer = {
      type: "response",
      httpStatus: 201,
      body: { payment: { checkoutUrl: "https://pay.example" } },
      retryAfterMs: 0,
      wasReplayed: true,
    };

    expect(after(answer(201))).toMatchObject({ status: "done", result: { needsYou: false } });
    expect(after(answer(202))).toMatchObject({ status: "done", result: { needsYou: true } });
    expect(after(checkout)).toMatchObject({
      status: "done",
      result: { needsYou: true, wasReplayed: true },
    });
  });

  it("200 that is not JSON comes from a sign-in page, not from us", () => {
    const portal: Answer = {
      type: "response",
      httpStatus: 200,
      body: undefined,
      retryAfterMs: 0,
      wasReplayed: false,
    };

    expect(after(portal)).toMatchObject({ status: "queued", wait: "network", attempts: 0 });
  });

  it("a guest who would have to sign in is told so, because no session can be added later", () => {
    expect(after(answer(401, "unauthenticated", "same-key"), { account: "guest" }).status).toBe(
      "rejected",
    );
  });

  it("that never comes counts as a try, one that reached nobody does not", () => {
    expect(after({ type: "no-answer" })).toMatchObject({
      attempts: 1,
      wait: "server",
      unsure: true,
    });
    expect(after({ type: "no-network" })).toMatchObject({
      attempts: 0,
      misses: 1,
      wait: "network",
      unsure: true,
    });
  });

  it("that says nothing was done leaves no doubt, an error of the server does", () => {
    expect(after(answer(503, "draining", "same-key")).unsure).toBe(false);
    expect(after(answer(503, "storage-unavailable", "same-key")).unsure).toBe(true);
    expect(after(answer(201), { unsure: true }).unsure).toBe(false);
  });

  it("is never sooner tried again than Retry-After asks", () => {
    const waiting = after(answer(503, "draining", "same-key", 7_000));

    expect(waiting.nextAttemptAt).toBe(NOW + 7_000);
  });
});

/** What each event makes of each status; `=` for nothing. */
const EVENTS: [Event["type"], Event, Record<Status, Status | "=">][] = [
  [
    "picked",
    { type: "picked" },
    {
      queued: "sending",
      sending: "sending",
      done: "=",
      conflict: "=",
      auth: "=",
      rejected: "=",
      expired: "=",
    },
  ],
  [
    "answered",
    { type: "answered", answer: answer(201) },
    {
      queued: "=",
      sending: "done",
      done: "=",
      conflict: "=",
      auth: "=",
      rejected: "=",
      expired: "=",
    },
  ],
  [
    "online",
    { type: "online" },
    {
      queued: "queued",
      sending: "=",
      done: "=",
      conflict: "=",
      auth: "=",
      rejected: "=",
      expired: "=",
    },
  ],
  [
    "network-lost",
    { type: "network-lost" },
    {
      queued: "queued",
      sending: "queued",
      done: "=",
      conflict: "=",
      auth: "=",
      rejected: "=",
      expired: "=",
    },
  ],
  [
    "signed-in",
    { type: "signed-in", account: ANA },
    {
      queued: "=",
      sending: "=",
      done: "=",
      conflict: "=",
      auth: "queued",
      rejected: "=",
      expired: "=",
    },
  ],
  [
    "signed-out",
    { type: "signed-out" },
    {
      queued: "auth",
      sending: "auth",
      done: "=",
      conflict: "=",
      auth: "=",
      rejected: "=",
      expired: "=",
    },
  ],
  [
    "asked-for",
    { type: "asked-for" },
    {
      queued: "queued",
      sending: "=",
      done: "=",
      conflict: "=",
      auth: "=",
      rejected: "=",
      expired: "=",
    },
  ],
  [
    "aged",
    { type: "aged" },
    {
      queued: "expired",
      sending: "=",
      done: "=",
      conflict: "=",
      auth: "expired",
      rejected: "=",
      expired: "=",
    },
  ],
];

describe.each(EVENTS)("%s", (type, event, table) => {
  it.each(STATUSES)("in status %s", (status) => {
    // What expires has to be old; what waits for the network has to wait for it.
    const at = type === "aged" ? { ...env, now: NOW + LIFETIME_MS } : env;
    const before = entry({ status, wait: "network" });

    const result = next(before, event, at);

    const expected = table[status];
    if (expected === "=") {
      expect(result).toBe(before);
    } else {
      expect(result).not.toBe(before);
      expect(result.status).toBe(expected);
    }
  });
});

describe("signing in", () => {
  it("as somebody else sends nothing of the first account", () => {
    const waiting = entry({ status: "auth" });

    expect(next(waiting, { type: "signed-in", account: "0199-ben" }, env)).toBe(waiting);
  });
});

describe("the network coming back", () => {
  it("makes due at once what waited for it, and leaves alone what the server asked to wait", () => {
    const far = NOW + 100_000;
    const forNetwork = entry({ wait: "network", nextAttemptAt: far });
    const forServer = entry({ wait: "server", nextAttemptAt: far });

    expect(next(forNetwork, { type: "online" }, env).nextAttemptAt).toBeLessThan(NOW + 1_000);
    expect(next(forServer, { type: "online" }, env)).toBe(forServer);
  });
});

describe("a sender that died", () => {
  it("leaves an entry that is due at once, and whose outcome is unknown", () => {
    const orphan = entry({ status: "sending", nextAttemptAt: NOW + 50_000 });

    expect(isDue(orphan, NOW)).toBe(true);
    const again = next(orphan, { type: "picked" }, env);
    expect(again).toMatchObject({ status: "sending", unsure: true, id: orphan.id });
    expect(again.log.map((line) => line.event)).toContain("sender-lost");
  });
});

describe("too late", () => {
  it("is the slot's time, or a day, whichever is sooner", () => {
    const draft = { kind: "booking" as const, url: "/x", notAfter: NOW + 60_000 };
    const soon = newEntry(draft, { id: "k", account: ANA, now: NOW });

    expect(soon.expiresAt).toBe(NOW + 60_000);
    expect(entry().expiresAt).toBe(NOW + LIFETIME_MS);
  });

  it("is not said of an entry that may have been carried out: it is asked about first", () => {
    const doubtful = entry({ unsure: true });
    const late = { ...env, now: NOW + LIFETIME_MS };
    const tooLate = { ...env, now: NOW + UNSURE_LIFETIME_MS };

    expect(next(doubtful, { type: "aged" }, late)).toBe(doubtful);
    expect(isDue(doubtful, late.now)).toBe(true);
    expect(next(doubtful, { type: "aged" }, tooLate).status).toBe("expired");
  });
});

describe("what is done", () => {
  it("loses its body after a week, and stays otherwise", () => {
    const done = after(answer(201));
    const before = { ...env, now: NOW + BODY_KEPT_MS - 1 };
    const later = { ...env, now: NOW + BODY_KEPT_MS };

    expect(next(done, { type: "aged" }, before)).toBe(done);
    expect(next(done, { type: "aged" }, later)).toMatchObject({
      status: "done",
      request: null,
      result: null,
    });
  });
});

describe("whatever happens", () => {
  const codes = ANSWERS.map(([status, code, retry]) => answer(status, code, retry, 2_000));
  const anyAnswer = fc.constantFrom<Answer>(
    ...codes,
    answer(201),
    { type: "no-network" },
    { type: "no-answer" },
    { type: "not-ours" },
  );
  const anyEvent = fc.oneof<fc.Arbitrary<Event>[]>(
    fc.constant({ type: "picked" }),
    anyAnswer.map((given) => ({ type: "answered", answer: given })),
    fc.constantFrom<Event>(
      { type: "online" },
      { type: "network-lost" },
      { type: "signed-in", account: ANA },
      { type: "signed-out" },
      { type: "asked-for" },
      { type: "aged" },
    ),
  );
  const steps = fc.array(fc.tuple(anyEvent, fc.nat(3_600_000), fc.double({ min: 0, max: 0.999 })), {
    maxLength: 80,
  });

  it("the key, the request and the account stay, and a final word is final", () => {
    fc.assert(
      fc.property(steps, (taken) => {
        const first = entry();
        let at = NOW;
        let one = first;
        for (const [event, passedMs, chance] of taken) {
          at += passedMs;
          const before = one;
          one = next(before, event, { now: at, random: () => chance });

          expect([one.id, one.account, one.createdAt, one.expiresAt]).toEqual([
            first.id,
            first.account,
            first.createdAt,
            first.expiresAt,
          ]);
          expect(one.request === null || one.request === first.request).toBe(true);
          expect(one.log.length).toBeLessThanOrEqual(LOG_LINES_MAX);
          expect(one.attempts).toBeGreaterThanOrEqual(before.attempts);
          if (before.status === "done" || before.status === "expired") {
            expect(one.status).toBe(before.status);
          }
          if (one.status === "sending" && before.status !== "sending") {
            expect(before.status).toBe("queued");
          }
          if (one.status === "queued") {
            expect(one.nextAttemptAt - at).toBeLessThanOrEqual(300_000);
          }
        }
      }),
    );
  });
});

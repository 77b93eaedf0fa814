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

import { ANA, ANSWERS, NOW, answer, entry, env } from "./answers";

function done(): Entry {
  return next(entry({ status: "sending" }), { type: "answered", answer: answer(201) }, env);
}

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
    const before = done();
    const early = { ...env, now: NOW + BODY_KEPT_MS - 1 };
    const later = { ...env, now: NOW + BODY_KEPT_MS };

    expect(next(before, { type: "aged" }, early)).toBe(before);
    expect(next(before, { type: "aged" }, later)).toMatchObject({
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

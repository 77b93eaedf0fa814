import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { STATUSES, newEntry, type Entry } from "../../../src/offline/entry";
import { formAddress } from "../../../src/settings/entryAddress";
import { explanationKey, nextTryOf, statusKey, triesOf } from "../../../src/settings/entryWords";
import { sizeOf } from "../../../src/settings/useStorage";

const NOW = 1_800_000_000_000;
const SERVICES = [{ id: "s1", slug: "deep-cleaning" }];

function entry(changed: Partial<Entry> = {}, body: unknown = {}): Entry {
  const draft = { kind: "booking" as const, url: "/api/portal/service-requests", body };
  return { ...newEntry(draft, { id: "k-1", account: "guest", now: NOW }), ...changed };
}

describe("words for an entry", () => {
  const words = JSON.parse(
    readFileSync(join(import.meta.dirname, "../../../src/i18n/en/settings.json"), "utf8"),
  ) as { status: Record<string, string>; explain: Record<string, string> };

  it.each(STATUSES)("exist in status %s", (status) => {
    const one = entry({ status });
    expect(words.status[statusKey(one)]).toBeTruthy();
    const key = explanationKey(one);
    if (key !== null) expect(words.explain[key]).toBeTruthy();
  });

  it("tell a lost network from a busy server, and doubt from certainty", () => {
    expect(explanationKey(entry({ wait: "network" }))).toBe("queuedNetwork");
    expect(explanationKey(entry({ wait: "server", attempts: 2 }))).toBe("queuedServer");
    expect(explanationKey(entry({ status: "expired", unsure: true }))).toBe("expiredUnsure");
    expect(explanationKey(entry({ status: "expired" }))).toBe("expired");
  });

  it("count tries that were made, not those that were put off", () => {
    expect(triesOf(entry({ misses: 3 }))).toBe(0);
    expect(triesOf(entry({ log: [{ at: NOW, event: "sending" }] }))).toBe(1);
    expect(triesOf(entry({ attempts: 30 }))).toBe(30);
  });

  it("say when it is tried next", () => {
    expect(nextTryOf(entry({ nextAttemptAt: NOW + 9_000 }), true, NOW)).toEqual({
      at: "time",
      inMs: 9_000,
    });
    expect(nextTryOf(entry(), true, NOW)).toEqual({ at: "now" });
    expect(nextTryOf(entry({ nextAttemptAt: NOW + 9_000 }), false, NOW)).toEqual({ at: "network" });
    expect(nextTryOf(entry({ status: "done" }), true, NOW)).toBeNull();
  });
});

describe("the form of an entry", () => {
  const body = {
    serviceId: "s1",
    startsAt: "2026-12-03T10:00:00+01:00",
    teamId: "t1",
    recurrence: { frequency: "weekly", interval: 2, count: 6 },
  };

  it("opens where the entry can be mended", () => {
    const search = new URL(formAddress(entry({ status: "rejected" }, body), SERVICES), "http://x");

    expect(search.pathname).toBe("/book/deep-cleaning");
    expect(Object.fromEntries(search.searchParams)).toEqual({
      step: "details",
      date: "2026-12-03",
      slot: body.startsAt,
      team: "t1",
      recur: "weekly.2.6",
      edit: "k-1",
    });
  });

  it.each(["conflict", "expired"] as const)("begins with the time when it is %s", (status) => {
    expect(formAddress(entry({ status }, body), SERVICES)).toContain("step=time");
  });

  it("of a change is the booking's page", () => {
    const move = entry({ kind: "reschedule" });
    const url = "/api/portal/service-requests/b-7/reschedule";
    const request = move.request === null ? null : { ...move.request, url };

    expect(formAddress({ ...move, request }, [])).toBe("/portal/bookings/b-7");
  });

  it("that cannot be known is where booking begins", () => {
    expect(formAddress(entry({}, { serviceId: "gone" }), SERVICES)).toBe("/book");
    expect(formAddress(entry({ request: null }), SERVICES)).toBe("/book");
  });
});

describe("a size", () => {
  it.each([
    [0, { value: 0, unit: "byte" }],
    [1_536, { value: 1.5, unit: "kilobyte" }],
    [5 * 1_024 ** 2, { value: 5, unit: "megabyte" }],
    [3 * 1_024 ** 4, { value: 3_072, unit: "gigabyte" }],
  ])("of %i bytes", (bytes, expected) => {
    expect(sizeOf(bytes)).toEqual(expected);
  });
});

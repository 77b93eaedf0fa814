import { describe, expect, it } from "vitest";

import { parseRepeat, readChoice, stepsFor, writeChoice } from "../../src/booking/choice";
import { NO_DETAILS, checkDetails, detailsOf } from "../../src/booking/details";
import { movedOrderOf, orderOf } from "../../src/booking/order";
import { outcomeOf } from "../../src/booking/outcome";
import type { Entry } from "../../src/offline";

const FULL =
  "step=details&member=m1&zone=Europe%2FBerlin&date=2026-11-24" +
  "&slot=2026-11-24T09%3A00%3A00%2B01%3A00&team=t1&recur=weekly.2.6";

describe("a choice in the address", () => {
  it("survives being written and read", () => {
    const search = new URLSearchParams(FULL);
    expect(writeChoice(readChoice(search)).toString()).toBe(search.toString());
  });

  it("leaves out what cannot be", () => {
    const choice = readChoice(
      new URLSearchParams(
        "step=magic&zone=Mars%2FBase&date=2026-02-30&slot=never&recur=hourly.1.2",
      ),
    );
    expect(choice).toMatchObject({
      step: "member",
      timeZone: undefined,
      date: undefined,
      startsAt: undefined,
      repeat: undefined,
    });
  });

  it("goes back to the time when a later step lacks it", () => {
    expect(readChoice(new URLSearchParams("step=payment")).step).toBe("time");
    expect(readChoice(new URLSearchParams(FULL)).step).toBe("details");
  });

  it("takes series of two visits up to the limit", () => {
    expect(parseRepeat("weekly.1.1")).toBeUndefined();
    expect(parseRepeat("monthly.1.52")).toEqual({ frequency: "monthly", interval: 1, count: 52 });
    expect(parseRepeat("weekly.1.53")).toBeUndefined();
    expect(parseRepeat("weekly.0.5")).toBeUndefined();
  });

  it("has no step for repeating what cannot be repeated", () => {
    expect(stepsFor({ isRecurrenceAllowed: true }, false)).toContain("repeat");
    expect(stepsFor({ isRecurrenceAllowed: false }, false)).not.toContain("repeat");
    expect(stepsFor({ isRecurrenceAllowed: true }, true)).not.toContain("repeat");
  });
});

describe("details", () => {
  const good = { ...NO_DETAILS, name: "Grace", email: "grace@example.com" };

  it("need a name and a mail address, and for emergencies all that helps to come", () => {
    expect(checkDetails(good, false)).toEqual({});
    expect(checkDetails(NO_DETAILS, false)).toEqual({ name: "needed", email: "needed" });
    expect(checkDetails({ ...good, email: "grace" }, false)).toEqual({ email: "mail" });
    expect(Object.keys(checkDetails(good, true)).sort()).toEqual([
      "address",
      "description",
      "phone",
    ]);
    expect(checkDetails({ ...good, name: "x".repeat(121) }, false)).toEqual({ name: "long" });
  });

  it("come back from an order that is opened again", () => {
    const order = { client: { name: "Grace", email: "g@example.com", phone: null }, notes: "bell" };
    expect(detailsOf(order)).toEqual({
      ...NO_DETAILS,
      name: "Grace",
      email: "g@example.com",
      notes: "bell",
    });
    expect(detailsOf(null)).toEqual(NO_DETAILS);
  });
});

describe("an order", () => {
  const parts = {
    serviceId: "s1",
    choice: { ...readChoice(new URLSearchParams(FULL)), repeat: undefined },
    details: { ...NO_DETAILS, name: " Grace ", email: "grace@example.com " },
    timeZone: "Europe/Madrid",
    locale: "es",
    hold: { id: "h1", token: "secret" },
    previewToken: "p1",
    quoteToken: "q1",
  };
  const repeat = { frequency: "weekly", interval: 1, count: 3 } as const;

  it("of one visit names its hold, and nothing of a series", () => {
    const order = orderOf(parts);
    expect(order).toMatchObject({
      holdId: "h1",
      holdToken: "secret",
      teamId: "t1",
      teamMemberId: "m1",
    });
    expect(order).not.toHaveProperty("previewToken");
    expect(order.client).toEqual({
      name: "Grace",
      email: "grace@example.com",
      phone: null,
      address: null,
    });
  });

  it("of a series books what was shown, and holds nothing", () => {
    const order = orderOf({ ...parts, choice: { ...parts.choice, repeat } });
    expect(order).toMatchObject({ recurrence: repeat, previewToken: "p1", onConflict: "skip" });
    expect(order).not.toHaveProperty("holdId");
  });

  it("of a visit that leaves its series stands alone", () => {
    const moved = { index: 1, startsAt: "2026-12-02T09:00:00+01:00", teamId: "t2" };
    const order = movedOrderOf({ ...parts, choice: { ...parts.choice, repeat } }, moved);
    expect(order).toMatchObject({ startsAt: moved.startsAt, teamId: "t2" });
    expect(order).not.toHaveProperty("recurrence");
    expect(order).not.toHaveProperty("holdId");
    expect(order).not.toHaveProperty("teamMemberId");
    expect(order).not.toHaveProperty("quoteToken");
  });
});

describe("the outcome of an entry", () => {
  const entry: Entry = {
    id: "e1",
    account: "guest",
    kind: "booking",
    request: null,
    createdAt: 0,
    expiresAt: 0,
    attempts: 0,
    misses: 0,
    nextAttemptAt: 7,
    wait: "network",
    status: "queued",
    unsure: false,
    lastCode: null,
    result: null,
    log: [],
    settledAt: null,
  };
  const answered = (httpStatus: number, body: unknown) => ({
    result: { httpStatus, body, needsYou: false, wasReplayed: false },
  });

  it("is on its way until a try has failed, and then waits", () => {
    expect(outcomeOf(entry).state).toBe("sending");
    expect(outcomeOf({ ...entry, misses: 1 })).toEqual({
      state: "waiting",
      nextAttemptAt: 7,
      wait: "network",
    });
  });

  it("is the booking, or the problem with its alternatives", () => {
    const booking = { reference: "DB-1", status: "confirmed" };
    expect(outcomeOf({ ...entry, status: "done", ...answered(201, booking) })).toMatchObject({
      state: "booked",
      booking,
    });
    const problem = { code: "slot-taken", status: 409, retry: "new-key", alternatives: [{}] };
    expect(outcomeOf({ ...entry, status: "conflict", ...answered(409, problem) })).toMatchObject({
      state: "conflict",
      problem: { code: "slot-taken", alternatives: [{}] },
    });
    expect(outcomeOf({ ...entry, status: "expired" }).state).toBe("expired");
  });
});

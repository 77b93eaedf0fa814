import { describe, expect, it } from "vitest";
import { effectOf, type DayNumbers } from "./effect";
import { reversalOf, secondsLeft, UNDO_MS } from "./undo";

const day: DayNumbers = {
  teamId: "t",
  date: "2026-11-24",
  epoch: "e",
  seq: 4,
  limit: 12,
  baseLimit: 12,
  used: 8,
  held: 1,
  reserve: 2,
  remaining: 1,
  closed: false,
};

describe("effectOf", () => {
  it("adds an override, and offers places to those who wait", () => {
    expect(effectOf(day, { kind: "override", delta: 3 }, 2)).toEqual({
      limit: 15,
      remaining: 4,
      closed: false,
      shortBy: 0,
      offers: 2,
    });
  });

  it("says how many places a lower limit would be short of", () => {
    const effect = effectOf(day, { kind: "override", delta: -5 }, 0);
    expect(effect).toMatchObject({ limit: 7, remaining: 0, shortBy: 2, offers: 0 });
  });

  it("keeps overrides when the limit of the day changes", () => {
    const raised = { ...day, limit: 14, remaining: 3 };
    const effect = effectOf(raised, { kind: "limit", limit: 10, reserve: 0 }, 9);
    expect(effect).toMatchObject({ limit: 12, remaining: 3, offers: 0 });
  });

  it("takes nobody in on a closed day, and offers when it opens", () => {
    expect(effectOf(day, { kind: "close" }, 5)).toMatchObject({ remaining: 0, closed: true });
    const closed = { ...day, closed: true, remaining: 0 };
    expect(effectOf(closed, { kind: "open" }, 5)).toMatchObject({ remaining: 1, offers: 1 });
    expect(effectOf(closed, { kind: "override", delta: 4 }, 5)).toMatchObject({
      remaining: 0,
      offers: 0,
    });
  });

  it("gives back what an override took", () => {
    expect(effectOf(day, { kind: "revoke", delta: -2 }, 0)).toMatchObject({ limit: 14 });
  });
});

describe("undo", () => {
  it("counts down whole seconds", () => {
    const undoable = { id: "x", untilMs: 1_000 + UNDO_MS };
    expect([1_000, 1_001, 10_999, 11_000, 12_000].map((now) => secondsLeft(undoable, now))).toEqual(
      [10, 10, 1, 0, 0],
    );
  });

  it("names the change that takes a change back", () => {
    const before = { baseLimit: day.baseLimit, reserve: day.reserve, inherited: false };
    expect(reversalOf("override", before, "o1")).toEqual({ kind: "revoke", overrideId: "o1" });
    const own = { kind: "limit", limit: 12, reserve: 2 };
    expect(reversalOf("limit", before, undefined)).toEqual(own);
    expect(reversalOf("follow", before, undefined)).toEqual(own);
    expect(reversalOf("close", before, undefined)).toEqual({ kind: "open" });
    expect(reversalOf("displace", before, undefined)).toBeUndefined();
  });

  it("has a day that followed its team do so again", () => {
    const before = { baseLimit: 12, reserve: 2, inherited: true };
    expect(reversalOf("limit", before, undefined)).toEqual({ kind: "follow" });
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addDays } from "../lib/days";
import {
  activeCount,
  NO_FILTER,
  queryOf,
  RANGES,
  readFilter,
  SORTS,
  writeFilter,
  type RequestFilter,
} from "./filters";
import { isReasonGood, reachable, STATUSES, stepsOf } from "./steps";
import { BUILT_IN_VIEWS, filterOf, isSameFilter, readViews, withView, writeViews } from "./views";

const TEAM = "921f3486-57a3-8b9f-bff0-6b469c317306";
const read = (text: string): RequestFilter => readFilter(new URLSearchParams(text));

describe("the filter in the address", () => {
  it("comes back as it was written, whatever it is", () => {
    const filters = fc.record({
      statuses: fc.subarray([...STATUSES]),
      sort: fc.constantFrom(...SORTS),
      isEmergency: fc.boolean(),
      range: fc.constantFrom(...RANGES),
      q: fc.string({ minLength: 1, maxLength: 40 }).filter((text) => text.trim() === text),
    });
    fc.assert(
      fc.property(filters, (filter) => {
        expect(readFilter(writeFilter(filter))).toEqual(filter);
      }),
    );
  });

  it("leaves out what it does not understand", () => {
    const text = "status=confirmed,nonsense&team=me&from=2026-02-30&sort=price&payment=gold";
    expect(read(text)).toEqual({ ...NO_FILTER, statuses: ["confirmed"] });
  });

  it("says nothing for what is as usual", () => {
    expect(writeFilter(NO_FILTER).toString()).toBe("");
    expect(activeCount(NO_FILTER)).toBe(0);
    expect(activeCount(read(`team=${TEAM}&q=anna&sort=startsAt`))).toBe(2);
  });

  it("asks the server for days, counted from today", () => {
    const query = (text: string) => queryOf(read(text), "2026-12-31", addDays);
    expect(query("range=today")).toEqual({ from: "2026-12-31", to: "2026-12-31" });
    expect(query("range=tomorrow")).toEqual({ from: "2027-01-01", to: "2027-01-01" });
    expect(query("range=week")).toEqual({ from: "2026-12-31", to: "2027-01-06" });
    expect(query("type=emergency")).toEqual({ bookingType: "emergency" });
    expect(query(`from=2026-11-01&team=${TEAM}&status=held,pending`)).toEqual({
      from: "2026-11-01",
      teamId: TEAM,
      status: "held,pending",
    });
  });
});

describe("views", () => {
  it("are kept, replaced by name, and survive rubbish", () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
    const mine = withView([], "Mine", read("q=anna"));
    writeViews(storage, withView(mine, "Mine", read("q=ben")));
    const [view, ...rest] = readViews(storage);
    expect(rest).toEqual([]);
    expect(view && filterOf(view)).toEqual({ ...NO_FILTER, q: "ben" });
    expect(readViews({ getItem: () => "{" })).toEqual([]);
    expect(readViews({ getItem: () => '[{"name":1},{"name":"a","search":""}]' })).toEqual([
      { name: "a", search: "" },
    ]);
  });

  it("of the product are all different and can be shared", () => {
    const texts = BUILT_IN_VIEWS.map(({ filter }) => writeFilter(filter).toString());
    expect(new Set(texts).size).toBe(texts.length);
    for (const { filter } of BUILT_IN_VIEWS) {
      expect(isSameFilter(readFilter(writeFilter(filter)), filter)).toBe(true);
    }
  });
});

describe("steps", () => {
  it.each([
    ["pending", "admin", ["confirm", "decline", "assign", "reschedule", "cancel"]],
    ["confirmed", "dispatcher", ["start", "complete", "no-show", "assign", "reschedule", "cancel"]],
    ["confirmed", "member", ["start", "complete", "no-show"]],
    ["waitlisted", "dispatcher", ["cancel"]],
    ["waitlisted", "member", []],
    ["completed", "admin", ["correct"]],
    ["completed", "dispatcher", []],
    ["cancelled", "admin", []],
  ] as const)("of a %s booking for a %s", (status, role, steps) => {
    expect(stepsOf(status, role)).toEqual(steps);
  });

  it("reach some of a selection only", () => {
    expect(reachable("confirm", ["pending", "confirmed"], "member")).toEqual([true, false]);
    expect(reachable("cancel", ["pending"], "member")).toEqual([false]);
  });

  it("take a reason that says something", () => {
    expect(["", "  ab ", "abc", "x".repeat(500), "x".repeat(501)].map(isReasonGood)).toEqual([
      false,
      false,
      true,
      true,
      false,
    ]);
  });
});

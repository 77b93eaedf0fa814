import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  addDays,
  addMonths,
  dayAt,
  dayByKey,
  daysBetween,
  isDay,
  weekdayOf,
  weeksOf,
} from "../../src/booking/calendar";

const day = fc.integer({ min: 0, max: 20_000 }).map((days) => addDays("2000-01-01", days));
const press = (key: string, shiftKey = false) => ({ key, shiftKey });

describe("days", () => {
  it("are counted without a clock, so no change of clocks can lose one", () => {
    expect(addDays("2026-03-28", 1)).toBe("2026-03-29");
    expect(addDays("2026-03-29", 1)).toBe("2026-03-30");
    fc.assert(
      fc.property(day, fc.integer({ min: -800, max: 800 }), (from, days) => {
        expect(daysBetween(from, addDays(from, days))).toBe(days);
      }),
    );
  });

  it("end with their month when another month is shorter", () => {
    expect(addMonths("2026-01-31", 1)).toBe("2026-02-28");
    expect(addMonths("2028-01-31", 1)).toBe("2028-02-29");
    expect(addMonths("2026-03-31", -1)).toBe("2026-02-28");
    expect(addMonths("2026-12-15", 1)).toBe("2027-01-15");
  });

  it("are those of a place", () => {
    expect(dayAt("2026-11-22T23:30:00Z", "Europe/Berlin")).toBe("2026-11-23");
    expect(dayAt("2026-11-22T23:30:00Z", "America/New_York")).toBe("2026-11-22");
  });

  it("are recognised", () => {
    expect(isDay("2026-02-29")).toBe(false);
    expect(isDay("2028-02-29")).toBe(true);
    expect(isDay("tomorrow")).toBe(false);
    expect(isDay(null)).toBe(false);
  });
});

describe("a month's weeks", () => {
  it("contain every day of it once, and begin where weeks begin", () => {
    fc.assert(
      fc.property(day, fc.integer({ min: 1, max: 7 }), (month, weekStart) => {
        const weeks = weeksOf(month, weekStart);
        const inMonth = weeks.flat().filter((one) => one.slice(0, 7) === month.slice(0, 7));
        expect(new Set(inMonth).size).toBe(
          daysBetween(`${month.slice(0, 7)}-01`, addMonths(`${month.slice(0, 7)}-01`, 1)),
        );
        weeks.forEach((week) => {
          expect(week).toHaveLength(7);
          expect(weekdayOf(week[0] ?? "")).toBe(weekStart);
        });
      }),
    );
  });
});

describe("keys in the grid", () => {
  it("move by days, weeks, months and years", () => {
    expect(dayByKey("2026-11-18", press("ArrowRight"), 1, "ltr")).toBe("2026-11-19");
    expect(dayByKey("2026-11-18", press("ArrowDown"), 1, "ltr")).toBe("2026-11-25");
    expect(dayByKey("2026-11-18", press("Home"), 1, "ltr")).toBe("2026-11-16");
    expect(dayByKey("2026-11-18", press("End"), 7, "ltr")).toBe("2026-11-21");
    expect(dayByKey("2026-11-30", press("PageDown"), 1, "ltr")).toBe("2026-12-30");
    expect(dayByKey("2026-11-30", press("PageUp", true), 1, "ltr")).toBe("2025-11-30");
    expect(dayByKey("2026-11-18", press("a"), 1, "ltr")).toBeUndefined();
  });

  it("are mirrored where weeks run from right to left", () => {
    expect(dayByKey("2026-11-18", press("ArrowRight"), 1, "rtl")).toBe("2026-11-17");
    expect(dayByKey("2026-11-18", press("ArrowLeft"), 1, "rtl")).toBe("2026-11-19");
  });
});

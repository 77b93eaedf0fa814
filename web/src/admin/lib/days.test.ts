import { describe, expect, it } from "vitest";
import { addDays, clockOf, dayOf, daysBetween, daysFrom, isDay, todayIn, weekdayOf } from "./days";

describe("days", () => {
  it("goes over months, years and leap days", () => {
    expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
    expect(addDays("2028-03-01", -1)).toBe("2028-02-29");
    expect(daysFrom("2026-10-24", 3)).toEqual(["2026-10-24", "2026-10-25", "2026-10-26"]);
    expect(daysBetween("2026-11-01", "2026-12-01")).toBe(30);
  });

  it("knows the weekdays from Monday on", () => {
    expect(weekdayOf("2026-11-23")).toBe(1);
    expect(weekdayOf("2026-11-22")).toBe(7);
    expect(weekdayOf("1969-12-29")).toBe(1);
  });

  it("refuses what the calendar does not have", () => {
    expect(isDay("2026-02-28")).toBe(true);
    for (const text of ["2026-02-30", "2026-13-01", "26-1-1", "", "2026-11-24T10:00"]) {
      expect(isDay(text), text).toBe(false);
    }
  });

  it("asks the clock of the team, not of the browser", () => {
    const atMs = Date.parse("2026-11-22T20:00:00Z");
    expect(todayIn("Australia/Lord_Howe", atMs)).toBe("2026-11-23");
    expect(todayIn("America/New_York", atMs)).toBe("2026-11-22");
  });

  it("reads the team clock out of a time with offset", () => {
    expect(clockOf("2026-11-24T12:00:00+05:30")).toBe("12:00");
    expect(dayOf("2026-11-24T00:30:00+11:00")).toBe("2026-11-24");
  });
});

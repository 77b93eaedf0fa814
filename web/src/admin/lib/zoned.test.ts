import { describe, expect, it } from "vitest";

import { zonedInstant } from "./zoned";

describe("zonedInstant", () => {
  it.each([
    ["2026-11-24", "00:00", "Europe/Berlin", "2026-11-23T23:00:00.000Z"],
    ["2026-07-01", "00:00", "Europe/Berlin", "2026-06-30T22:00:00.000Z"],
    ["2026-11-24", "09:30", "Asia/Kolkata", "2026-11-24T04:00:00.000Z"],
    ["2026-11-24", "00:00", "America/New_York", "2026-11-24T05:00:00.000Z"],
    ["2026-11-24", "00:00", "Australia/Lord_Howe", "2026-11-23T13:00:00.000Z"],
    // The night the clocks go back: 02:30 comes twice, the first one counts.
    ["2026-10-25", "02:30", "Europe/Berlin", "2026-10-25T00:30:00.000Z"],
    // The night they go forward: 02:30 does not exist, and becomes 03:30.
    ["2026-03-29", "02:30", "Europe/Berlin", "2026-03-29T01:30:00.000Z"],
    ["2026-03-29", "00:00", "Europe/Berlin", "2026-03-28T23:00:00.000Z"],
    ["2026-03-30", "00:00", "Europe/Berlin", "2026-03-29T22:00:00.000Z"],
  ])("%s %s in %s is %s", (day, clock, zone, instant) => {
    expect(zonedInstant(day, clock, zone)).toBe(instant);
  });
});

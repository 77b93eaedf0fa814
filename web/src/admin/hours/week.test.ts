import { describe, expect, it } from "vitest";

import { copiedToWorkdays, faultOf, inOrder, minutesOf, type WeekRow } from "./week";

const row = (weekday: number, from: string, to: string): WeekRow => ({ weekday, from, to });

describe("a week", () => {
  it("finds what is wrong with a row", () => {
    const good = row(1, "08:00", "12:00");
    const bad = row(1, "11:00", "13:00");
    expect(faultOf(good, [good])).toBeUndefined();
    expect(faultOf(bad, [good, bad])).toBe("overlap");
    expect(faultOf(row(1, "12:00", "24:00"), [good])).toBeUndefined();
    expect(faultOf(row(2, "11:00", "13:00"), [good])).toBeUndefined();
    expect(faultOf(row(1, "13:00", "12:00"), [])).toBe("order");
    expect(faultOf(row(1, "8:00", "12:00"), [])).toBe("shape");
    expect(faultOf(row(1, "08:00", "24:30"), [])).toBe("shape");
  });

  it("copies one day to the working days and leaves the weekend alone", () => {
    const week = [row(1, "08:00", "12:00"), row(3, "01:00", "02:00"), row(6, "09:00", "13:00")];
    const copied = copiedToWorkdays(week, 1);
    expect(copied.map(({ weekday }) => weekday)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(copied[2]).toEqual(row(3, "08:00", "12:00"));
  });

  it("adds up, and sorts", () => {
    const week = [row(2, "13:00", "24:00"), row(2, "08:00", "12:30")];
    expect(minutesOf(week)).toBe(11 * 60 + 270);
    expect(inOrder(week)[0]?.from).toBe("08:00");
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { hoursOf, intoLanes, minuteOf } from "./lanes";

describe("intoLanes", () => {
  it("uses a line again once it is free", () => {
    const items = [
      { fromMinute: 600, toMinute: 660 },
      { fromMinute: 540, toMinute: 600 },
      { fromMinute: 570, toMinute: 630 },
    ];
    expect(intoLanes(items).map(({ item, lane }) => [item.fromMinute, lane])).toEqual([
      [540, 0],
      [570, 1],
      [600, 0],
    ]);
  });

  it("never lets two cover each other", () => {
    const stretch = fc
      .tuple(fc.nat(1380), fc.integer({ min: 1, max: 240 }))
      .map(([fromMinute, length]) => ({ fromMinute, toMinute: fromMinute + length }));
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 40 }), (items) => {
        const placed = intoLanes(items);
        expect(placed).toHaveLength(items.length);
        placed.forEach((one, index) => {
          for (const other of placed.slice(index + 1)) {
            const isApart =
              one.lane !== other.lane ||
              one.item.toMinute <= other.item.fromMinute ||
              other.item.toMinute <= one.item.fromMinute;
            expect(isApart).toBe(true);
          }
        });
      }),
    );
  });
});

describe("hours", () => {
  it("hold what there is, in whole hours", () => {
    expect(hoursOf([])).toEqual({ fromMinute: 480, toMinute: 1080 });
    expect(hoursOf([{ fromMinute: 410, toMinute: 1130 }])).toEqual({
      fromMinute: 360,
      toMinute: 1140,
    });
  });

  it("are the team's, and end with the day", () => {
    expect(minuteOf("2026-11-24T12:30:00+05:30", "2026-11-24")).toBe(750);
    expect(minuteOf("2026-11-25T00:30:00+05:30", "2026-11-24")).toBe(1440);
    expect(minuteOf("2026-11-23T23:30:00+05:30", "2026-11-24")).toBe(0);
  });
});

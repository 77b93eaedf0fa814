import { describe, expect, it, vi } from "vitest";
import { levelOf } from "./level";
import { placeAfter } from "./grid-keys";
import { BoardStore, paintSchedule, type DayState } from "./store";

const day = (change: Partial<DayState> = {}): DayState => ({
  teamId: "t1",
  date: "2026-11-24",
  epoch: "e",
  seq: 1,
  limit: 10,
  used: 4,
  held: 0,
  remaining: 6,
  closed: false,
  ...change,
});

describe("BoardStore", () => {
  it("tells the changed cell alone, once for many changes", () => {
    const flushes: (() => void)[] = [];
    const store = new BoardStore((flush) => flushes.push(flush));
    const [one, other] = [vi.fn(), vi.fn()];
    store.subscribe("t1", "2026-11-24", one);
    store.subscribe("t1", "2026-11-25", other);

    store.apply(day({ seq: 1 }));
    store.apply(day({ seq: 2, used: 5 }));
    expect(one).not.toHaveBeenCalled();
    expect(flushes).toHaveLength(1);
    flushes[0]?.();

    expect(one).toHaveBeenCalledTimes(1);
    expect(one).toHaveBeenCalledWith(day({ seq: 2, used: 5 }));
    expect(other).not.toHaveBeenCalled();
  });

  it("never goes back within an epoch, and begins anew with another", () => {
    const store = new BoardStore(() => undefined);
    expect(store.apply(day({ seq: 5, used: 5 }))).toBe(true);
    expect(store.apply(day({ seq: 4, used: 9 }))).toBe(false);
    expect(store.apply(day({ seq: 5, used: 9 }))).toBe(false);
    expect(store.get("t1", "2026-11-24")?.used).toBe(5);
    expect(store.apply(day({ epoch: "f", seq: 1, used: 2 }))).toBe(true);
    expect(store.get("t1", "2026-11-24")?.used).toBe(2);
  });

  it("is silent after the subscription ended", () => {
    const flushes: (() => void)[] = [];
    const store = new BoardStore((flush) => flushes.push(flush));
    const listener = vi.fn();
    const end = store.subscribe("t1", "2026-11-24", listener);
    store.apply(day({ seq: 2 }));
    end();
    flushes.forEach((flush) => flush());
    expect(listener).not.toHaveBeenCalled();
  });
});

describe("paintSchedule", () => {
  it("paints at once after a pause, and not again before the interval is over", () => {
    let nowMs = 1_000;
    const delays: number[] = [];
    const schedule = paintSchedule(
      () => nowMs,
      (callback, delayMs) => {
        delays.push(delayMs);
        nowMs += delayMs;
        callback();
      },
    );
    schedule(() => undefined);
    nowMs += 50;
    schedule(() => undefined);
    expect(delays).toEqual([0, 350]);
  });
});

describe("levelOf", () => {
  it.each([
    [day({ used: 0, remaining: 10 }), "empty"],
    [day({ used: 2, remaining: 8 }), "low"],
    [day({ used: 5, remaining: 5 }), "some"],
    [day({ used: 6, held: 2, remaining: 2 }), "high"],
    [day({ used: 8, remaining: 0 }), "full"],
    [day({ used: 11, remaining: 0 }), "over"],
    [day({ closed: true, remaining: 0 }), "closed"],
    [day({ closed: true, used: 12, remaining: 0 }), "over"],
    [day({ limit: 0, used: 0, remaining: 0 }), "full"],
  ] as const)("%o is %s", (state, level) => {
    expect(levelOf(state)).toBe(level);
  });
});

describe("placeAfter", () => {
  const size = { rows: 3, columns: 14 };
  const at = { row: 1, column: 3 };
  it.each([
    ["ArrowRight", false, false, { row: 1, column: 4 }],
    ["ArrowRight", false, true, { row: 1, column: 2 }],
    ["ArrowLeft", false, true, { row: 1, column: 4 }],
    ["ArrowDown", false, false, { row: 2, column: 3 }],
    ["ArrowUp", false, false, { row: 0, column: 3 }],
    ["Home", false, false, { row: 1, column: 0 }],
    ["End", true, false, { row: 2, column: 13 }],
    ["Home", true, false, { row: 0, column: 0 }],
    ["PageDown", false, false, { row: 1, column: 10 }],
    ["PageUp", false, false, { row: 1, column: 0 }],
    ["x", false, false, undefined],
  ] as const)("%s (ctrl %s, rtl %s)", (key, ctrlKey, isRtl, place) => {
    expect(placeAfter(at, { key, ctrlKey }, size, isRtl)).toEqual(place);
  });

  it("stays within the grid", () => {
    const corner = { row: 2, column: 13 };
    const press = { key: "ArrowDown", ctrlKey: false };
    expect(placeAfter(corner, press, size, false)).toEqual(corner);
  });
});

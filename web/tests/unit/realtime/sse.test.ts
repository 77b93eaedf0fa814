import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { openSse } from "../../../src/realtime/sse";
import type { Handlers, Wanted } from "../../../src/realtime/transport";

const DAY = "availability:t1:2026-12-01";
const LONG_MS = 1_000;

let wanted: Wanted[];
let asked: string[];
let ended: number;

function handlers(): Handlers {
  return {
    wanted: () => wanted,
    onMessage: () => undefined,
    onAlive: () => undefined,
    onId: () => undefined,
    onEnd: () => {
      ended += 1;
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  wanted = [{ topic: DAY, token: null, position: null }];
  asked = [];
  ended = 0;
  vi.stubGlobal("fetch", (address: string) => {
    asked.push(new URL(address, "http://here").searchParams.get("topics") ?? "");
    return new Promise<Response>(() => undefined);
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("asks for no stream while nothing is wanted, and for the next day once it is", () => {
  const link = openSse(handlers());
  expect(asked).toEqual([DAY]);

  wanted = [];
  link.update();
  vi.advanceTimersByTime(LONG_MS);
  expect(asked).toEqual([DAY]);
  expect(ended).toBe(0);

  wanted = [{ topic: "availability:t1:2026-12-02", token: null, position: null }];
  link.update();
  vi.advanceTimersByTime(LONG_MS);
  expect(asked).toEqual([DAY, "availability:t1:2026-12-02"]);
  link.close();
});

it("opens one stream for topics that change together", () => {
  const link = openSse(handlers());
  wanted = [...wanted, { topic: "availability:t2:2026-12-01", token: null, position: null }];
  link.update();
  link.update();
  vi.advanceTimersByTime(LONG_MS);
  expect(asked).toHaveLength(2);
  link.close();
});

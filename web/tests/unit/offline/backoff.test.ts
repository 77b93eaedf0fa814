import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  CAP_MS,
  PROBE_EVERY_MS,
  networkDelayMs,
  retryAfterMs,
  serverDelayMs,
} from "../../../src/offline/backoff";

const chance = fc.double({ min: 0, max: 0.999_999, noNaN: true });
const tries = fc.nat(2_000);

describe("the delay after an answer", () => {
  it("lies between Retry-After and the doubled ceiling", () => {
    fc.assert(
      fc.property(tries, fc.nat(600_000), chance, (attempts, floorMs, random) => {
        const delayMs = serverDelayMs(attempts, floorMs, () => random);
        const ceilingMs = Math.min(CAP_MS, 1_000 * 2 ** attempts);

        expect(delayMs).toBeGreaterThanOrEqual(floorMs);
        expect(delayMs).toBeLessThanOrEqual(Math.max(floorMs, ceilingMs));
      }),
    );
  });

  it("spreads over all of its range", () => {
    expect(serverDelayMs(3, 0, () => 0)).toBe(0);
    expect(serverDelayMs(3, 0, () => 0.5)).toBe(4_000);
    expect(serverDelayMs(50, 0, () => 0.999_999)).toBeCloseTo(CAP_MS, -1);
  });
});

describe("the delay after reaching nobody", () => {
  it("is never zero, and never longer than a captive portal is looked behind", () => {
    fc.assert(
      fc.property(tries, chance, (misses, random) => {
        const delayMs = networkDelayMs(misses, () => random);

        expect(delayMs).toBeGreaterThanOrEqual(500);
        expect(delayMs).toBeLessThanOrEqual(PROBE_EVERY_MS);
      }),
    );
  });
});

describe("Retry-After", () => {
  const now = Date.UTC(2026, 10, 22, 20, 0, 0);

  it.each([
    ["2", 2_000],
    [" 0 ", 0],
    ["Sun, 22 Nov 2026 20:00:30 GMT", 30_000],
    ["Sun, 22 Nov 2026 19:00:00 GMT", 0],
    ["soon", 0],
    ["-5", 0],
    ["999999999", 86_400_000],
    [null, 0],
  ])("%s", (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected);
  });
});

import { describe, expect, it } from "vitest";

import { ProblemError, localProblem } from "../../api";
import { BULK_AT_ONCE, runBulk } from "./bulk";

describe("runBulk", () => {
  it("goes on after a refusal, keeps the order, and sends a few at a time", async () => {
    let running = 0;
    let runningMax = 0;
    const told: number[] = [];
    const act = async (item: number) => {
      running += 1;
      runningMax = Math.max(runningMax, running);
      await new Promise((resolve) => setTimeout(resolve, item % 3));
      running -= 1;
      if (item === 4) throw new ProblemError(localProblem("unreachable"));
    };

    const results = await runBulk([1, 2, 3, 4, 5, 6, 7, 8], act, (done) => told.push(done));

    expect(results.map(({ item }) => item)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(results.filter(({ problem }) => problem).map(({ item }) => item)).toEqual([4]);
    expect(results[3]?.problem?.code).toBe("unreachable");
    expect(runningMax).toBe(BULK_AT_ONCE);
    expect(told).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("has nothing to do with nothing", async () => {
    expect(
      await runBulk(
        [],
        () => Promise.reject(new Error()),
        () => undefined,
      ),
    ).toEqual([]);
  });
});

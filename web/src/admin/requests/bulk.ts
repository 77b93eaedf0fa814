import { type Problem, problemOf } from "../../api";

/** What came of one booking of a selection. */
export interface BulkResult<T> {
  item: T;
  problem: Problem | undefined;
}

/** How many are sent at the same time: the desk's own rush must not crowd out clients. */
export const BULK_AT_ONCE = 3;

/**
 * Does `act` to every item, a few at a time, and goes on after problems: one refusal says nothing
 * about the others. Results are in the order of `items`.
 */
export async function runBulk<T>(
  items: readonly T[],
  act: (item: T) => Promise<unknown>,
  onResult: (done: number) => void,
): Promise<BulkResult<T>[]> {
  const results: (BulkResult<T> | undefined)[] = items.map(() => undefined);
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      const index = next;
      const item = items[index];
      if (item === undefined) return;
      next += 1;
      let problem: Problem | undefined;
      try {
        await act(item);
      } catch (error) {
        problem = problemOf(error, navigator.onLine);
      }
      results[index] = { item, problem };
      done += 1;
      onResult(done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(BULK_AT_ONCE, items.length) }, work));
  return results.filter((result) => result !== undefined);
}

/**
 * One flusher per origin. Web Locks where there are some: the browser frees them when a tab dies, so
 * under the lock an entry in `sending` has by definition lost its sender. Elsewhere a lease in the
 * store, which a dead tab holds for at most {@link LEASE_MS}.
 */

import type { OutboxStore } from "./store";

/** The name under which pages and worker exclude each other. */
export const LOCK_NAME = "outbox";

/** How long a lease outlives its holder. */
export const LEASE_MS = 60_000;
const RENEW_EVERY_MS = LEASE_MS / 3;

/** Runs `work` alone; answers `false` when somebody else has the lock and `wait` is not set. */
export type Exclusive = (wait: boolean, work: () => Promise<void>) => Promise<boolean>;

/** Exclusion by Web Locks. */
export function byWebLocks(locks: LockManager): Exclusive {
  return async (wait, work) => {
    const wasGranted = await locks.request(LOCK_NAME, { ifAvailable: !wait }, async (lock) => {
      if (lock === null) {
        return false;
      }
      await work();
      return true;
    });
    return wasGranted;
  };
}

/** Exclusion by a lease. It never waits: the caller's timer comes back. */
export function byLease(store: OutboxStore, owner: string, now: () => number): Exclusive {
  return async (_wait, work) => {
    const take = () => store.takeLease({ owner, until: now() + LEASE_MS }, now());
    if (!(await take())) {
      return false;
    }
    const renewal = setInterval(() => void take(), RENEW_EVERY_MS);
    try {
      await work();
    } finally {
      clearInterval(renewal);
      await store.dropLease(owner);
    }
    return true;
  };
}

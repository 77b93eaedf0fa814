/** The outbox's surroundings in a browser: the same for a page and for the worker. */

import type { World } from "./flusher";
import { byLease, byWebLocks, type Exclusive } from "./lock";
import { canReachServer, send, whoAmI } from "./send";
import type { OutboxStore } from "./store";

/** On which tabs and worker tell each other of changes. */
export const CHANNEL = "daybook-outbox";

/** The tag of the Background Sync registration. */
export const SYNC_TAG = "daybook-outbox";

/** What is said on {@link CHANNEL}. */
export type Changed = { type: "changed"; id: string | null };

/** The real network, clock and chance. */
export function browserWorld(store: OutboxStore, announce: (id: string) => void): World {
  const now = () => Date.now();
  return {
    entries: () => store.all(),
    update: (entry) => store.update(entry),
    send: (entry) => send(entry, now),
    whoAmI,
    canReachServer,
    isOnline: () => globalThis.navigator.onLine,
    now,
    random: Math.random,
    announce,
  };
}

/** Web Locks, or a lease where there are none. */
export function browserLock(store: OutboxStore): Exclusive {
  const locks = globalThis.navigator.locks as LockManager | undefined;
  return locks === undefined
    ? byLease(store, crypto.randomUUID(), () => Date.now())
    : byWebLocks(locks);
}

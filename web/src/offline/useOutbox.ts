/** The outbox for components. */

import { useSyncExternalStore } from "react";
import { isUnsettled, isWaiting, type Entry } from "./entry";
import type { OutboxState } from "./outbox";
import { outbox } from "./triggers";

/** Everything that waits or has come back, oldest first. */
export function useOutbox(): OutboxState {
  const own = outbox();
  return useSyncExternalStore(own.subscribe, own.snapshot, own.snapshot);
}

/** One entry as it is now; `undefined` while it is unknown, or once it is forgotten. */
export function useEntry(id: string | null): Entry | undefined {
  const { entries } = useOutbox();
  return id === null ? undefined : entries.find((entry) => entry.id === id);
}

/** How much there is to tell of the outbox in a header. */
export interface OutboxCounts {
  /** On this device, not confirmed yet. */
  waiting: number;
  /** The person has to decide or sign in. */
  needsYou: number;
  /** What signing out would lose. */
  unsettled: number;
}

export function countsOf(entries: readonly Entry[]): OutboxCounts {
  const count = (is: (entry: Entry) => boolean) => entries.filter(is).length;
  return {
    waiting: count(({ status }) => isWaiting(status)),
    needsYou: count(needsYou),
    unsettled: count(({ status }) => isUnsettled(status)),
  };
}

/** Whether an entry goes on only when its person does something. */
export function needsYou(entry: Entry): boolean {
  const { status } = entry;
  const isStuck = status === "conflict" || status === "auth" || status === "rejected";
  return isStuck || status === "expired" || (status === "done" && entry.result?.needsYou === true);
}

export function useOutboxCounts(): OutboxCounts {
  return countsOf(useOutbox().entries);
}

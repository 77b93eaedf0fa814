/**
 * What pages use of the outbox. A booking, move, cancellation or waiting-list entry goes in through
 * `enqueue` whether the browser is online or not, and comes back through `useEntry`.
 */

import type { Draft, Entry, Request } from "./entry";
import { mayBeAskedFor } from "./machine";
import type { EnqueueOptions } from "./outbox";
import { reportOf } from "./report";
import { outbox } from "./triggers";
import { countsOf } from "./useOutbox";

export { GUEST, isUnsettled, isWaiting } from "./entry";
export type { About, Draft, Entry, Kind, Result, Status } from "./entry";
export type { OutboxState } from "./outbox";
export { CONFLICT_CODES } from "./answers";
export { whyNotQueued } from "./policy";
export { OutboxError } from "./store";
export { startOutbox } from "./triggers";
export { countsOf, needsYou, useEntry, useOutbox, useOutboxCounts } from "./useOutbox";
export { mayBeAskedFor };

/** Keeps a request on this device and has it sent. See {@link Outbox.enqueue}. */
export function enqueue(draft: Draft, options?: EnqueueOptions): Promise<Entry> {
  return outbox().enqueue(draft, options);
}

/** Has an entry sent now. */
export function retryNow(id: string): Promise<void> {
  return outbox().retryNow(id);
}

/** Forgets an entry that is not under way. */
export function discard(id: string): Promise<void> {
  return outbox().discard(id);
}

/**
 * What an entry asked for, to open its form again filled in; `null` when it cannot be edited any
 * more. Enqueue the changed request with `replaces`: the old entry stays until then.
 */
export function edit(id: string): Request | null {
  const entry = outbox()
    .snapshot()
    .entries.find((one) => one.id === id);
  return entry !== undefined && mayBeEdited(entry) ? entry.request : null;
}

/** Whether an entry can be changed: it has not been sent, or was refused. */
export function mayBeEdited(entry: Entry): boolean {
  const isOpen = ["queued", "conflict", "auth", "rejected", "expired"].includes(entry.status);
  return isOpen && !entry.unsure && entry.request !== null;
}

/** Puts a report about an entry on the clipboard. */
export async function copyReport(entry: Entry): Promise<void> {
  await navigator.clipboard.writeText(reportOf(entry, Date.now(), __BUILD_ID__));
}

/** The server has said who is signed in: a user's id, or `null` for nobody. */
export function setOutboxAccount(userId: string | null): Promise<void> {
  return outbox().setAccount(userId ?? "guest");
}

/** Something proves that the server can be reached, as a stream that is open again. */
export function outboxCameOnline(): Promise<void> {
  return outbox().cameOnline();
}

/** How much on this device has not been confirmed: what signing out would lose. */
export async function unsettledNow(): Promise<number> {
  await outbox().refresh();
  return countsOf(outbox().snapshot().entries).unsettled;
}

/** Forgets everything that this device keeps for the outbox. */
export function wipeOutbox(): Promise<void> {
  return outbox().wipe();
}

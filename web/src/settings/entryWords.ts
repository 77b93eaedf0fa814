/** What to say of an entry: pure, so that each state has words that can be checked. */

import type { Entry } from "../offline";

/** Key of the status' name among `status.*`. */
export function statusKey(entry: Entry): Entry["status"] | "needsYou" {
  return entry.status === "done" && entry.result?.needsYou === true ? "needsYou" : entry.status;
}

/** How urgent a status is: which colour and icon it has. */
export type Tone = "calm" | "busy" | "good" | "attention" | "bad";

const TONES: Record<Entry["status"] | "needsYou", Tone> = {
  queued: "busy",
  sending: "busy",
  done: "good",
  needsYou: "attention",
  conflict: "attention",
  auth: "attention",
  rejected: "bad",
  expired: "bad",
};

export function toneOf(entry: Entry): Tone {
  return TONES[statusKey(entry)];
}

/** The booking's reference, once there is one. */
export function referenceOf(entry: Entry): string | null {
  const body = entry.result?.body;
  const has = typeof body === "object" && body !== null && "reference" in body;
  return has && typeof body.reference === "string" ? body.reference : null;
}

/** Key of the sentence that explains where the entry stands; `null` when its problem has words. */
export function explanationKey(
  entry: Entry,
):
  | "queuedNetwork"
  | "queuedServer"
  | "sending"
  | "done"
  | "doneNoReference"
  | "auth"
  | "expired"
  | "expiredUnsure"
  | "erased"
  | null {
  switch (entry.status) {
    case "queued":
      return entry.wait === "network" || entry.attempts + entry.misses === 0
        ? "queuedNetwork"
        : "queuedServer";
    case "sending":
      return "sending";
    case "done":
      if (entry.result === null) return "erased";
      return referenceOf(entry) === null ? "doneNoReference" : "done";
    case "auth":
      return "auth";
    case "expired":
      return entry.unsure ? "expiredUnsure" : "expired";
    default:
      return null;
  }
}

/** How often it was tried, as far as is remembered: an entry put off while offline was not. */
export function triesOf(entry: Entry): number {
  const begun = entry.log.filter(({ event }) => event === "sending").length;
  return Math.max(entry.attempts, begun);
}

/** When a queued entry is tried next. */
export type NextTry = { at: "network" } | { at: "now" } | { at: "time"; inMs: number };

export function nextTryOf(entry: Entry, isOnline: boolean, now: number): NextTry | null {
  if (entry.status !== "queued") return null;
  if (!isOnline) return { at: "network" };
  const inMs = entry.nextAttemptAt - now;
  return inMs < 1_000 ? { at: "now" } : { at: "time", inMs };
}

/**
 * The client's rules, pure: what a message makes of what is held of its topic.
 *
 * A state is taken when its epoch differs or its `seq` is higher; an event of a log only when it
 * follows on what is held, else the topic begins anew. Applying anything twice is harmless.
 */

import { isState, type Position, type Subscribed, type Updated } from "./wire";

/** Events of a log that are kept for whoever looks later. */
export const EVENTS_MAX = 64;

/** What is held of a topic. */
export interface Held extends Position {
  topic: string;
  /** The newest state, or what the log began with. */
  data: unknown;
  /** The newest events since then, oldest first. */
  events: readonly Updated[];
  /** When it was last confirmed or changed, in milliseconds since the epoch. */
  at: number;
}

/** What a message leads to. */
export type Outcome =
  | { do: "keep" }
  | { do: "take"; held: Held }
  /** The position is confirmed: nothing was missed. */
  | { do: "confirm"; held: Held }
  /** Something is missing: ask the topic to begin anew. */
  | { do: "resync" };

const KEEP: Outcome = { do: "keep" };

/** What `message` makes of `held`, which is `null` for a topic that nothing is known of. */
export function apply(held: Held | null, message: Subscribed | Updated, at: number): Outcome {
  if (message.type === "subscribed") return begin(held, message, at);
  return isState(message.topic) ? takeState(held, message, at) : takeEvent(held, message, at);
}

function begin(held: Held | null, message: Subscribed, at: number): Outcome {
  const { topic, epoch, seq, how } = message;
  if (how === "resumed") {
    const isSame = held !== null && held.epoch === epoch;
    return isSame ? { do: "confirm", held: { ...held, at } } : { do: "resync" };
  }
  // Logs that show no page begin with nothing but a position; asking again would bring no more.
  const data = message.data ?? null;
  const fresh: Held = { topic, epoch, seq, data, events: [], at };
  if (held === null || held.epoch !== epoch) return { do: "take", held: fresh };
  // Within an epoch nothing goes back: an older beginning only comes late.
  return seq >= held.seq ? { do: "take", held: fresh } : KEEP;
}

function takeState(held: Held | null, message: Updated, at: number): Outcome {
  const { topic, epoch, seq, data } = message;
  const isNewer = held === null || held.epoch !== epoch || seq > held.seq;
  if (!isNewer) return KEEP;
  const events = [...(held?.events ?? []), message].slice(-EVENTS_MAX);
  return { do: "take", held: { topic, epoch, seq, data, events, at } };
}

function takeEvent(held: Held | null, message: Updated, at: number): Outcome {
  if (held === null || held.epoch !== message.epoch) return { do: "resync" };
  if (message.seq <= held.seq) return KEEP;
  if (message.prev !== held.seq) return { do: "resync" };
  const events = [...held.events, message].slice(-EVENTS_MAX);
  return { do: "take", held: { ...held, seq: message.seq, events, at } };
}

/** What a topic shows: of a booking the newest event, of other logs the page they began with. */
export function shownOf(held: Held): unknown {
  const newest = held.events.at(-1);
  return held.topic.startsWith("request:") && newest !== undefined ? newest.data : held.data;
}

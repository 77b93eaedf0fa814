/** What is held of each topic, and who looks at it. */

import { apply, type Held } from "./rules";
import type { Message, Subscribed, Updated } from "./wire";

/** Why a topic tells nothing: the server's code. */
export type Refusal = number;

/** What a component sees of a topic. A new object with every change. */
export interface TopicState {
  held: Held | null;
  refusal: Refusal | null;
}

const UNKNOWN: TopicState = { held: null, refusal: null };

/** How long a topic that nobody looks at is remembered, for whoever comes back to it. */
const REMEMBERED_MAX = 128;

type Listener = (message: Subscribed | Updated | null) => void;

export class Topics {
  readonly #states = new Map<string, TopicState>();
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  get(topic: string): TopicState {
    return this.#states.get(topic) ?? UNKNOWN;
  }

  listen(topic: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(topic, listeners);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(topic) === listeners) {
        this.#listeners.delete(topic);
      }
    };
  }

  /** Takes a message in. Answers whether its topic has to begin anew. */
  hear(message: Message): "fine" | "resync" {
    switch (message.type) {
      case "error":
        if (message.topic !== undefined && !message.temporary) {
          this.#set(message.topic, { held: null, refusal: message.code }, null);
        }
        return "fine";
      case "unsubscribed":
        if (message.code !== undefined) {
          this.#set(message.topic, { held: null, refusal: message.code }, null);
        }
        return "fine";
      case "hello":
      case "ping":
      case "bye":
        return "fine";
      default:
        return this.#apply(message);
    }
  }

  /** Takes what another tab holds, when it is further than what is held here. */
  adopt(held: Held): void {
    const own = this.get(held.topic).held;
    const isFurther = own === null || own.epoch !== held.epoch || held.seq > own.seq;
    if (isFurther) this.#set(held.topic, { held, refusal: null }, null);
  }

  /** Forgets everything: whoever looks is somebody else now. */
  clear(): void {
    const known = [...this.#states.keys()];
    this.#states.clear();
    known.forEach((topic) => this.#tell(topic, null));
  }

  /** Lets a refused topic be asked for again. */
  pardon(topic: string): void {
    if (this.get(topic).refusal !== null) this.#states.delete(topic);
  }

  #apply(message: Subscribed | Updated): "fine" | "resync" {
    const outcome = apply(this.get(message.topic).held, message, this.#now());
    if (outcome.do === "resync") return "resync";
    if (outcome.do === "take" || outcome.do === "confirm") {
      const news = outcome.do === "take" ? message : null;
      this.#set(message.topic, { held: outcome.held, refusal: null }, news);
    }
    return "fine";
  }

  #set(topic: string, state: TopicState, news: Subscribed | Updated | null): void {
    this.#states.delete(topic);
    this.#states.set(topic, state);
    this.#forgetOld();
    this.#tell(topic, news);
  }

  #tell(topic: string, news: Subscribed | Updated | null): void {
    this.#listeners.get(topic)?.forEach((listener) => listener(news));
  }

  #forgetOld(): void {
    for (const topic of this.#states.keys()) {
      if (this.#states.size <= REMEMBERED_MAX) return;
      if (!this.#listeners.has(topic)) this.#states.delete(topic);
    }
  }
}

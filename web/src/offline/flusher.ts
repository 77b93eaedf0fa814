/**
 * Sends what is due. Runs in whichever page holds the lock, or in the worker; knows neither.
 *
 * Invariant: called only under the outbox lock, so no entry is ever under way twice.
 */

import type { Answer } from "./answers";
import { GUEST, type Entry } from "./entry";
import { isDue, next, type Event } from "./machine";
import type { Who } from "./send";

/** Most passes over the queue in one flush; each pass moves every due entry on. */
const PASSES_MAX = 20;

/** What a flush needs of the world. */
export interface World {
  entries: () => Promise<Entry[]>;
  update: (entry: Entry) => Promise<void>;
  send: (entry: Entry) => Promise<Answer>;
  whoAmI: () => Promise<Who>;
  canReachServer: () => Promise<boolean>;
  isOnline: () => boolean;
  now: () => number;
  random: () => number;
  /** Tells every tab that an entry has changed. */
  announce: (id: string) => void;
}

/** How a flush ended. */
export interface Flushed {
  /** Entries whose final word arrived. */
  settled: number;
  /** When the next entry that may be sent is due; `null` when none waits. */
  nextAt: number | null;
}

/** One flush, and what it found out on the way. */
class Flush {
  readonly world: World;
  settled = 0;
  #who: Who | undefined;
  #isLost = false;

  constructor(world: World) {
    this.world = world;
  }

  async run(): Promise<Flushed> {
    for (let pass = 0; pass < PASSES_MAX; pass += 1) {
      const due = await this.#due();
      if (!this.world.isOnline()) {
        await this.#putOff(due);
        break;
      }
      if (due.length === 0 || !(await this.#isWorthTrying(due))) {
        break;
      }
      for (const entry of due) {
        await this.#try(entry);
        if (this.#isLost) {
          break;
        }
      }
      if (this.#isLost) {
        await this.#tellOthers();
        break;
      }
    }
    return { settled: this.settled, nextAt: await this.#nextAt() };
  }

  /** What may be sent now, oldest first, once everything too old is out of the way. */
  async #due(): Promise<Entry[]> {
    const entries = await this.world.entries();
    const aged = await Promise.all(entries.map((entry) => this.#move(entry, { type: "aged" })));
    return aged.filter((entry) => isDue(entry, this.world.now()) && this.#isMine(entry));
  }

  /** Offline, everything that is due waits for the network, what a dead tab left behind included. */
  async #putOff(due: Entry[]): Promise<void> {
    for (const entry of due.filter(
      ({ status, wait }) => status === "sending" || wait !== "network",
    )) {
      await this.#move(entry, { type: "network-lost" });
    }
  }

  /** After a miss, a cheap question goes first: bodies are not posted to a hotel's sign-in page. */
  async #isWorthTrying(due: Entry[]): Promise<boolean> {
    const hasMissed = due.some((entry) => entry.misses > 0);
    if (!hasMissed || (await this.world.canReachServer())) {
      return true;
    }
    for (const entry of due) {
      await this.#move(entry, { type: "network-lost" });
    }
    return false;
  }

  async #try(entry: Entry): Promise<void> {
    if (entry.account !== GUEST) {
      this.#who ??= await this.world.whoAmI();
      if (this.#who === null) {
        this.#isLost = true;
        await this.#move(entry, { type: "network-lost" });
        return;
      }
      if (this.#who.account === GUEST) {
        await this.#move(entry, { type: "signed-out" });
        return;
      }
      if (this.#who.account !== entry.account) {
        return;
      }
    }
    const sending = await this.#move(entry, { type: "picked" });
    const answer = await this.world.send(sending);
    const after = await this.#move(sending, { type: "answered", answer });
    this.settled += after.settledAt === null ? 0 : 1;
    this.#isLost = after.status === "queued" && after.wait === "network";
  }

  /** What is due besides waits for the network as well. */
  async #tellOthers(): Promise<void> {
    for (const entry of await this.#due()) {
      await this.#move(entry, { type: "network-lost" });
    }
  }

  async #move(entry: Entry, event: Event): Promise<Entry> {
    const { now, random } = this.world;
    const after = next(entry, event, { now: now(), random });
    if (after !== entry) {
      await this.world.update(after);
      this.world.announce(after.id);
    }
    return after;
  }

  /** Whether nothing is known that keeps this browser from sending the entry. */
  #isMine(entry: Entry): boolean {
    const isKnown = this.#who !== undefined && this.#who !== null;
    return entry.account === GUEST || !isKnown || this.#who?.account === entry.account;
  }

  async #nextAt(): Promise<number | null> {
    const entries = await this.world.entries();
    const waiting = entries.filter((entry) => entry.status === "queued" && this.#isMine(entry));
    const times = waiting.map((entry) => entry.nextAttemptAt);
    return times.length === 0 ? null : Math.min(...times);
  }
}

/** Sends everything that is due. */
export function flush(world: World): Promise<Flushed> {
  return new Flush(world).run();
}

/** How long the worker may drain before the browser ends it. */
export const DRAIN_MAX_MS = 60_000;

/**
 * Flushes until nothing is left to send or the next try is beyond `DRAIN_MAX_MS`. Sleeping through
 * short waits matters: giving up at once would waste one of the browser's three tries.
 *
 * @returns whether the queue is empty; otherwise the browser should call again
 */
export async function drain(
  world: World,
  sleep: (delayMs: number) => Promise<void>,
): Promise<boolean> {
  const until = world.now() + DRAIN_MAX_MS;
  for (;;) {
    const { nextAt } = await flush(world);
    if (nextAt === null) {
      return true;
    }
    if (nextAt > until || world.now() >= until) {
      return false;
    }
    await sleep(Math.max(50, nextAt - world.now()));
  }
}

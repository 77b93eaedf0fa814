/**
 * The outbox as a page has it: takes requests in, knows what waits, and calls the flusher whenever
 * something suggests that a try may succeed. Nothing polls while the browser says it is offline.
 */

import { GUEST, isWaiting, newEntry, type Draft, type Entry } from "./entry";
import { flush, type Flushed, type World } from "./flusher";
import type { Exclusive } from "./lock";
import { isDue, next, type Event } from "./machine";
import { whyNotQueued, type Circumstances } from "./policy";
import { OutboxError, type OutboxStore } from "./store";
import type { Changed } from "./world";

/** Shortest time between two flushes that a timer starts. */
const TIMER_MIN_MS = 250;
/** Longest time that a timer sleeps: clocks and machines go to sleep as well. */
const TIMER_MAX_MS = 600_000;
/** How soon to look again when another tab holds the lease. */
const LEASE_RETRY_MS = 1_000;
/** How soon to look again whether a device without room has some. */
const FULL_RETRY_MS = 5_000;

/** What a page knows of the outbox. A new object with every change. */
export interface OutboxState {
  /** Entries of whoever is signed in, and of guests; oldest first. */
  entries: readonly Entry[];
  /** Entries of other accounts: they wait until their owner signs in. */
  foreignCount: number;
  account: string;
  /** Whether the store has been read. */
  isReady: boolean;
  /** Whether this device has no room to note a try down: nothing is sent of which it would forget. */
  isFull: boolean;
}

/** What the outbox needs of its page. */
export interface Surroundings {
  store: OutboxStore;
  world: World;
  exclusive: Exclusive;
  newId: () => string;
  /** Called once, before the first entry is kept. */
  askForPersistence: () => void;
  /** Has the worker finish what the page cannot. */
  requestSync: () => void;
  /** To the other tabs. */
  post: (message: Changed) => void;
}

/** Beside the request itself. */
export interface EnqueueOptions extends Circumstances {
  /** The entry that this one stands in for. */
  replaces?: string;
  /** The key, when one was made at the first press of the button; a second press adds nothing. */
  id?: string;
}

const EMPTY: OutboxState = {
  entries: [],
  foreignCount: 0,
  account: GUEST,
  isReady: false,
  isFull: false,
};

export class Outbox {
  readonly #around: Surroundings;
  readonly #listeners = new Set<() => void>();
  #state = EMPTY;
  #running = false;
  #again = false;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #isStarted = false;
  #hasAsked = false;
  #isFull = false;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Everything known, for `useSyncExternalStore`. */
  snapshot = (): OutboxState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Begins to flush. Called once per page; the triggers are the page's (see `triggers.ts`). */
  async start(): Promise<void> {
    if (this.#isStarted) {
      return;
    }
    this.#isStarted = true;
    await this.refresh();
    this.kick();
  }

  /** Stops timers; what runs at the moment ends by itself. */
  stop(): void {
    this.#isStarted = false;
    this.#clearTimer();
  }

  /**
   * Keeps a request and has it sent. Resolves once it is on the disk: from then on it is sent
   * whatever happens to this page.
   *
   * @throws OutboxError when it may not wait, or there is no room
   */
  async enqueue(draft: Draft, options: EnqueueOptions = {}): Promise<Entry> {
    const why = whyNotQueued(draft, options);
    if (why !== null) {
      throw new OutboxError("not-queued", why);
    }
    if (!this.#hasAsked) {
      this.#hasAsked = true;
      this.#around.askForPersistence();
    }
    const { store, newId, world } = this.#around;
    const known = options.id === undefined ? null : await store.get(options.id);
    if (known !== null) {
      this.kick();
      return known;
    }
    const account = await store.account();
    const entry = newEntry(draft, { id: options.id ?? newId(), account, now: world.now() });
    await store.add(entry, options.replaces);
    // The page asks for its turn before the worker is woken: it is the one that is looked at, and the
    // worker, waiting behind it, finishes what the page leaves when it is closed.
    this.kick();
    this.#around.requestSync();
    await this.#changed(entry.id);
    return entry;
  }

  /** Has an entry sent now, whatever its time. */
  retryNow(id: string): Promise<void> {
    return this.#event({ type: "asked-for" }, (entry) => entry.id === id);
  }

  /**
   * Forgets an entry.
   *
   * @throws OutboxError while it is under way
   */
  async discard(id: string): Promise<void> {
    await this.#around.store.remove(id);
    await this.#changed(id);
  }

  /** The network, or the server's stream, is back. */
  async cameOnline(): Promise<void> {
    await this.#event({ type: "online" }, () => true);
  }

  /** Who is signed in, as the server has just said; {@link GUEST} for nobody. */
  async setAccount(account: string): Promise<void> {
    await this.#around.store.setAccount(account);
    if (account === GUEST) {
      await this.refresh();
      return;
    }
    await this.#event({ type: "signed-in", account }, () => true);
  }

  /** Forgets everything, as when signing out. */
  async wipe(): Promise<void> {
    await this.#around.store.wipe();
    await this.#changed(null);
  }

  /** Reads the store again: another tab has changed it. */
  async refresh(): Promise<void> {
    const { store } = this.#around;
    const [all, account] = await Promise.all([store.all(), store.account()]);
    const isOwn = (entry: Entry) =>
      account === GUEST || entry.account === GUEST || entry.account === account;
    const entries = all.filter(isOwn);
    const foreignCount = all.length - entries.length;
    this.#state = { entries, foreignCount, account, isReady: true, isFull: this.#isFull };
    this.#listeners.forEach((listener) => listener());
  }

  /** Something suggests that a try may succeed. */
  kick(): void {
    if (!this.#isStarted) {
      return;
    }
    this.#again = true;
    if (!this.#running) {
      this.#running = true;
      void this.#run().finally(() => {
        this.#running = false;
      });
    }
  }

  async #run(): Promise<void> {
    while (this.#again && this.#isStarted) {
      this.#again = false;
      this.#clearTimer();
      const nextAt = await this.#flushWhereRoom();
      await this.refresh();
      this.#schedule(nextAt);
    }
  }

  /** Flushes, or finds that the device is full: then that is told, and tried again in a while. */
  async #flushWhereRoom(): Promise<number | null> {
    try {
      const nextAt = await this.#flushAlone();
      this.#isFull = false;
      return nextAt;
    } catch (error) {
      this.#becomeFull(error);
      return this.#around.world.now() + FULL_RETRY_MS;
    }
  }

  #becomeFull(error: unknown): void {
    const isFull = error instanceof OutboxError && error.reason === "storage-full";
    if (!isFull) throw error;
    this.#isFull = true;
  }

  /** Flushes under the lock; where another tab has it, right after that one. */
  async #flushAlone(): Promise<number | null> {
    const { exclusive, world } = this.#around;
    let flushed: Flushed | null = null;
    const work = async () => {
      flushed = await flush(world);
    };
    if (!(await exclusive(false, work))) {
      await this.refresh();
      await exclusive(true, work);
    }
    const done = flushed as Flushed | null;
    return done === null ? world.now() + LEASE_RETRY_MS : done.nextAt;
  }

  #schedule(nextAt: number | null): void {
    const { world } = this.#around;
    if (nextAt === null || !world.isOnline() || !this.#isStarted || !this.#hasWaiting()) {
      return;
    }
    const delayMs = Math.min(TIMER_MAX_MS, Math.max(TIMER_MIN_MS, nextAt - world.now()));
    this.#timer = setTimeout(() => this.kick(), delayMs);
  }

  #hasWaiting(): boolean {
    return this.#state.entries.some((entry) => isWaiting(entry.status));
  }

  #clearTimer(): void {
    if (this.#timer !== null) {
      clearTimeout(this.#timer);
      this.#timer = null;
    }
  }

  /** Another tab has changed something: what it added may be due, and its timer may die with it. */
  async heard(): Promise<void> {
    await this.refresh();
    const { world } = this.#around;
    const waiting = this.#state.entries.filter((entry) => isWaiting(entry.status));
    if (this.#running || waiting.length === 0) {
      return;
    }
    this.#clearTimer();
    // One that is under way counts as due: whoever sends it may be closed before the answer comes.
    // Flushing waits until the sender's lock is free, and finds nothing to do when all went well.
    const isNow = waiting.some((entry) => isDue(entry, world.now()));
    const nextAt = Math.min(...waiting.map((entry) => entry.nextAttemptAt));
    this.#schedule(isNow ? world.now() : nextAt);
  }

  async #event(event: Event, concerns: (entry: Entry) => boolean): Promise<void> {
    const { store, world } = this.#around;
    const env = { now: world.now(), random: world.random };
    const change = (entry: Entry) => (concerns(entry) ? next(entry, event, env) : entry);
    const changed = await store.reschedule(change).catch((error: unknown) => {
      this.#becomeFull(error);
      return [];
    });
    await this.#changed(changed.length === 0 ? undefined : null);
    this.kick();
  }

  /** Tells this tab, and with `id` the others: `null` stands for several. */
  async #changed(id: string | null | undefined): Promise<void> {
    if (id !== undefined) {
      this.#around.post({ type: "changed", id });
    }
    await this.refresh();
  }
}

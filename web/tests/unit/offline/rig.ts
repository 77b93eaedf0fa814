import type { Answer } from "../../../src/offline/answers";
import type { Draft, Entry } from "../../../src/offline/entry";
import type { World } from "../../../src/offline/flusher";
import type { Exclusive } from "../../../src/offline/lock";
import type { Who } from "../../../src/offline/send";

export const NOW = 1_800_000_000_000;

export function draft(changed: Partial<Draft> = {}): Draft {
  return {
    kind: "booking",
    url: "/api/portal/service-requests",
    body: { client: { name: "Ana Pereira", email: "ana@example.org" } },
    about: { title: "Deep cleaning", startsAt: "2026-11-24T10:00:00+01:00" },
    ...changed,
  };
}

export function answer(httpStatus: number, body: unknown = {}, retryAfterMs = 0): Answer {
  return { type: "response", httpStatus, body, retryAfterMs, wasReplayed: false };
}

/** A server that keeps one booking per key, and whatever stands between it and the browser. */
export class Server {
  now = NOW;
  online = true;
  who: Who = { account: "guest" };
  /** What the next tries meet, before the server is reached. */
  script: (Answer | "lose-answer")[] = [];
  bookings = new Map<string, Entry>();
  tries: string[] = [];
  probes = 0;
  announced: string[] = [];

  world(rows: { all: () => Promise<Entry[]>; update: (entry: Entry) => Promise<void> }): World {
    return {
      entries: rows.all,
      update: rows.update,
      send: (entry) => Promise.resolve(this.#answer(entry)),
      whoAmI: () => Promise.resolve(this.who),
      canReachServer: () => {
        this.probes += 1;
        return Promise.resolve(this.online && !isCaptive(this.script[0]));
      },
      isOnline: () => this.online,
      now: () => this.now,
      random: () => 0.5,
      announce: (id) => this.announced.push(id),
    };
  }

  #answer(entry: Entry): Answer {
    this.tries.push(entry.id);
    const step = this.script.shift();
    if (step !== undefined && step !== "lose-answer") return step;
    const wasReplayed = this.bookings.has(entry.id);
    this.bookings.set(entry.id, entry);
    if (step === "lose-answer") return { type: "no-network" };
    const body = { id: `b-${entry.id}`, reference: "DB-7K3M-Q2" };
    return { type: "response", httpStatus: 201, body, retryAfterMs: 0, wasReplayed };
  }
}

/** Rows in memory, for flushes that need no store. */
export class Rows {
  entries = new Map<string, Entry>();

  constructor(...entries: Entry[]) {
    for (const entry of entries) this.entries.set(entry.id, entry);
  }

  all = () => Promise.resolve([...this.entries.values()]);

  update = (entry: Entry) => {
    this.entries.set(entry.id, entry);
    return Promise.resolve();
  };

  get(id: string): Entry {
    const entry = this.entries.get(id);
    if (entry === undefined) throw new Error(`no entry ${id}`);
    return entry;
  }
}

/** Web Locks of one origin, as far as the outbox uses them. */
export function memoryLock(): Exclusive {
  let tail = Promise.resolve();
  let held = 0;
  return async (wait, work) => {
    if (!wait && held > 0) return false;
    held += 1;
    const mine = tail.then(work);
    tail = mine.catch(() => undefined);
    try {
      await mine;
    } finally {
      held -= 1;
    }
    return true;
  };
}

function isCaptive(step: Answer | "lose-answer" | undefined): boolean {
  return typeof step === "object" && step.type === "not-ours";
}

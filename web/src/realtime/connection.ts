/**
 * The one connection that a browser keeps: opens it, notices when it is dead, comes back. Knows
 * nothing of topics beyond their names and positions.
 */

import { after, type End } from "./reconnect";
import type { Handlers, Link, Transport, TransportName, Wanted } from "./transport";
import type { Message } from "./wire";

/** How a connection stands. */
export type ConnectionState = "idle" | "connecting" | "open" | "waiting" | "stopped";

/** Something that came in, for the panel. */
export interface Arrival {
  at: number;
  type: string;
  topic: string | null;
  seq: number | null;
}

/** Everything there is to say about the connection. */
export interface ConnectionStatus {
  state: ConnectionState;
  transport: TransportName | null;
  /** Since when it is in this state. */
  since: number;
  reconnects: number;
  connectionId: string | null;
  lastId: string | null;
  /** The newest sequence number that came in, whatever the topic. */
  sequence: number | null;
  lastCode: number | null;
  nextAttemptAt: number | null;
  topicsMax: number;
  /** The newest arrivals, newest first. */
  arrivals: readonly Arrival[];
}

export const ARRIVALS_MAX = 8;

/** Failed openings in a row after which the next way of listening is tried. */
export const FAILED_OPENINGS_MAX = 2;

/** Topics that a connection may follow, until the server says otherwise. */
const TOPICS_MAX = 64;

/** Beyond the heartbeat, how long silence is taken for an answer that is under way. */
const SILENCE_MS = 8_000;
const HEARTBEAT_MS = 25_000;

/** How long a connection without topics is kept for whoever comes next. */
const LINGER_MS = 5_000;

export const IDLE: ConnectionStatus = {
  state: "idle",
  transport: null,
  since: 0,
  reconnects: 0,
  connectionId: null,
  lastId: null,
  sequence: null,
  lastCode: null,
  nextAttemptAt: null,
  topicsMax: TOPICS_MAX,
  arrivals: [],
};

/** What a connection needs. */
export interface Parts {
  /** Ways of listening, best first. */
  ladder: () => TransportName[];
  transports: Record<TransportName, Transport>;
  wanted: () => Wanted[];
  onMessage: (message: Message) => void;
  onStatus: (status: ConnectionStatus) => void;
  /** The best way that has not failed before, remembered for as long as the browser's session. */
  memory: { read: () => TransportName | null; write: (name: TransportName) => void };
  now: () => number;
  random: () => number;
}

export class Connection {
  readonly #parts: Parts;
  #status: ConnectionStatus;
  #link: Link | null = null;
  #failures = 0;
  #unsuitable = 0;
  #heartbeatMs = HEARTBEAT_MS;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #death: ReturnType<typeof setTimeout> | undefined;
  #linger: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#status = { ...IDLE, since: parts.now() };
  }

  get status(): ConnectionStatus {
    return this.#status;
  }

  /** `wanted` says something else now. */
  update(): void {
    clearTimeout(this.#linger);
    const isWanted = this.#parts.wanted().length > 0;
    if (!isWanted) {
      this.#linger = setTimeout(() => this.close(), LINGER_MS);
    } else if (this.#link !== null) {
      this.#link.update();
    } else if (this.#status.state === "idle") {
      this.#open();
    }
  }

  /** Begins one topic anew. */
  resync(topic: string): void {
    this.#link?.resync(topic);
  }

  /** The network is back, or somebody looks: a wait is cut short. */
  nudge(): void {
    if (this.#status.state === "waiting") {
      this.#failures = 0;
      this.#open();
    }
  }

  /** Connects anew, as when somebody asks for it or is somebody else now. */
  reconnect(): void {
    this.#drop();
    this.#failures = 0;
    this.#unsuitable = 0;
    if (this.#parts.wanted().length > 0) {
      this.#note({ reconnects: this.#status.reconnects + 1 });
      this.#open();
    } else {
      this.#become("idle");
    }
  }

  /** Ends it. */
  close(): void {
    this.#drop();
    this.#become("idle");
  }

  #open(): void {
    this.#drop();
    if (this.#parts.wanted().length === 0) {
      this.#become("idle");
      return;
    }
    const transport = this.#choose();
    this.#note({ transport, nextAttemptAt: null });
    this.#become("connecting");
    const handlers: Handlers = {
      wanted: this.#parts.wanted,
      onMessage: (message) => this.#hear(message),
      onAlive: () => this.#alive(),
      onId: (lastId) => this.#note({ lastId }),
      onEnd: (end) => this.#ended(end),
    };
    this.#link = this.#parts.transports[transport](handlers);
    this.#armDeath();
  }

  #choose(): TransportName {
    const ladder = this.#parts.ladder();
    const known = this.#parts.memory.read();
    return known !== null && ladder.includes(known) ? known : (ladder[0] ?? "poll");
  }

  #hear(message: Message): void {
    if (message.type === "hello") {
      this.#heartbeatMs = message.heartbeatMs;
      const { connectionId, topicsMax } = message;
      this.#note({ connectionId, topicsMax });
    }
    const topic = "topic" in message ? (message.topic ?? null) : null;
    const seq = "seq" in message ? message.seq : null;
    const arrival: Arrival = { at: this.#parts.now(), type: message.type, topic, seq };
    this.#note({
      arrivals: [arrival, ...this.#status.arrivals].slice(0, ARRIVALS_MAX),
      sequence: seq ?? this.#status.sequence,
    });
    this.#parts.onMessage(message);
  }

  #alive(): void {
    if (this.#status.state === "connecting") {
      this.#failures = 0;
      this.#unsuitable = 0;
      this.#become("open");
    }
    this.#armDeath();
  }

  /** Silence beyond the heartbeat means that nobody is there any more. */
  #armDeath(): void {
    clearTimeout(this.#death);
    const isPoll = this.#status.transport === "poll";
    if (isPoll) return;
    this.#death = setTimeout(
      () => this.#ended({ type: "closed", code: 4201, windowMs: null }),
      this.#heartbeatMs + SILENCE_MS,
    );
  }

  #ended(end: End): void {
    this.#drop();
    this.#failures += 1;
    this.#unsuitable = end.type === "unsuitable" ? this.#unsuitable + 1 : 0;
    if (this.#unsuitable >= FAILED_OPENINGS_MAX) this.#stepDown();
    const next = after(end, this.#failures - 1, this.#parts.random);
    if (end.type === "closed") this.#note({ lastCode: end.code });
    if (next.do === "stay-away") {
      this.#become("stopped");
      return;
    }
    const { now } = this.#parts;
    this.#note({
      nextAttemptAt: now() + next.delayMs,
      reconnects: this.#status.reconnects + 1,
    });
    this.#become("waiting");
    this.#retry = setTimeout(() => this.#open(), next.delayMs);
  }

  /** The next way of listening, for the rest of the browser's session. */
  #stepDown(): void {
    const ladder = this.#parts.ladder();
    const at = ladder.indexOf(this.#choose());
    const lower = ladder[at + 1];
    this.#unsuitable = 0;
    if (lower !== undefined) this.#parts.memory.write(lower);
  }

  #drop(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#death);
    clearTimeout(this.#linger);
    this.#link?.close();
    this.#link = null;
  }

  #become(state: ConnectionState): void {
    if (state === this.#status.state) return;
    this.#note({ state, since: this.#parts.now() });
  }

  #note(changed: Partial<ConnectionStatus>): void {
    this.#status = { ...this.#status, ...changed };
    this.#parts.onStatus(this.#status);
  }
}

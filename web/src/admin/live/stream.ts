/** A message of `daybook.v1` about one topic. */
export interface TopicMessage {
  type: string;
  topic: string;
  epoch: string;
  seq: number;
  how?: "resumed" | "snapshot" | "reset";
  cause?: string;
  data: unknown;
}

export type ConnectionState = "idle" | "connecting" | "open" | "waiting";

export interface Connection {
  state: ConnectionState;
  sinceMs: number;
  reconnects: number;
}

type Listener = (message: TopicMessage) => void;

/** How long topics are gathered before the stream is opened with them. */
const GATHER_MS = 40;
/** How long a broken stream waits before it is opened again; the browser's own tries come first. */
const REOPEN_MS = 3_000;
const KINDS = [
  "subscribed",
  "availability-updated",
  "request-updated",
  "capacity-overridden",
  "emergency-requested",
  "unsubscribed",
  "error",
];

/** One event stream for everything this page follows. */
class Stream {
  readonly #topics = new Map<string, Set<Listener>>();
  readonly #watchers = new Set<() => void>();
  #source: EventSource | undefined;
  #opened = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  connection: Connection = { state: "idle", sinceMs: Date.now(), reconnects: 0 };

  follow(topic: string, listener: Listener): () => void {
    const listeners = this.#topics.get(topic) ?? new Set();
    listeners.add(listener);
    this.#topics.set(topic, listeners);
    this.#later(GATHER_MS);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#topics.delete(topic);
      this.#later(GATHER_MS);
    };
  }

  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #later(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(), delayMs);
  }

  #open(): void {
    const topics = [...this.#topics.keys()].sort().join(",");
    const isBroken = this.#source?.readyState === EventSource.CLOSED;
    if (topics === this.#opened && !isBroken) return;
    this.#source?.close();
    this.#opened = topics;
    if (topics === "") {
      this.#source = undefined;
      this.#say("idle");
      return;
    }
    this.#say("connecting");
    const source = new EventSource(`/api/portal/realtime?topics=${encodeURIComponent(topics)}`);
    this.#source = source;
    source.onopen = () => this.#say("open");
    source.onerror = () => {
      if (this.#source !== source) return;
      this.#say("waiting");
      if (source.readyState === EventSource.CLOSED) this.#later(REOPEN_MS);
    };
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => this.#take(String(event.data)));
    }
  }

  #take(text: string): void {
    const parsed: unknown = JSON.parse(text);
    for (const message of Array.isArray(parsed) ? parsed : [parsed]) {
      if (typeof message !== "object" || message === null || !("topic" in message)) continue;
      const about = message as TopicMessage;
      this.#topics.get(about.topic)?.forEach((listener) => listener(about));
    }
  }

  #say(state: ConnectionState): void {
    if (state === this.connection.state) return;
    const again = state === "open" && this.connection.state === "waiting" ? 1 : 0;
    const reconnects = this.connection.reconnects + again;
    this.connection = { state, sinceMs: Date.now(), reconnects };
    this.#watchers.forEach((watcher) => watcher());
  }
}

export const stream = new Stream();

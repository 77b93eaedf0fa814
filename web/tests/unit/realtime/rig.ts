import { RealtimeHub } from "../../../src/realtime/hub";
import type { End } from "../../../src/realtime/reconnect";
import type { Siblings, TabMessage } from "../../../src/realtime/tabs";
import type {
  Handlers,
  Link,
  Transport,
  TransportName,
  Wanted,
} from "../../../src/realtime/transport";
import type { Message } from "../../../src/realtime/wire";

export const NOW = 1_800_000_000_000;

/** A connection that the test answers for the server. */
export class FakeLink implements Link {
  readonly name: TransportName;
  readonly handlers: Handlers;
  updates = 0;
  resyncs: string[] = [];
  isClosed = false;

  constructor(name: TransportName, handlers: Handlers) {
    this.name = name;
    this.handlers = handlers;
  }

  get wanted(): Wanted[] {
    return this.handlers.wanted();
  }

  update = () => (this.updates += 1);
  resync = (topic: string) => this.resyncs.push(topic);
  close = () => (this.isClosed = true);

  greet(topicsMax = 64): void {
    this.say({
      type: "hello",
      connectionId: "s_1",
      heartbeatMs: 25_000,
      topicsMax,
      resumeToken: "r1.x",
    });
  }

  say(message: Message): void {
    this.handlers.onAlive();
    this.handlers.onMessage(message);
  }

  end(end: End): void {
    this.handlers.onEnd(end);
  }
}

/** Every connection that was opened, by whichever tab. */
export class Links {
  all: FakeLink[] = [];

  get open(): FakeLink[] {
    return this.all.filter((link) => !link.isClosed);
  }

  get last(): FakeLink {
    const last = this.all.at(-1);
    if (last === undefined) throw new Error("nothing was opened");
    return last;
  }

  transports(): Record<TransportName, Transport> {
    const open =
      (name: TransportName): Transport =>
      (handlers) => {
        const link = new FakeLink(name, handlers);
        this.all.push(link);
        return link;
      };
    return { websocket: open("websocket"), sse: open("sse"), poll: open("poll") };
  }
}

/** One browser: its tabs hear each other, one of them leads, and closed ones are noticed. */
export class Browser {
  readonly links = new Links();
  readonly tabs = new Map<string, (message: TabMessage) => void>();
  remembered: TransportName | null = null;
  #queue: { tab: string; lead: () => Promise<void>; signal: AbortSignal }[] = [];
  #leader: string | null = null;
  #watches: { tab: string; then: () => void }[] = [];
  forgotten = 0;

  tab(name: string, isVisible = true): RealtimeHub {
    return new RealtimeHub({
      tab: name,
      siblings: this.#siblings(name),
      transports: this.links.transports(),
      ladderFor: (isStaff) => (isStaff ? ["websocket", "sse", "poll"] : ["sse", "poll"]),
      memory: { read: () => this.remembered, write: (one) => (this.remembered = one) },
      forget: () => (this.forgotten += 1),
      isVisible: () => isVisible,
      now: () => NOW,
      random: () => 0.5,
    });
  }

  /** A tab that dies without a word. */
  kill(name: string): void {
    this.tabs.delete(name);
    if (this.#leader === name) this.#leader = null;
    this.#queue = this.#queue.filter(({ tab }) => tab !== name);
    this.#watches.filter(({ tab }) => tab === name).forEach(({ then }) => then());
    this.#crown();
  }

  #siblings(name: string): Siblings {
    return {
      post: (message) => {
        const copy = structuredClone(message);
        [...this.tabs].filter(([tab]) => tab !== name).forEach(([, hear]) => hear(copy));
      },
      listen: (listener) => {
        this.tabs.set(name, listener);
        return () => this.tabs.delete(name);
      },
      elect: (lead, signal) => {
        this.#queue.push({ tab: name, lead, signal });
        this.#crown();
        return Promise.resolve();
      },
      watch: (tab, then) => this.#watches.push({ tab, then }),
    };
  }

  #crown(): void {
    if (this.#leader !== null) return;
    const next = this.#queue.shift();
    if (next === undefined) return;
    if (next.signal.aborted) {
      this.#crown();
      return;
    }
    this.#leader = next.tab;
    void next.lead().then(() => {
      if (this.#leader === next.tab) this.#leader = null;
      this.#crown();
    });
  }
}

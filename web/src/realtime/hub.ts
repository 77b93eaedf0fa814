/**
 * Live updates of one tab. Among all tabs of a browser one leads: it holds the connection and passes
 * on what comes in, because HTTP/1.1 allows six connections per origin. The lock `rt-leader` says
 * which one; the browser frees it when that tab dies. Without Web Locks every tab leads itself.
 */

import { Connection, IDLE, type ConnectionStatus } from "./connection";
import type { HubParts, RealtimeStatus, Role } from "./parts";
import { Wants, type TabMessage, type Want } from "./tabs";
import { Topics } from "./topics";
import type { Wanted } from "./transport";
import type { Message, Subscribed, Updated } from "./wire";

export const LEADER_LOCK = "rt-leader";

/** How soon a topic that could not be had for the moment is asked for again. */
const REFUSED_RETRY_MS = 5_000;

interface Look {
  count: number;
  token: string | null;
}

export class RealtimeHub {
  readonly #parts: HubParts;
  readonly #connection: Connection;
  readonly #topics: Topics;
  readonly #looks = new Map<string, Look>();
  readonly #wants = new Wants();
  readonly #statusListeners = new Set<() => void>();
  readonly #openListeners = new Set<() => void>();
  #role: Role;
  #status: RealtimeStatus;
  #identity = "";
  #isStaff = false;
  #stop: (() => void) | null = null;
  #stepDown: (() => void) | null = null;

  constructor(parts: HubParts) {
    this.#parts = parts;
    this.#role = parts.siblings === null ? "alone" : "follower";
    this.#topics = new Topics(parts.now);
    this.#status = { ...IDLE, since: parts.now(), role: this.#role, topics: 0 };
    this.#connection = new Connection({
      ...parts,
      ladder: () => parts.ladderFor(this.#isStaff || this.#hasSeveralLinks()),
      wanted: () => this.#wanted(),
      onMessage: (message) => this.#heard(message),
      onStatus: (status) => this.#publish(status),
    });
  }

  snapshot = (): RealtimeStatus => this.#status;

  subscribe = (listener: () => void): (() => void) => {
    this.#statusListeners.add(listener);
    return () => this.#statusListeners.delete(listener);
  };

  /** Calls `listener` whenever the stream is open again. */
  onOpen(listener: () => void): () => void {
    this.#openListeners.add(listener);
    return () => this.#openListeners.delete(listener);
  }

  /** What is known of a topic. */
  topic(topic: string) {
    return this.#topics.get(topic);
  }

  /** Looks at a topic until the returned function is called. */
  look(
    topic: string,
    token: string | null,
    listener: (news: Subscribed | Updated | null) => void,
  ): () => void {
    const stop = this.#topics.listen(topic, listener);
    const known = this.#looks.get(topic);
    const isNew = known === undefined || (known.token === null && token !== null);
    this.#looks.set(topic, {
      count: (known?.count ?? 0) + 1,
      token: token ?? known?.token ?? null,
    });
    if (isNew) {
      this.#topics.pardon(topic);
      this.#wantsChanged();
    }
    return () => {
      stop();
      const look = this.#looks.get(topic);
      if (look === undefined) return;
      if (look.count > 1) this.#looks.set(topic, { ...look, count: look.count - 1 });
      else {
        this.#looks.delete(topic);
        this.#wantsChanged();
      }
    };
  }

  /** Begins to take part. Returns how to stop. */
  start(): () => void {
    if (this.#stop !== null) return this.#stop;
    const leaving = new AbortController();
    const { siblings, tab } = this.#parts;
    const deafen = siblings?.listen((message) => this.#fromTab(message, leaving.signal));
    if (siblings === null) this.#lead("alone");
    else void siblings.elect(() => this.#reign(), leaving.signal).catch(() => undefined);
    this.#stop = () => {
      this.#stop = null;
      deafen?.();
      leaving.abort();
      this.#stepDown?.();
      siblings?.post({ to: "leader", type: "gone", tab });
      this.#connection.close();
      this.#wants.clear();
    };
    this.#wantsChanged();
    return this.#stop;
  }

  /** The network is back, or somebody looks. */
  nudge(): void {
    this.#wantsChanged();
    if (this.#role === "follower") this.#post({ to: "leader", type: "nudge" });
    else this.#connection.nudge();
  }

  /** Connects anew. */
  reconnect(): void {
    if (this.#role === "follower") this.#post({ to: "leader", type: "reconnect" });
    else this.#connection.reconnect();
  }

  /** Who looks: what was told to somebody else is forgotten, and the stream begins anew. */
  setIdentity(identity: string, isStaff: boolean): void {
    const isOther = this.#identity !== "" && this.#identity !== identity;
    this.#identity = identity;
    this.#isStaff = isStaff;
    if (!isOther) return;
    this.#becomeOther();
    this.#post({ to: "all", type: "identity", identity });
    if (this.#role !== "follower") this.#connection.reconnect();
    else this.reconnect();
  }

  #becomeOther(): void {
    this.#parts.forget();
    this.#topics.clear();
  }

  #lead(role: Role): void {
    this.#role = role;
    this.#wants.set(this.#parts.tab, this.#ownWants(), this.#parts.isVisible());
    this.#publish(this.#connection.status);
    this.#connection.update();
  }

  /** Leads until this tab stops. */
  #reign(): Promise<void> {
    return new Promise((resolve) => {
      this.#stepDown = () => {
        this.#stepDown = null;
        this.#role = "follower";
        resolve();
      };
      this.#lead("leader");
      this.#post({ to: "all", type: "who" });
    });
  }

  #ownWants(): Want[] {
    return [...this.#looks].map(([topic, { token }]) => {
      const { held } = this.#topics.get(topic);
      return { topic, token, held };
    });
  }

  #wantsChanged(): void {
    if (this.#stop === null) return;
    const { tab, isVisible } = this.#parts;
    const wants = this.#ownWants();
    this.#show({ topics: wants.length });
    if (this.#role === "follower") {
      this.#post({ to: "leader", type: "want", tab, wants, isVisible: isVisible() });
      return;
    }
    this.#wants.set(tab, wants, isVisible());
    this.#updateConnection();
  }

  #wanted(): Wanted[] {
    const max = this.#connection.status.topicsMax;
    return this.#wants
      .union(max)
      .filter(({ topic }) => this.#topics.get(topic).refusal === null)
      .map(({ topic, token }) => {
        const { held } = this.#topics.get(topic);
        const position = held === null ? null : { epoch: held.epoch, seq: held.seq };
        return { topic, token, position };
      });
  }

  /** A stream carries one booking's link, a socket one for each topic. */
  #hasSeveralLinks(): boolean {
    return new Set(this.#wanted().flatMap(({ token }) => token ?? [])).size > 1;
  }

  /** Tells the connection of other topics; where it cannot carry them, there has to be another. */
  #updateConnection(): void {
    const { transport } = this.#connection.status;
    const isTooSmall = transport === "sse" && this.#hasSeveralLinks();
    if (isTooSmall) this.#connection.reconnect();
    else this.#connection.update();
  }

  #heard(message: Message): void {
    this.#post({ to: "all", type: "message", message });
    const topic = "topic" in message ? message.topic : undefined;
    if (topic === undefined) return;
    if (this.#topics.hear(message) === "resync") this.#connection.resync(topic);
    if (message.type === "error" && message.temporary) {
      setTimeout(() => this.#connection.resync(topic), REFUSED_RETRY_MS);
    }
  }

  #publish(status: ConnectionStatus): void {
    const wasOpen = this.#status.state === "open";
    this.#show({ ...status, role: this.#role });
    if (this.#role === "leader") this.#post({ to: "all", type: "status", status });
    if (!wasOpen && status.state === "open") this.#openListeners.forEach((listener) => listener());
  }

  #show(changed: Partial<RealtimeStatus>): void {
    this.#status = { ...this.#status, ...changed };
    this.#statusListeners.forEach((listener) => listener());
  }

  #post(message: TabMessage): void {
    this.#parts.siblings?.post(message);
  }

  #fromTab(message: TabMessage, signal: AbortSignal): void {
    if (message.to === "leader") {
      if (this.#role === "leader") this.#asLeader(message, signal);
      return;
    }
    if (message.type === "identity") {
      if (this.#identity !== message.identity) this.#becomeOther();
    } else if (this.#role === "follower") {
      this.#asFollower(message);
    }
  }

  #asLeader(message: TabMessage & { to: "leader" }, signal: AbortSignal): void {
    switch (message.type) {
      case "want":
        this.#serve(message, signal);
        break;
      case "gone":
        if (this.#wants.remove(message.tab)) this.#connection.update();
        break;
      case "nudge":
        this.#connection.nudge();
        break;
      case "reconnect":
        this.#connection.reconnect();
        break;
    }
  }

  /** Another tab says what it looks at: it gets what is held, and the rest is asked for. */
  #serve(message: TabMessage & { type: "want" }, signal: AbortSignal): void {
    const { tab, wants, isVisible } = message;
    if (!this.#wants.has(tab)) {
      this.#parts.siblings?.watch(
        tab,
        () => this.#fromTab({ to: "leader", type: "gone", tab }, signal),
        signal,
      );
    }
    const before = this.#wants.union(Number.MAX_SAFE_INTEGER).length;
    for (const { held, topic } of wants) {
      if (held !== null && this.#topics.get(topic).held === null) this.#topics.adopt(held);
    }
    this.#wants.set(tab, wants, isVisible);
    const known = wants.flatMap(({ topic }) => this.#topics.get(topic).held ?? []);
    this.#post({ to: "all", type: "held", held: known });
    this.#post({ to: "all", type: "status", status: this.#connection.status });
    const isMore = this.#wants.union(Number.MAX_SAFE_INTEGER).length !== before;
    if (isMore) this.#updateConnection();
  }

  #asFollower(message: TabMessage & { to: "all" }): void {
    switch (message.type) {
      case "who":
        this.#wantsChanged();
        break;
      case "message":
        // The leader holds the whole: whoever missed something asks it.
        if (this.#topics.hear(message.message) === "resync") this.#wantsChanged();
        break;
      case "held":
        message.held.forEach((held) => this.#topics.adopt(held));
        break;
      case "status":
        this.#publish(message.status);
        break;
      case "identity":
        break;
    }
  }
}

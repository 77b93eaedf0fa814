/** Listening through a WebSocket, for staff: topics come and go without a new connection. */

import type { End } from "./reconnect";
import { HELLO_WITHIN_MS, endOfAnswer, type Handlers, type Link, type Wanted } from "./transport";
import { readFrame, type Bye, type Message } from "./wire";

const ADDRESS = "/api/portal/realtime";
const TICKETS = "/api/realtime/tickets";
const PROTOCOL = "daybook.v1";

/** Topics per message: the server reads 4 KiB at a time. */
const TOPICS_PER_MESSAGE = 16;

/** A page says one topic after the other; for this long they are gathered into one message. */
const GATHER_MS = 10;

/** The server's code for too many messages at once: that one was not read. */
const TOO_MUCH = 4301;

/** How soon what was not read is said again: the server takes twenty messages a second. */
const SAY_AGAIN_MS = 2_000;

/** The newest capability to come back with, shared by all sockets of this page. */
let resumeToken: string | null = null;

/** Forgets what would bring an old identity back. */
export function forgetResumeToken(): void {
  resumeToken = null;
}

/** Opens a socket. */
export function openSocket(handlers: Handlers): Link {
  const link = new SocketLink(handlers);
  void link.open();
  return link;
}

class SocketLink implements Link {
  readonly #handlers: Handlers;
  #socket: WebSocket | null = null;
  #isGreeted = false;
  #isOver = false;
  #bye: Bye | null = null;
  #refresh: ReturnType<typeof setTimeout> | undefined;
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #sayingAgain: ReturnType<typeof setTimeout> | undefined;
  readonly #followed = new Set<string>();
  /** Topics whose subscription the server has answered. */
  readonly #answered = new Set<string>();

  constructor(handlers: Handlers) {
    this.#handlers = handlers;
  }

  async open(): Promise<void> {
    const shown = resumeToken ?? (await this.#ticket());
    if (shown === null || this.#isOver) return;
    const address = new URL(ADDRESS, location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address, PROTOCOL);
    this.#socket = socket;
    const patience = setTimeout(() => this.#end({ type: "unsuitable" }), HELLO_WITHIN_MS);
    socket.onopen = () => this.#send({ type: "auth", ticket: shown });
    socket.onmessage = (event) => {
      this.#handlers.onAlive();
      for (const message of readFrame(String(event.data))) {
        if (message.type === "hello") clearTimeout(patience);
        this.#hear(message);
      }
    };
    socket.onclose = ({ code }) => {
      clearTimeout(patience);
      if (code === 4101 || code === 4001) forgetResumeToken();
      const isLost = !this.#isGreeted && code < 4000;
      const windowMs = this.#bye?.reconnectAfterMs ?? null;
      // A refused capability is no refused client: the next try shows a ticket.
      const said = code === 4001 && shown.startsWith("r1.") ? 4101 : code;
      this.#end(isLost ? { type: "unsuitable" } : { type: "closed", code: said, windowMs });
    };
  }

  update = (): void => {
    if (!this.#isGreeted) return;
    this.#gathering ??= setTimeout(() => this.#follow(), GATHER_MS);
  };

  #follow(): void {
    this.#gathering = undefined;
    const wanted = this.#handlers.wanted();
    const names = new Set(wanted.map((one) => one.topic));
    const gone = [...this.#followed].filter((topic) => !names.has(topic));
    const added = wanted.filter((one) => !this.#followed.has(one.topic));
    if (gone.length > 0) this.#send({ type: "unsubscribe", topics: gone });
    gone.forEach((topic) => {
      this.#followed.delete(topic);
      this.#answered.delete(topic);
    });
    this.#subscribe(added);
  }

  resync = (topic: string): void => {
    this.#send({ type: "resync", topic });
  };

  close = (): void => {
    this.#isOver = true;
    clearTimeout(this.#refresh);
    clearTimeout(this.#gathering);
    clearTimeout(this.#sayingAgain);
    this.#socket?.close(1000);
  };

  #end(end: End): void {
    if (this.#isOver) return;
    this.close();
    this.#handlers.onEnd(end);
  }

  #hear(message: Message): void {
    if (message.type === "hello") {
      resumeToken = message.resumeToken;
      this.#isGreeted = true;
      this.#refreshIn(message.refreshInMs);
    }
    if (message.type === "ping") {
      resumeToken = message.resumeToken ?? resumeToken;
      this.#send({ type: "pong" });
    }
    if (message.type === "bye") this.#bye = message;
    if (message.type === "unsubscribed") {
      this.#followed.delete(message.topic);
      this.#answered.delete(message.topic);
    } else if ("topic" in message && message.topic !== undefined) this.#answered.add(message.topic);
    if (message.type === "error" && message.topic === undefined && message.code === TOO_MUCH) {
      this.#sayingAgain ??= setTimeout(() => this.#sayAgain(), SAY_AGAIN_MS);
    }
    this.#handlers.onMessage(message);
    if (message.type === "hello") this.update();
  }

  /** Subscribes to what the server has not answered: it does not tell what it has not read. */
  #sayAgain(): void {
    this.#sayingAgain = undefined;
    for (const topic of this.#followed) {
      if (!this.#answered.has(topic)) this.#followed.delete(topic);
    }
    this.update();
  }

  #subscribe(added: Wanted[]): void {
    for (let from = 0; from < added.length; from += TOPICS_PER_MESSAGE) {
      const topics = added.slice(from, from + TOPICS_PER_MESSAGE).map((one) => ({
        topic: one.topic,
        ...(one.position ?? {}),
        ...(one.token === null ? {} : { token: one.token }),
      }));
      this.#send({ type: "subscribe", id: from + 1, topics });
    }
    added.forEach((one) => this.#followed.add(one.topic));
  }

  /** Shows a new ticket before the session's identity ends. */
  #refreshIn(delayMs: number | undefined): void {
    clearTimeout(this.#refresh);
    if (delayMs === undefined) return;
    this.#refresh = setTimeout(
      () => {
        void this.#ticket().then((ticket) => {
          if (ticket !== null) this.#send({ type: "auth", ticket });
        });
      },
      Math.min(delayMs, 2_000_000_000),
    );
  }

  async #ticket(): Promise<string | null> {
    try {
      const response = await fetch(TICKETS, { method: "POST", credentials: "same-origin" });
      if (response.ok) return ((await response.json()) as { ticket: string }).ticket;
      this.#end(await endOfAnswer(response));
    } catch {
      this.#end({ type: "unreachable" });
    }
    return null;
  }

  #send(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}

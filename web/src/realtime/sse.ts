/** Listening through an event stream that is fetched, so that positions and links can go along. */

import {
  HELLO_WITHIN_MS,
  endOfAnswer,
  linkHeaders,
  topicsParameter,
  type Handlers,
  type Link,
} from "./transport";
import { StreamReader, readFrame, type Bye } from "./wire";

const ADDRESS = "/api/portal/realtime";

/** A change of topics waits for others that come with it, as when a month is turned. */
const GATHER_MS = 30;

/** Opens a stream. Other topics mean another stream: positions make that exact. */
export function openSse(handlers: Handlers): Link {
  const stream = new SseLink(handlers);
  stream.open();
  return stream;
}

class SseLink implements Link {
  readonly #handlers: Handlers;
  #abort = new AbortController();
  #gathering: ReturnType<typeof setTimeout> | null = null;
  readonly #anew = new Set<string>();
  #isOver = false;

  constructor(handlers: Handlers) {
    this.#handlers = handlers;
  }

  update = (): void => {
    if (this.#gathering !== null || this.#isOver) return;
    this.#gathering = setTimeout(() => {
      this.#gathering = null;
      // Between two days nothing is wanted for a moment: the server refuses a stream of nothing.
      if (this.#handlers.wanted().length === 0) return;
      this.#abort.abort();
      this.#abort = new AbortController();
      this.open();
    }, GATHER_MS);
  };

  resync = (topic: string): void => {
    this.#anew.add(topic);
    this.update();
  };

  close = (): void => {
    this.#isOver = true;
    if (this.#gathering !== null) clearTimeout(this.#gathering);
    this.#abort.abort();
  };

  open(): void {
    const { signal } = this.#abort;
    void this.#listen(signal).then((end) => {
      if (signal.aborted || this.#isOver) return;
      this.close();
      this.#handlers.onEnd(end);
    });
  }

  async #listen(signal: AbortSignal) {
    const wanted = this.#handlers
      .wanted()
      .map((one) => (this.#anew.has(one.topic) ? { ...one, position: null } : one));
    this.#anew.clear();
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), HELLO_WITHIN_MS);
    try {
      const response = await fetch(
        `${ADDRESS}?topics=${encodeURIComponent(topicsParameter(wanted))}`,
        {
          headers: { Accept: "text/event-stream", ...linkHeaders(wanted) },
          credentials: "same-origin",
          cache: "no-store",
          signal: AbortSignal.any([signal, patience.signal]),
        },
      );
      const isStream = (response.headers.get("Content-Type") ?? "").includes("event-stream");
      if (!isStream) return await endOfAnswer(response);
      const { body } = response;
      // Old browsers fetch a stream only as a whole, which is never.
      if (body == null) return { type: "unsuitable" as const };
      return await this.#read(body.getReader(), () => clearTimeout(timer));
    } catch {
      return { type: patience.signal.aborted ? ("unsuitable" as const) : ("unreachable" as const) };
    } finally {
      clearTimeout(timer);
    }
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array>, greeted: () => void) {
    const events = new StreamReader();
    const decoder = new TextDecoder();
    let bye: Bye | null = null;
    for (;;) {
      let piece: Awaited<ReturnType<typeof reader.read>>;
      try {
        piece = await reader.read();
      } catch {
        break;
      }
      if (piece.done) break;
      this.#handlers.onAlive();
      for (const { data, id } of events.push(decoder.decode(piece.value, { stream: true }))) {
        for (const message of readFrame(data)) {
          if (message.type === "hello") greeted();
          if (message.type === "bye") bye = message;
          this.#handlers.onMessage(message);
        }
        if (id !== null) this.#handlers.onId(id);
      }
    }
    const windowMs = bye?.reconnectAfterMs ?? null;
    return { type: "closed" as const, code: bye?.code ?? 4100, windowMs };
  }
}

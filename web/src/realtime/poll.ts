/** Listening by asking again and again, where nothing else comes through. */

import { endOfAnswer, linkHeaders, topicsParameter, type Handlers, type Link } from "./transport";
import { isMessage } from "./wire";

const ADDRESS = "/api/portal/realtime/poll";

/** The server answers within 25 s. */
const ANSWER_WITHIN_MS = 40_000;

/** Shortest time between two questions. */
const PAUSE_MS = 1_000;

/** Polls until it is closed. The position of each topic says where it goes on. */
export function openPoll(handlers: Handlers): Link {
  const anew = new Set<string>();
  let isOver = false;
  let abort = new AbortController();

  const ask = async (signal: AbortSignal): Promise<void> => {
    const wanted = handlers
      .wanted()
      .map((one) => (anew.has(one.topic) ? { ...one, position: null } : one));
    anew.clear();
    if (wanted.length === 0) return;
    const timeout = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const response = await fetch(
      `${ADDRESS}?topics=${encodeURIComponent(topicsParameter(wanted))}`,
      {
        headers: linkHeaders(wanted),
        credentials: "same-origin",
        cache: "no-store",
        signal: AbortSignal.any([signal, timeout]),
      },
    );
    if (!response.ok) {
      const end = await endOfAnswer(response);
      finish(() => handlers.onEnd(end));
      return;
    }
    const answer = (await response.json()) as { cursor?: string; messages?: unknown[] };
    if (signal.aborted) return;
    handlers.onAlive();
    if (answer.cursor !== undefined) handlers.onId(answer.cursor);
    for (const message of (answer.messages ?? []).filter(isMessage)) {
      handlers.onMessage(message);
      if (message.type === "bye") {
        const windowMs = message.reconnectAfterMs ?? null;
        finish(() => handlers.onEnd({ type: "closed", code: message.code, windowMs }));
        return;
      }
    }
  };

  const finish = (then: () => void): void => {
    if (isOver) return;
    isOver = true;
    abort.abort();
    then();
  };

  const run = async (): Promise<void> => {
    while (!isOver) {
      const { signal } = abort;
      try {
        await ask(signal);
      } catch {
        if (!signal.aborted) finish(() => handlers.onEnd({ type: "unreachable" }));
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };

  const again = (): void => {
    abort.abort();
    abort = new AbortController();
  };

  // A poll has no greeting of its own; the first answer stands for it.
  void run();
  return {
    update: again,
    resync: (topic) => {
      anew.add(topic);
      again();
    },
    close: () => {
      isOver = true;
      abort.abort();
    },
  };
}

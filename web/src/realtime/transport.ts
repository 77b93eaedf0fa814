/** What every way of listening has in common. */

import type { End } from "./reconnect";
import type { Message, Position } from "./wire";

/** How news arrive. */
export type TransportName = "websocket" | "sse" | "poll";

/** A topic to listen to, from where it is known. */
export interface Wanted {
  topic: string;
  position: Position | null;
  /** A booking's capability link. */
  token: string | null;
}

/** What a connection tells its owner. Nothing is called after `onEnd`. */
export interface Handlers {
  /** What to listen to, as of now. */
  wanted: () => Wanted[];
  onMessage: (message: Message) => void;
  /** Something arrived, be it a comment. */
  onAlive: () => void;
  /** A cursor, for whoever reads the panel. */
  onId: (id: string) => void;
  onEnd: (end: End) => void;
}

/** A connection that is open, or opening. */
export interface Link {
  /** `wanted` says something else now. */
  update: () => void;
  /** Begins one topic anew. */
  resync: (topic: string) => void;
  close: () => void;
}

/** A way of listening. */
export type Transport = (handlers: Handlers) => Link;

/** How long a greeting may take before this way counts as unsuitable. */
export const HELLO_WITHIN_MS = 6_000;

/** Topics as streams and polls take them: with their position where it is known. */
export function topicsParameter(wanted: Wanted[]): string {
  return wanted
    .map(({ topic, position }) =>
      position === null ? topic : `${topic}@${position.epoch}.${position.seq}`,
    )
    .join(",");
}

/** The one capability link that streams and polls can carry: that of the first topic with one. */
export function linkHeaders(wanted: Wanted[]): Record<string, string> {
  const token = wanted.find((one) => one.token !== null)?.token;
  return token == null ? {} : { Authorization: `Bearer ${token}` };
}

/** How an answer that is not a stream ends the attempt. */
export async function endOfAnswer(response: Response): Promise<End> {
  const isProblem = (response.headers.get("Content-Type") ?? "").includes("problem+json");
  await response.body?.cancel().catch(() => undefined);
  if (!isProblem) return { type: response.status >= 500 ? "unreachable" : "unsuitable" };
  const retryAfterMs = Number(response.headers.get("Retry-After") ?? 0) * 1_000;
  switch (response.status) {
    case 401:
      return { type: "closed", code: 4101, windowMs: null };
    case 403:
      return { type: "closed", code: 4003, windowMs: null };
    case 422:
    case 400:
      return { type: "closed", code: 4010, windowMs: null };
    default:
      return {
        type: "closed",
        code: 4110,
        windowMs: retryAfterMs > 0 ? [retryAfterMs, retryAfterMs + 2_000] : null,
      };
  }
}

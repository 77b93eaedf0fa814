/** What the end of a connection asks for, and when to come back. */

/** First and highest ceiling of the delay. */
export const BASE_MS = 500;
export const CAP_MS = 20_000;

/** How a connection ended. */
export type End =
  /** The server, or the network in between, ended a connection that had begun. */
  | { type: "closed"; code: number; windowMs: [number, number] | null }
  /** Nobody was reached. */
  | { type: "unreachable" }
  /** The server was reached, but this way of listening does not come through. */
  | { type: "unsuitable" };

/** What to do next. */
export type Next =
  { do: "stay-away"; code: number } | { do: "retry"; delayMs: number; needsTicket: boolean };

/** Codes that tell more than their hundreds. */
const IDENTITY_EXPIRED = 4101;

/**
 * Decides by the code's hundreds: 40xx stay away, 42xx soon, everything else with backoff.
 *
 * @param failures ends in a row since the last greeting
 * @param random uniform in [0, 1)
 */
export function after(end: End, failures: number, random: () => number): Next {
  const backoffMs = Math.round(Math.min(CAP_MS, BASE_MS * 2 ** Math.min(failures, 16)) * random());
  if (end.type !== "closed") return { do: "retry", delayMs: backoffMs, needsTicket: false };
  const { code, windowMs } = end;
  if (code >= 4000 && code < 4100) return { do: "stay-away", code };
  const needsTicket = code === IDENTITY_EXPIRED;
  if (windowMs !== null) {
    const [from, to] = windowMs;
    const delayMs = Math.round(from + Math.max(0, to - from) * random());
    return { do: "retry", delayMs, needsTicket };
  }
  const isSoon = code >= 4200 && code < 4300 && failures <= 1;
  return { do: "retry", delayMs: isSoon ? Math.round(BASE_MS * random()) : backoffMs, needsTicket };
}

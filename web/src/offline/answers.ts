/**
 * What an answer means for the entry that was sent. A pure table: HTTP statuses say little (409 is
 * both "still running" and "taken"), so the problem's `code` and `retry` decide.
 */

import { isRecord } from "./policy";

/** What came back from one try. */
export type Answer =
  | {
      type: "response";
      httpStatus: number;
      /** Parsed JSON; `null` when there was none, `undefined` when it was something else. */
      body: unknown;
      retryAfterMs: number;
      wasReplayed: boolean;
    }
  /** Nothing was reached. */
  | { type: "no-network" }
  /** Something was reached that is not our server, as a hotel's sign-in page. */
  | { type: "not-ours" }
  /** Sent, and nothing came back in time. */
  | { type: "no-answer" };

/** What becomes of the entry. */
export type Verdict =
  | { to: "done"; needsYou: boolean }
  | { to: "conflict"; code: string }
  | { to: "auth"; code: string }
  | { to: "rejected"; code: string }
  | {
      to: "retry";
      wait: "network" | "server";
      code: string;
      retryAfterMs: number;
      unsure: boolean;
    };

/** Refusals after which the person chooses again: another time, other dates, another total. */
export const CONFLICT_CODES: ReadonlySet<string> = new Set([
  "slot-taken",
  "capacity-exceeded",
  "member-unavailable",
  "outside-availability",
  "lead-time",
  "hold-expired",
  "series-conflict",
  "preview-stale",
  "stale-revision",
  "quote-expired",
  "price-changed",
  "promo-exhausted",
  "promo-invalid",
  "promo-not-applicable",
]);

/** Say `same-key`, but waiting does not help: another way to pay, or another currency, does. */
const HOPELESS_CODES: ReadonlySet<string> = new Set([
  "payment-provider-unavailable",
  "currency-unavailable",
]);

/** Refusals that come before anything is done: the try was surely not carried out. */
const UNTOUCHED_CODES: ReadonlySet<string> = new Set([
  "quota-exceeded",
  "hold-limit-reached",
  "temporary-reduced-capacity",
  "draining",
  "not-ready",
]);

/** Statuses that a server or proxy gives when the same request may do better later. */
const RETRIED_STATUSES: ReadonlySet<number> = new Set([408, 425, 429]);

/** A proxy that wants its own credentials, and a network that wants its own sign-in. */
const NETWORK_STATUSES: ReadonlySet<number> = new Set([407, 511]);

/**
 * Reads an answer.
 *
 * @param isGuest whether the try carried no account: then signing in cannot help this entry
 */
export function judge(answer: Answer, isGuest: boolean): Verdict {
  switch (answer.type) {
    case "no-network":
      return retry("network", "no-network", 0, true);
    case "not-ours":
      return retry("network", "not-ours", 0, true);
    case "no-answer":
      return retry("server", "no-answer", 0, true);
    case "response":
      return judgeResponse(answer, isGuest);
  }
}

function judgeResponse(answer: Answer & { type: "response" }, isGuest: boolean): Verdict {
  const { httpStatus, body } = answer;
  if (httpStatus >= 200 && httpStatus < 300) {
    return isOurs(httpStatus, body)
      ? { to: "done", needsYou: httpStatus === 202 || hasCheckout(body) }
      : retry("network", "not-ours", 0, true);
  }
  const problem = isRecord(body) ? body : {};
  const code = typeof problem.code === "string" ? problem.code : `http-${httpStatus}`;
  if (NETWORK_STATUSES.has(httpStatus) || httpStatus < 400) {
    return retry("network", code, answer.retryAfterMs, true);
  }
  if (httpStatus === 401) {
    return isGuest ? { to: "rejected", code } : { to: "auth", code };
  }
  if (HOPELESS_CODES.has(code)) {
    return { to: "rejected", code };
  }
  if (problem.retry === "same-key" || RETRIED_STATUSES.has(httpStatus) || httpStatus >= 500) {
    const isUntouched = UNTOUCHED_CODES.has(code) || httpStatus === 429;
    return retry("server", code, answer.retryAfterMs, !isUntouched);
  }
  return { to: CONFLICT_CODES.has(code) ? "conflict" : "rejected", code };
}

function retry(
  wait: "network" | "server",
  code: string,
  retryAfterMs: number,
  unsure: boolean,
): Verdict {
  return { to: "retry", wait, code, retryAfterMs, unsure };
}

/** Our server answers with a JSON object, or with nothing at all when something is gone. */
function isOurs(httpStatus: number, body: unknown): boolean {
  return httpStatus === 204 ? body === null : isRecord(body);
}

function hasCheckout(body: unknown): boolean {
  const payment = isRecord(body) ? body.payment : undefined;
  return isRecord(payment) && typeof payment.checkoutUrl === "string";
}

/** One try over the network, and the two questions that a flush asks before it. */

import type { Answer } from "./answers";
import { retryAfterMs } from "./backoff";
import { GUEST, type Entry } from "./entry";
import { isRecord } from "./policy";

/** How long one try may take. */
export const SEND_TIMEOUT_MS = 20_000;

/** How long the questions before it may take. */
const ASK_TIMEOUT_MS = 8_000;

/** Who the server takes this browser for; `null` when nobody answers. */
export type Who = { account: string } | null;

/**
 * Sends an entry once. A guest's entry goes without cookies, so whoever is signed in by then does
 * not become its owner.
 */
export async function send(entry: Entry, now: () => number): Promise<Answer> {
  const { request } = entry;
  if (request === null) {
    return ours(422, { code: "unreadable", retry: "never" });
  }
  const hasBody = request.body !== null;
  const began = now();
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: {
        ...request.headers,
        ...(hasBody ? { "Content-Type": "application/json" } : {}),
        "Idempotency-Key": entry.id,
      },
      ...(hasBody ? { body: JSON.stringify(request.body) } : {}),
      credentials: entry.account === GUEST ? "omit" : "same-origin",
      cache: "no-store",
      redirect: "manual",
      signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
    });
    return await read(response, now());
  } catch {
    const isLate = now() - began >= SEND_TIMEOUT_MS - 50;
    return { type: isLate ? "no-answer" : "no-network" };
  }
}

async function read(response: Response, now: number): Promise<Answer> {
  if (response.type === "opaqueredirect") {
    return { type: "not-ours" };
  }
  return {
    type: "response",
    httpStatus: response.status,
    body: await json(response),
    retryAfterMs: retryAfterMs(response.headers.get("Retry-After"), now),
    wasReplayed: response.headers.get("Idempotency-Replayed") === "true",
  };
}

/** The JSON of a response, `null` when it is empty, `undefined` when it is not JSON. */
async function json(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === "") {
    return null;
  }
  if (!(response.headers.get("Content-Type") ?? "").includes("json")) {
    return undefined;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function ours(httpStatus: number, body: unknown): Answer {
  return { type: "response", httpStatus, body, retryAfterMs: 0, wasReplayed: false };
}

/** Asks the server who this browser is signed in as. */
export async function whoAmI(): Promise<Who> {
  const body = await ask("/api/auth/me");
  if (body === null || !isRecord(body)) {
    return null;
  }
  if (typeof body.id === "string") {
    return { account: body.id };
  }
  const isNobody = body.code === "unauthenticated" || body.code === "session-expired";
  return isNobody ? { account: GUEST } : null;
}

/** Whether our server, and not something in between, can be reached. */
export async function canReachServer(): Promise<boolean> {
  const body = await ask("/livez");
  return isRecord(body) && body.status === "live";
}

async function ask(url: string): Promise<unknown> {
  try {
    const response = await fetch(url, {
      cache: "no-store",
      redirect: "manual",
      signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
    });
    return (await json(response)) ?? null;
  } catch {
    return null;
  }
}

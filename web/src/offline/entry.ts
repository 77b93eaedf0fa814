/**
 * What waits in the outbox: one request that a person made, kept until the server has given its
 * final word.
 *
 * Invariants: `id` is made once, at the first submit, and is the `Idempotency-Key` of every try.
 * `url`, `method`, `headers` and `body` never change after that; a changed request is a new entry.
 */

/** What a request is for. Nothing else is ever queued: see {@link NEVER_QUEUED}. */
export const KINDS = ["booking", "reschedule", "cancel", "waitlist", "accept-offer"] as const;
export type Kind = (typeof KINDS)[number];

/** Where an entry stands. */
export const STATUSES = [
  "queued",
  "sending",
  "done",
  "conflict",
  "auth",
  "rejected",
  "expired",
] as const;
export type Status = (typeof STATUSES)[number];

/** What a queued entry waits for. */
export type Wait = "network" | "server";

/** Whoever has no account. Their entries are sent without the browser's cookies. */
export const GUEST = "guest";

/** Lines of an entry's log that are kept. */
export const LOG_LINES_MAX = 20;

/** Longest time an entry waits to be sent. */
export const LIFETIME_MS = 24 * 3_600_000;

/**
 * Longest time an entry is asked about whose outcome is unknown. The server keeps the answer of a
 * key for at least as long.
 */
export const UNSURE_LIFETIME_MS = 72 * 3_600_000;

/** How long the body of an entry that is done is kept. */
export const BODY_KEPT_MS = 7 * 24 * 3_600_000;

/** Something that happened to an entry. `code` is for the log's translations, never a sentence. */
export interface LogLine {
  at: number;
  event: LogEvent;
  /** HTTP status, problem code or delay: what belongs to the event. */
  detail?: string;
}

export type LogEvent =
  | "saved"
  | "sending"
  | "sender-lost"
  | "answered"
  | "no-network"
  | "no-answer"
  | "waiting"
  | "online"
  | "asked-for"
  | "signed-in"
  | "expired"
  | "erased";

/** What a person recognises a request by. */
export interface About {
  title?: string;
  /** RFC 3339, with the zone's offset. */
  startsAt?: string;
  timeZone?: string;
  /** What its person agreed to pay, in minor units. */
  price?: { amount: number; currency: string };
}

/** The request itself. Sealed at rest. */
export interface Request {
  url: string;
  method: "POST" | "DELETE";
  /** Beside `Content-Type` and `Idempotency-Key`: `If-Match`, a link's `Authorization`. */
  headers: Record<string, string>;
  body: unknown;
  about: About;
}

/** The final word, as far as there is one. Sealed at rest. */
export interface Result {
  httpStatus: number;
  /** The answer's JSON: the booking, or the problem. */
  body: unknown;
  /** Done, but the person has something left to do, as with a checkout that waits. */
  needsYou: boolean;
  wasReplayed: boolean;
}

/** An entry of the outbox. */
export interface Entry {
  id: string;
  /** The account it belongs to, or {@link GUEST}. */
  account: string;
  kind: Kind;
  request: Request | null;
  createdAt: number;
  expiresAt: number;
  /** Tries that reached the server. */
  attempts: number;
  /** Tries in a row that reached nobody. */
  misses: number;
  nextAttemptAt: number;
  wait: Wait;
  status: Status;
  /** Whether some try may have been carried out without its answer reaching us. */
  unsure: boolean;
  /** The problem code, or `http-503` when the answer named none. */
  lastCode: string | null;
  result: Result | null;
  log: LogLine[];
  /** When it reached a final state. */
  settledAt: number | null;
}

/** Statuses in which an entry waits for nobody but the flusher. */
export function isWaiting(status: Status): boolean {
  return status === "queued" || status === "sending";
}

/** Whether an entry still needs the server or its person: signing out would lose it. */
export function isUnsettled(status: Status): boolean {
  return isWaiting(status) || status === "auth" || status === "conflict";
}

/** Adds a line to a log and forgets the oldest beyond {@link LOG_LINES_MAX}. */
export function logged(log: LogLine[], line: LogLine): LogLine[] {
  return [...log, line].slice(-LOG_LINES_MAX);
}

/** What a page hands over to be sent. */
export interface Draft {
  kind: Kind;
  url: string;
  method?: Request["method"];
  headers?: Record<string, string>;
  body?: unknown;
  about?: About;
  /** When it makes no sense any more: the slot's start minus the service's notice. */
  notAfter?: number;
}

/** Where and when a draft becomes an entry. */
export interface Birth {
  id: string;
  account: string;
  now: number;
}

/** A draft as an entry that is due at once. */
export function newEntry(draft: Draft, birth: Birth): Entry {
  const { id, account, now } = birth;
  const lifetimeEnd = now + LIFETIME_MS;
  return {
    id,
    account,
    kind: draft.kind,
    request: {
      url: draft.url,
      method: draft.method ?? "POST",
      headers: draft.headers ?? {},
      body: draft.body ?? null,
      about: draft.about ?? {},
    },
    createdAt: now,
    expiresAt: Math.min(lifetimeEnd, draft.notAfter ?? lifetimeEnd),
    attempts: 0,
    misses: 0,
    nextAttemptAt: now,
    wait: "server",
    status: "queued",
    unsure: false,
    lastCode: null,
    result: null,
    log: [{ at: now, event: "saved" }],
    settledAt: null,
  };
}

import type { components } from "./schema";

type Schemas = components["schemas"];

/** A problem as the server says it (RFC 9457), with the members that its code brings along. */
export type ServerProblem = Schemas["Problem"];

/** Every code that the server can answer with. */
export type ServerCode = ServerProblem["code"];

/** Why a request could not be kept on this device, so that it was never sent. */
export type NotKept = "storage-full" | "too-many" | "already-sent" | "not-queued";

/** What goes wrong before the server could answer. */
export type LocalCode = "offline" | "unreachable" | "timed-out" | "unreadable" | NotKept;

export type ProblemCode = ServerCode | LocalCode;

/** Something that could be booked instead. */
export type Alternative = Schemas["AlternativeView"];

/** A visit of a series that cannot be booked. */
export interface OccurrenceProblem {
  index: number;
  startsAt: string;
  code: ServerCode;
  alternatives: Alternative[];
}

/** Members that some codes bring along. All are optional: an older server may leave them out. */
export interface ProblemExtras {
  alternatives?: Alternative[];
  occurrences?: OccurrenceProblem[];
  limit?: number;
  used?: number;
  held?: number;
  requested?: number;
  closed?: boolean;
  earliest?: string;
  latest?: string;
  until?: string;
  rev?: number;
  instants?: string[];
  teamMemberId?: string;
  /** A new price, where the one that was promised does not hold any more. */
  quote?: Schemas["PriceLines"];
  contact?: { team?: string | null; phone?: string | null; email?: string | null };
}

/** What can be done with the same request after a problem. */
export type Retry = ServerProblem["retry"];

export interface Problem extends ProblemExtras {
  code: ProblemCode;
  status: number;
  retry: Retry;
  retryAfterMs: number;
  /** Values to mend, by JSON pointer. */
  errors: { pointer: string; detail: string }[];
  requestId: string | undefined;
}

/** A request that was answered with a problem, or not at all. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.code);
    this.name = "ProblemError";
    this.problem = problem;
  }
}

const LOCAL_STATUS = 0;

/** A problem that never came from the server. All of them can be tried again under the same key. */
export function localProblem(code: LocalCode): Problem {
  return {
    code,
    status: LOCAL_STATUS,
    retry: "same-key",
    retryAfterMs: 0,
    errors: [],
    requestId: undefined,
  };
}

function isServerProblem(body: unknown): body is ServerProblem {
  return typeof body === "object" && body !== null && "code" in body && "status" in body;
}

/** Reads the body of an answer that says no. What is no problem document came from something between. */
export function readProblem(status: number, body: unknown): Problem {
  if (!isServerProblem(body)) {
    return { ...localProblem("unreadable"), status };
  }
  const { code, retry, retryAfterSeconds, errors, requestId, ...rest } = body;
  // The document promises nothing about these members, so nothing may rely on them being there.
  const extras = rest as ProblemExtras;
  return {
    ...extras,
    code,
    status,
    retry,
    retryAfterMs: (retryAfterSeconds ?? 0) * 1_000,
    errors: errors ?? [],
    requestId,
  };
}

/** Whatever was thrown, as a problem that there are words for. */
export function problemOf(error: unknown, isOnline: boolean): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof DOMException && error.name === "TimeoutError")
    return localProblem("timed-out");
  // fetch says "TypeError" for every failure of the network.
  if (error instanceof TypeError) return localProblem(isOnline ? "unreachable" : "offline");
  return localProblem("unreadable");
}

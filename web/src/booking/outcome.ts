import type { Schemas } from "../api";
import { type Problem, localProblem, readProblem } from "../api/problem";
import type { Entry } from "../offline";

export type Booked = Schemas["ServiceRequest"];

/** What has become of something that was handed to the outbox, as its person needs to know it. */
export type Outcome =
  | { state: "sending" }
  | { state: "waiting"; nextAttemptAt: number; wait: "network" | "server" }
  | { state: "booked"; booking: Booked }
  | { state: "conflict"; problem: Problem }
  | { state: "sign-in"; problem: Problem }
  | { state: "refused"; problem: Problem }
  /** Too late to send it; `isUnsure` where a try may have arrived all the same. */
  | { state: "expired"; isUnsure: boolean };

function isBooked(body: unknown): body is Booked {
  return typeof body === "object" && body !== null && "reference" in body && "status" in body;
}

function problemIn(entry: Entry): Problem {
  const { result } = entry;
  return result === null ? localProblem("unreadable") : readProblem(result.httpStatus, result.body);
}

export function outcomeOf(entry: Entry): Outcome {
  switch (entry.status) {
    case "sending":
      return { state: "sending" };
    case "queued":
      return entry.attempts + entry.misses === 0
        ? { state: "sending" }
        : { state: "waiting", nextAttemptAt: entry.nextAttemptAt, wait: entry.wait };
    case "done": {
      const body = entry.result?.body;
      return isBooked(body) ? { state: "booked", booking: body } : { state: "sending" };
    }
    case "conflict":
      return { state: "conflict", problem: problemIn(entry) };
    case "auth":
      return { state: "sign-in", problem: problemIn(entry) };
    case "expired":
      return { state: "expired", isUnsure: entry.unsure };
    default:
      return { state: "refused", problem: problemIn(entry) };
  }
}

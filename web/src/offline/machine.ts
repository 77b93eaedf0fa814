/**
 * What happens to one entry. Pure: every transition of the outbox is here, and the table in the
 * tests covers each status against each event.
 *
 * Invariants: an entry that reached `done`, `rejected` or `expired` never becomes `sending` again
 * by itself; an entry whose outcome is unknown is never called expired before it was asked about.
 */

import { judge, type Answer } from "./answers";
import { ONLINE_SPREAD_MS, networkDelayMs, serverDelayMs } from "./backoff";
import {
  BODY_KEPT_MS,
  GUEST,
  UNSURE_LIFETIME_MS,
  isWaiting,
  logged,
  type Entry,
  type LogEvent,
} from "./entry";

/** Something that happens to an entry. */
export type Event =
  /** The flusher, holding the lock, is about to send it. */
  | { type: "picked" }
  | { type: "answered"; answer: Answer }
  /** The network is back. */
  | { type: "online" }
  /** A try of another entry has just found that nothing can be reached. */
  | { type: "network-lost" }
  | { type: "signed-in"; account: string }
  /** The server does not know the session under which it would be sent. */
  | { type: "signed-out" }
  /** Somebody pressed "send now". */
  | { type: "asked-for" }
  /** Time has passed. */
  | { type: "aged" };

/** Where time and chance come from. */
export interface Env {
  now: number;
  random: () => number;
}

/** The entry after `event`; the same object when nothing changes. */
export function next(entry: Entry, event: Event, env: Env): Entry {
  switch (event.type) {
    case "picked":
      return picked(entry, env);
    case "answered":
      return entry.status === "sending" ? answered(entry, event.answer, env) : entry;
    case "online":
      return online(entry, env);
    case "network-lost":
      return isDue(entry, env.now) ? miss(orphaned(entry, env), "no-network", env) : entry;
    case "signed-in":
      return entry.status === "auth" && entry.account === event.account
        ? dueNow(entry, "signed-in", env)
        : entry;
    case "signed-out":
      return isWaiting(entry.status) && entry.account !== GUEST
        ? note(
            { ...orphaned(entry, env), status: "auth", lastCode: "unauthenticated" },
            env,
            "answered",
            "unauthenticated",
          )
        : entry;
    case "asked-for":
      return mayBeAskedFor(entry) ? dueNow(entry, "asked-for", env) : entry;
    case "aged":
      return aged(entry, env);
  }
}

/** Whether the flusher may send it now. Under the lock, `sending` means that its sender is gone. */
export function isDue(entry: Entry, now: number): boolean {
  return entry.status === "sending" || (entry.status === "queued" && entry.nextAttemptAt <= now);
}

/** Whether "send now" does something. */
export function mayBeAskedFor(entry: Entry): boolean {
  const isProxyRefusal = entry.status === "rejected" && (entry.lastCode ?? "").startsWith("http-");
  return entry.status === "queued" || isProxyRefusal;
}

/** Whether it is too late to send it, and nothing is left to find out. */
export function isOver(entry: Entry, now: number): boolean {
  const limit = entry.unsure
    ? Math.max(entry.expiresAt, entry.createdAt + UNSURE_LIFETIME_MS)
    : entry.expiresAt;
  return now >= limit;
}

function picked(entry: Entry, env: Env): Entry {
  if (!isDue(entry, env.now)) {
    return entry;
  }
  return note({ ...orphaned(entry, env), status: "sending" }, env, "sending");
}

/** An entry whose sender is gone may have been carried out. */
function orphaned(entry: Entry, env: Env): Entry {
  return entry.status === "sending" ? note({ ...entry, unsure: true }, env, "sender-lost") : entry;
}

function answered(entry: Entry, answer: Answer, env: Env): Entry {
  const verdict = judge(answer, entry.account === GUEST);
  if (verdict.to === "retry") {
    const unsure = verdict.unsure || entry.unsure;
    if (verdict.wait === "network") {
      return miss({ ...entry, status: "queued", unsure }, verdict.code, env);
    }
    const delayMs = serverDelayMs(entry.attempts, verdict.retryAfterMs, env.random);
    const waiting: Entry = {
      ...entry,
      status: "queued",
      wait: "server",
      unsure,
      attempts: entry.attempts + 1,
      misses: 0,
      lastCode: verdict.code,
      nextAttemptAt: env.now + delayMs,
    };
    const event = answer.type === "no-answer" ? "no-answer" : "answered";
    return note(note(waiting, env, event, verdict.code), env, "waiting", `${delayMs}`);
  }
  const isResponse = answer.type === "response";
  const isSettled = verdict.to !== "auth";
  const settled: Entry = {
    ...entry,
    status: verdict.to,
    attempts: entry.attempts + 1,
    misses: 0,
    unsure: false,
    lastCode: verdict.to === "done" ? null : verdict.code,
    settledAt: isSettled ? env.now : null,
    result:
      isResponse && isSettled
        ? {
            httpStatus: answer.httpStatus,
            body: answer.body,
            needsYou: verdict.to === "done" && verdict.needsYou,
            wasReplayed: answer.wasReplayed,
          }
        : null,
  };
  const told = verdict.to === "done" && isResponse ? `${answer.httpStatus}` : settled.lastCode;
  return note(settled, env, "answered", told ?? undefined);
}

/** A try that reached nobody. It does not count as one. */
function miss(entry: Entry, code: string, env: Env): Entry {
  const delayMs = networkDelayMs(entry.misses, env.random);
  const waiting: Entry = {
    ...entry,
    status: "queued",
    wait: "network",
    misses: entry.misses + 1,
    lastCode: code,
    nextAttemptAt: env.now + delayMs,
  };
  return note(waiting, env, "no-network", `${delayMs}`);
}

function online(entry: Entry, env: Env): Entry {
  if (entry.status !== "queued" || entry.wait !== "network") {
    return entry;
  }
  const dueAt = env.now + Math.round(ONLINE_SPREAD_MS * env.random());
  const nextAttemptAt = Math.min(entry.nextAttemptAt, dueAt);
  return note({ ...entry, misses: 0, nextAttemptAt }, env, "online");
}

function dueNow(entry: Entry, event: LogEvent, env: Env): Entry {
  const due: Entry = {
    ...entry,
    status: "queued",
    wait: "server",
    nextAttemptAt: env.now,
    settledAt: null,
  };
  return note(due, env, event);
}

function aged(entry: Entry, env: Env): Entry {
  const mayExpire = entry.status === "queued" || entry.status === "auth";
  if (mayExpire && isOver(entry, env.now)) {
    return note({ ...entry, status: "expired", settledAt: env.now }, env, "expired");
  }
  const isOld = entry.settledAt !== null && entry.settledAt + BODY_KEPT_MS <= env.now;
  if (isOld && (entry.request !== null || entry.result !== null)) {
    return note({ ...entry, request: null, result: null }, env, "erased");
  }
  return entry;
}

function note(entry: Entry, env: Env, event: LogEvent, detail?: string): Entry {
  const line = detail === undefined ? { at: env.now, event } : { at: env.now, event, detail };
  return { ...entry, log: logged(entry.log, line) };
}

import { useCallback, useEffect, useRef, useState } from "react";

import { etag, newKey } from "../api";
import type { Problem } from "../api/problem";
import { readProblem } from "../api/problem";
import { type Entry, type Kind, enqueue, useEntry } from "../offline";
import { type Booking, bearer, useBookingsRefresh } from "./useBookings";

/** A change of a booking, as its panels ask for it. */
export interface Change {
  kind: Kind;
  /** What follows the booking's own path. */
  action: "cancel" | "reschedule" | "accept-offer";
  body?: unknown;
  /** Whether calling it off costs something, which must be agreed to while it is shown. */
  hasFee?: boolean;
}

export interface ChangeState {
  submit: (change: Change) => void;
  isBusy: boolean;
  /** Saved on this device, and waiting for a connection. */
  isWaiting: boolean;
  isDone: boolean;
  problem: Problem | undefined;
  /** What was thrown before there was an entry: no room, or not to be queued. */
  error: unknown;
  reset: () => void;
}

function problemOfEntry(entry: Entry | undefined): Problem | undefined {
  const isRefused = entry !== undefined && ["conflict", "rejected", "auth"].includes(entry.status);
  if (!isRefused || entry.result === null) return undefined;
  return readProblem(entry.result.httpStatus, entry.result.body);
}

async function sendNow(url: string, headers: Record<string, string>, body: unknown): Promise<void> {
  const answer = await fetch(url, {
    method: "POST",
    credentials: "same-origin",
    headers: { ...headers, "Content-Type": "application/json", "Idempotency-Key": newKey() },
    body: JSON.stringify(body ?? {}),
  });
  if (answer.ok) return;
  const { ProblemError } = await import("../api/problem");
  throw new ProblemError(readProblem(answer.status, await answer.json().catch(() => null)));
}

/**
 * Changes a booking through the outbox, so that it is carried out even if this page is closed. What
 * costs a fee is not queued: it is done while the fee is on the screen, or not at all.
 */
export function useChange(booking: Booking, token: string | undefined): ChangeState {
  const refresh = useBookingsRefresh();
  const [entryId, setEntryId] = useState<string | null>(null);
  const [error, setError] = useState<unknown>();
  const [isSending, setSending] = useState(false);
  const [isDoneNow, setDoneNow] = useState(false);
  const told = useRef<string>(undefined);
  const entry = useEntry(entryId);
  const { id, rev, service, startsAt, timeZone } = booking;

  const submit = useCallback(
    (change: Change) => {
      const url = `/api/portal/service-requests/${id}/${change.action}`;
      const headers = { "If-Match": etag(rev), ...bearer(token) };
      setError(undefined);
      setSending(true);
      const send = async () => {
        if (change.hasFee === true) {
          await sendNow(url, headers, change.body);
          setDoneNow(true);
          await refresh();
          return;
        }
        const about = { title: service.name, startsAt, timeZone };
        const made = await enqueue({ kind: change.kind, url, headers, body: change.body, about });
        setEntryId(made.id);
      };
      send()
        .catch(setError)
        .finally(() => setSending(false));
    },
    [id, rev, token, service.name, startsAt, timeZone, refresh],
  );

  const status = entry?.status;
  useEffect(() => {
    const isSettled = status !== undefined && status !== "queued" && status !== "sending";
    if (isSettled && told.current !== entryId) {
      told.current = entryId ?? undefined;
      void refresh();
    }
  }, [status, entryId, refresh]);

  const hasTried = (entry?.attempts ?? 0) + (entry?.misses ?? 0) > 0;
  return {
    submit,
    isBusy: isSending || status === "sending" || (status === "queued" && !hasTried),
    isWaiting: status === "queued" && hasTried,
    isDone: isDoneNow || status === "done",
    problem: problemOfEntry(entry),
    error,
    reset: () => {
      setEntryId(null);
      setError(undefined);
      setDoneNow(false);
    },
  };
}

/** An entry as text, for whoever is asked for help: what happened, and nothing about the person. */

import type { Entry } from "./entry";

/** A report of `entry`. Holds no name, address, body or token. */
export function reportOf(entry: Entry, now: number, buildId: string): string {
  const iso = (at: number | null) => (at === null ? "-" : new Date(at).toISOString());
  const lines = [
    "Daybook outbox report",
    `made      ${iso(now)}`,
    `build     ${buildId}`,
    `key       ${entry.id}`,
    `kind      ${entry.kind}`,
    `status    ${entry.status} (waits for ${entry.wait})`,
    `created   ${iso(entry.createdAt)}`,
    `expires   ${iso(entry.expiresAt)}`,
    `next try  ${entry.status === "queued" ? iso(entry.nextAttemptAt) : "-"}`,
    `tries     ${entry.attempts} (${entry.misses} in a row reached nobody)`,
    `outcome   ${entry.unsure ? "unknown: a try may have been carried out" : "known"}`,
    `last code ${entry.lastCode ?? "-"}`,
    `request   ${requestIdOf(entry) ?? "-"}`,
    "log",
    ...entry.log.map(({ at, event, detail }) => `  ${iso(at)} ${event} ${detail ?? ""}`.trimEnd()),
  ];
  return lines.join("\n");
}

/** The server's id of the request that was answered last, when its problem names one. */
export function requestIdOf(entry: Entry): string | null {
  const body = entry.result?.body;
  const hasId = typeof body === "object" && body !== null && "requestId" in body;
  return hasId && typeof body.requestId === "string" ? body.requestId : null;
}

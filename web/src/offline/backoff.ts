/** When to try again. Randomness and time are passed in. */

/** The first delay's ceiling. */
export const BASE_MS = 1_000;
/** The highest ceiling while the server answers. */
export const CAP_MS = 300_000;
/** The highest ceiling while nothing answers: also how often a captive portal is looked behind. */
export const PROBE_EVERY_MS = 30_000;
/** How soon entries that waited for the network are due once it is back. */
export const ONLINE_SPREAD_MS = 250;

/**
 * Delay before the next try: `random(0, min(300 s, 1 s * 2^attempts))`, so that a venue that comes
 * back online does not send its whole queue at once. The server's `Retry-After` is a floor.
 *
 * @param attempts tries so far that reached the server
 * @param random uniform in [0, 1)
 */
export function serverDelayMs(
  attempts: number,
  retryAfterMs: number,
  random: () => number,
): number {
  return Math.max(retryAfterMs, Math.round(ceilingMs(attempts, CAP_MS) * random()));
}

/**
 * Delay after a try that reached nobody although the browser believes to be online: a restart of
 * the server is over in seconds, a captive portal lasts, so it grows to {@link PROBE_EVERY_MS}.
 *
 * @param misses tries in a row that reached nobody
 */
export function networkDelayMs(misses: number, random: () => number): number {
  const ceiling = ceilingMs(misses, PROBE_EVERY_MS);
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}

function ceilingMs(tries: number, capMs: number): number {
  return Math.min(capMs, BASE_MS * 2 ** Math.min(tries, 30));
}

/**
 * Milliseconds that a `Retry-After` header asks for: seconds, or an HTTP date. Nothing when it is
 * missing or nonsense, and never more than a day.
 */
export function retryAfterMs(header: string | null, now: number): number {
  const DAY_MS = 86_400_000;
  if (header === null) {
    return 0;
  }
  const seconds = /^\s*\d+\s*$/.test(header) ? Number(header) : Number.NaN;
  const delayMs = Number.isNaN(seconds) ? Date.parse(header) - now : seconds * 1_000;
  return Number.isFinite(delayMs) ? Math.min(DAY_MS, Math.max(0, delayMs)) : 0;
}

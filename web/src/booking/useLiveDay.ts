import { useCallback, useEffect, useRef } from "react";

import { type AvailabilityTopic, dayTopic, useConnection, useTopicNews } from "../realtime";
import type { Day } from "./calendar";

/** Without a stream, an open day is read again this often while somebody looks at it. */
const POLL_EVERY_MS = 4_000;
/** Several teams' news of one moment cost one call. */
const GATHER_MS = 20;

/**
 * Keeps an open day up to date: what happens to its ledgers arrives on the stream, and the day is
 * read again for what the stream does not say, which is who could come and what it costs.
 */
export function useLiveDay(
  teams: readonly string[],
  date: Day | undefined,
  refreshDay: (date: Day) => Promise<void>,
): void {
  const { state } = useConnection();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const topics: AvailabilityTopic[] =
    date === undefined ? [] : teams.map((team) => dayTopic(team, date));

  const read = useCallback(() => {
    if (date === undefined) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void refreshDay(date).catch(() => undefined), GATHER_MS);
  }, [date, refreshDay]);
  useEffect(() => () => clearTimeout(timer.current), []);
  useTopicNews(topics, read);

  const isLive = state === "open";
  useEffect(() => {
    if (isLive || date === undefined) return undefined;
    const poll = setInterval(() => {
      if (document.visibilityState === "visible") read();
    }, POLL_EVERY_MS);
    return () => clearInterval(poll);
  }, [isLive, date, read]);
}

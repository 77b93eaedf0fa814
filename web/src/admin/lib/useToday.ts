import { useEffect, useState } from "react";

import { type Day, todayIn } from "./days";

const MINUTE_MS = 60_000;

/** Milliseconds since the epoch, told anew every `everyMs`. */
export function useNow(everyMs = MINUTE_MS): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return nowMs;
}

/** The day it is in `timeZone`; changes at that zone's midnight. */
export function useToday(timeZone: string | undefined): Day {
  const nowMs = useNow();
  return todayIn(timeZone ?? "UTC", nowMs);
}

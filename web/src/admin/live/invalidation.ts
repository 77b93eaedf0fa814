import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";

import { logTopics } from "../board/feed";
import { CAPACITY } from "../data/capacity";
import { REQUESTS } from "../data/requests";
import type { Day } from "../lib/days";
import { useAccount } from "../shell/Account";
import { useTopics } from "./hooks";

/** How long changes are gathered before what shows them is read again. */
const GATHER_MS = 600;

/** Reads again what `names` stand for, once for many changes. */
function useGatheredInvalidation(names: readonly string[]): () => void {
  const queries = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      names.forEach((name) => void queries.invalidateQueries({ queryKey: [name] }));
    }, GATHER_MS);
  };
}

const DAY_NAMES = [CAPACITY, REQUESTS];
const REQUEST_NAMES = [REQUESTS];

/** Has a day's numbers and bookings follow what happens on it. */
export function useDayInvalidation(teamId: string, day: Day): void {
  const invalidate = useGatheredInvalidation(DAY_NAMES);
  const topics = useMemo(() => [`availability:${teamId}:${day}`], [teamId, day]);
  useTopics(topics, ({ type }) => {
    if (type === "availability-updated") invalidate();
  });
}

/** Has tables of requests follow what happens, everywhere or in one's own teams. */
export function useRequestInvalidation(): void {
  const invalidate = useGatheredInvalidation(REQUEST_NAMES);
  const { me, role } = useAccount();
  const isDesk = role !== "member";
  const topics = useMemo(() => logTopics(isDesk, me.teamIds), [isDesk, me.teamIds]);
  useTopics(topics, ({ type }) => {
    if (type !== "subscribed" && type !== "error") invalidate();
  });
}

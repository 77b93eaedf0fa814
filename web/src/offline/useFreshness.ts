/** How old what is shown is. */

import { useNow } from "../ui/useNow";
import { useOnline } from "../ui/useOnline";

/** The part of a query that tells its age. */
export interface Aged {
  data: unknown;
  dataUpdatedAt: number;
  isError: boolean;
}

export interface Freshness {
  /** When it was read, in milliseconds since the epoch. */
  asOf: number;
  /** Nothing newer can be had at the moment: it may have changed. */
  mayHaveChanged: boolean;
}

/** Beyond this age, and without a network, what is shown may have changed. */
const FRESH_MS = 30_000;

/** How old a query's data is; `null` while there is none. */
export function freshnessOf(query: Aged, isOnline: boolean, now: number): Freshness | null {
  if (query.data === undefined || query.dataUpdatedAt === 0) return null;
  const isOld = now - query.dataUpdatedAt > FRESH_MS;
  const mayHaveChanged = query.isError || (!isOnline && isOld);
  return { asOf: query.dataUpdatedAt, mayHaveChanged };
}

/** As {@link freshnessOf}, for components. */
export function useFreshness(query: Aged): Freshness | null {
  const isOnline = useOnline();
  const now = useNow(10_000);
  return freshnessOf(query, isOnline, now);
}

import { useEffect, useMemo, useRef, useState } from "react";

import { type TopicMessage, useTopics } from "../live/hooks";
import { CAPACITY_DAYS_MAX, fetchCapacity } from "../data/capacity";
import { addDays, daysBetween, type Day } from "../lib/days";
import type { BoardStore, DayState } from "./store";

/**
 * Most days that are followed one by one. The server allows 64 topics for a connection; the rest is
 * for the logs below and for other pages.
 */
export const FOLLOWED_DAYS_MAX = 48;

/** How long changes of a team are gathered before its days are read again. */
const GATHER_MS = 400;
/** How many teams are read at the same time. */
const READS_AT_ONCE = 4;

interface Wanted {
  teamIds: readonly string[];
  days: readonly Day[];
}

/**
 * The days that are followed one by one: the nearest of all teams first. Those beyond are kept up
 * by the logs of bookings and limits, which name the day that has changed.
 */
export function followedTopics({ teamIds, days }: Wanted): string[] {
  return days
    .flatMap((day) => teamIds.map((teamId) => `availability:${teamId}:${day}`))
    .slice(0, FOLLOWED_DAYS_MAX);
}

/** The logs that tell of every change: the desk's, or those of one's own teams. */
export function logTopics(isDesk: boolean, teamIds: readonly string[]): string[] {
  if (isDesk) return ["admin:bookings", "admin:overrides", "admin:queue"];
  return teamIds.slice(0, OWN_TEAMS_MAX).map((teamId) => `team:${teamId}`);
}

/** Most teams of one member whose logs are followed. */
const OWN_TEAMS_MAX = 8;

/** Reads a topic's state as a cell of the board; `undefined` for anything else. */
export function dayStateOf(message: TopicMessage): DayState | undefined {
  if (!message.topic.startsWith("availability:")) return undefined;
  const { data } = message;
  if (typeof data !== "object" || data === null) return undefined;
  const day = data as Partial<DayState>;
  if (typeof day.teamId !== "string" || typeof day.date !== "string") return undefined;
  return {
    teamId: day.teamId,
    date: day.date,
    epoch: message.epoch,
    seq: message.seq,
    limit: day.limit ?? 0,
    used: day.used ?? 0,
    held: day.held ?? 0,
    remaining: day.remaining ?? 0,
    closed: day.closed ?? false,
  };
}

/** Which team's day a message of a log is about. */
export function placeOf(message: TopicMessage): { teamId: string; date: Day } | undefined {
  const { data } = message;
  if (typeof data !== "object" || data === null) return undefined;
  const { teamId, date } = data as { teamId?: unknown; date?: unknown };
  return typeof teamId === "string" && typeof date === "string" ? { teamId, date } : undefined;
}

/** Reads teams one after the other, a few at a time, and each at most once until it is read. */
class Reader {
  readonly #waiting = new Set<string>();
  #running = 0;
  readonly #read: (teamId: string) => Promise<void>;

  constructor(read: (teamId: string) => Promise<void>) {
    this.#read = read;
  }

  want(teamId: string): void {
    this.#waiting.add(teamId);
    this.#next();
  }

  stop(): void {
    this.#waiting.clear();
  }

  #next(): void {
    const [teamId] = this.#waiting;
    if (teamId === undefined || this.#running >= READS_AT_ONCE) return;
    this.#waiting.delete(teamId);
    this.#running += 1;
    void this.#read(teamId).finally(() => {
      this.#running -= 1;
      this.#next();
    });
  }
}

/** How the board's first reading went. */
export interface FeedState {
  isLoading: boolean;
  error: unknown;
  retry: () => void;
}

/** Keeps the cells of `wanted` in `store` as the server has them, for as long as they are shown. */
export function useBoardFeed(store: BoardStore, wanted: Wanted, isDesk: boolean): FeedState {
  const [error, setError] = useState<unknown>();
  const [loaded, setLoaded] = useState("");
  const [tries, setTries] = useState(0);
  const key = `${wanted.teamIds.join()}|${wanted.days.join()}`;
  const stable = useRef(wanted);
  useEffect(() => {
    stable.current = wanted;
  });

  const reader = useRef<Reader | undefined>(undefined);
  useEffect(() => {
    const { teamIds, days } = stable.current;
    const [from, to] = [days[0], days.at(-1)];
    if (from === undefined || to === undefined || teamIds.length === 0) return undefined;
    const left = new Set(teamIds);
    const own = new Reader(async (teamId) => {
      try {
        for (const day of await readDays(teamId, from, to)) store.apply(day);
        left.delete(teamId);
        if (left.size === 0) {
          setLoaded(key);
          setError(undefined);
        }
      } catch (thrown) {
        setError(thrown);
      }
    });
    reader.current = own;
    teamIds.forEach((teamId) => own.want(teamId));
    return () => own.stop();
  }, [key, store, tries]);

  const gathered = useRef(new Map<string, ReturnType<typeof setTimeout>>());
  const reread = (teamId: string): void => {
    if (gathered.current.has(teamId)) return;
    const timer = setTimeout(() => {
      gathered.current.delete(teamId);
      reader.current?.want(teamId);
    }, GATHER_MS);
    gathered.current.set(teamId, timer);
  };

  const followed = useMemo(() => followedTopics(wanted), [key]);
  const followedSet = useMemo(() => new Set(followed), [followed]);
  useTopics(followed, (message) => {
    const state = dayStateOf(message);
    if (state !== undefined) store.apply(state);
  });
  const logs = useMemo(() => logTopics(isDesk, wanted.teamIds), [isDesk, key]);
  useTopics(logs, (message) => {
    const { teamIds, days } = stable.current;
    if (message.how === "reset" || message.how === "snapshot") {
      // What happened meanwhile is not known: everything beyond the followed days is read again.
      if (teamIds.length * days.length > followed.length) teamIds.forEach(reread);
      return;
    }
    const place = placeOf(message);
    if (place === undefined || followedSet.has(`availability:${place.teamId}:${place.date}`)) {
      return;
    }
    if (teamIds.includes(place.teamId) && days.includes(place.date)) reread(place.teamId);
  });

  return {
    isLoading: loaded !== key && error === undefined,
    error,
    retry: () => {
      setError(undefined);
      setTries((count) => count + 1);
    },
  };
}

/** A team's days, in as many reads as the server's limit asks for. */
async function readDays(teamId: string, from: Day, to: Day): Promise<DayState[]> {
  const found: DayState[] = [];
  for (let at = from; daysBetween(at, to) >= 0; at = addDays(at, CAPACITY_DAYS_MAX)) {
    const last = addDays(at, CAPACITY_DAYS_MAX - 1);
    found.push(...(await fetchCapacity(teamId, at, daysBetween(last, to) > 0 ? last : to)));
  }
  return found;
}

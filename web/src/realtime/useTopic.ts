/** Live updates for components. */

import { useCallback, useEffect, useRef, useSyncExternalStore } from "react";

import { realtime } from "./browser";
import type { RealtimeStatus } from "./parts";
import { shownOf } from "./rules";
import type { DataOf, NewsOf, Topic, Updated } from "./wire";

/** What a component sees of a topic. */
export interface TopicView<T extends Topic> {
  /** The newest state; `undefined` until something has come. */
  data: DataOf<T> | undefined;
  epoch: string | null;
  /** For a day: the ledger's sequence number, as HTTP answers carry it. */
  seq: number | null;
  /** When it was last confirmed or changed. */
  at: number | null;
  /** Whether changes arrive by themselves at the moment. */
  isLive: boolean;
  /** Not yours, or not there: the server's code. */
  refusal: number | null;
}

/**
 * Follows a topic while the component is mounted; `null` follows nothing.
 *
 * @param token a booking's capability link, for those without an account
 */
export function useTopic<T extends Topic>(topic: T | null, token?: string): TopicView<T> {
  const hub = realtime();
  const subscribe = useCallback(
    (listener: () => void) =>
      topic === null ? () => undefined : hub.look(topic, token ?? null, listener),
    [hub, topic, token],
  );
  const state = useSyncExternalStore(subscribe, () => hub.topic(topic ?? ""));
  const { state: connection } = useConnection();
  const { held, refusal } = state;
  return {
    data: held === null ? undefined : (shownOf(held) as DataOf<T>),
    epoch: held?.epoch ?? null,
    seq: held?.seq ?? null,
    at: held?.at ?? null,
    isLive: held !== null && connection === "open",
    refusal,
  };
}

/** One piece of news from a topic, or that it began anew: then whatever was fetched is stale. */
export type News<T extends Topic> =
  | { type: "began" }
  | { type: Updated["type"]; topic: T; seq: number; at: string; data: NewsOf<T> | DataOf<T> };

/** Calls `onNews` with everything that happens on several topics, while mounted. */
export function useTopicNews<T extends Topic>(
  topics: readonly T[],
  onNews: (news: News<T>, topic: T) => void,
  token?: string,
): void {
  const latest = useRef(onNews);
  useEffect(() => {
    latest.current = onNews;
  });
  const key = topics.join(",");
  useEffect(() => {
    const stops = key
      .split(",")
      .filter((topic) => topic !== "")
      .map((name) => {
        const topic = name as T;
        return realtime().look(topic, token ?? null, (message) => {
          if (message === null) return;
          if (message.type === "subscribed") latest.current({ type: "began" }, topic);
          else {
            const { type, seq, at, data } = message;
            latest.current({ type, topic, seq, at, data: data as NewsOf<T> | DataOf<T> }, topic);
          }
        });
      });
    return () => stops.forEach((stop) => stop());
  }, [key, token]);
}

/** How the connection stands. */
export function useConnection(): RealtimeStatus & { reconnect: () => void } {
  const hub = realtime();
  const status = useSyncExternalStore(hub.subscribe, hub.snapshot);
  return { ...status, reconnect: reconnectNow };
}

function reconnectNow(): void {
  realtime().reconnect();
}

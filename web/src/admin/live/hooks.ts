import { useEffect, useRef } from "react";

import { realtime, setRealtimeIdentity, startRealtime } from "../../realtime";

/** A message of `daybook.v1` about one topic, as far as the desk reads it. */
export interface TopicMessage {
  type: string;
  topic: string;
  epoch: string;
  seq: number;
  how?: "resumed" | "snapshot" | "reset";
  data?: unknown;
}

/** Calls `listener` with every message about any of `topics`, for as long as the page shows them. */
export function useTopics(
  topics: readonly string[],
  listener: (message: TopicMessage) => void,
): void {
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  const joined = topics.join(",");
  useEffect(() => {
    const names = joined === "" ? [] : joined.split(",");
    const ends = names.map((topic) => {
      // What another page of this tab has heard already is not told again.
      const { held } = realtime().topic(topic);
      if (held !== null) {
        const { epoch, seq, data } = held;
        latest.current({ type: "subscribed", topic, epoch, seq, data });
      }
      return realtime().look(topic, null, (message) => {
        if (message !== null) latest.current(message);
      });
    });
    return () => ends.forEach((end) => end());
  }, [joined]);
}

/** Takes part in live updates, as whoever is signed in. Mounted once. */
export function useRealtime(userId: string | null, isStaff: boolean): void {
  useEffect(() => startRealtime(), []);
  useEffect(() => setRealtimeIdentity(userId, isStaff), [userId, isStaff]);
}

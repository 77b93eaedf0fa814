import { useEffect, useRef, useSyncExternalStore } from "react";

import { type Connection, type TopicMessage, stream } from "./stream";

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
    const ends = names.map((topic) => stream.follow(topic, (message) => latest.current(message)));
    return () => ends.forEach((end) => end());
  }, [joined]);
}

/** How the stream does. */
export function useConnection(): Connection {
  return useSyncExternalStore(
    (watcher) => stream.watch(watcher),
    () => stream.connection,
  );
}

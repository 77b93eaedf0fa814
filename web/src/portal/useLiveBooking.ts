import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";

import { requestTopic, useTopicNews } from "../realtime";

/** Has a booking read again when something happens to it. */
export function useLiveBooking(id: string, token: string | undefined, isKnown: boolean): void {
  const queries = useQueryClient();
  const read = useCallback(() => {
    void queries.invalidateQueries({ queryKey: ["booking", id] });
  }, [queries, id]);
  useTopicNews(isKnown ? [requestTopic(id)] : [], read, token);
}

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef } from "react";

import { requestTopic, useTopicNews } from "../realtime";
import { fetchPayment, payState, refreshPayment } from "./payment";

/** Without news, a payment that can still change is asked about this often. */
const ASK_EVERY_MS = 4_000;

/**
 * How a payment stands, live: the provider is asked once through the server, then the stream says
 * when to look again, and a timer looks where no stream comes through.
 */
export function usePayment(id: string, token: string | undefined) {
  const queries = useQueryClient();
  const hasAsked = useRef(false);
  const payment = useQuery({
    queryKey: ["payment", id],
    queryFn: async () => {
      if (hasAsked.current) return fetchPayment(id, token);
      hasAsked.current = true;
      // The provider may be out of reach, or asked too often: what the server knows is good as well.
      return refreshPayment(id, token).catch(() => fetchPayment(id, token));
    },
    refetchInterval: ({ state: { data } }) => {
      const isOpen =
        data !== undefined && ["moving", "unopened", "payable"].includes(payState(data));
      return isOpen ? ASK_EVERY_MS : false;
    },
    staleTime: 0,
  });
  const read = useCallback(() => {
    void queries.invalidateQueries({ queryKey: ["payment", id] });
    void queries.invalidateQueries({ queryKey: ["booking", id] });
    void queries.invalidateQueries({ queryKey: ["bookings"] });
  }, [queries, id]);
  useTopicNews(payment.data === undefined ? [] : [requestTopic(id)], read, token);
  return payment;
}

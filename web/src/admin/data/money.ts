import { useQuery } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "../../api";
import { EFFECTS } from "./effects";
import { REQUESTS } from "./requests";

export type Run = Schemas["ReconciliationRun"];
export type RunItem = Schemas["ReconciliationItem"];

/** How often a comparison that is under way is asked about. */
const ASK_EVERY_MS = 2_000;

export function useRuns() {
  return useQuery({
    queryKey: [EFFECTS, "runs"],
    queryFn: async () => (await unwrap(api.GET("/api/admin/reconciliation/runs"))).items,
    refetchInterval: ({ state }) =>
      state.data?.some((one) => one.state === "running") ? ASK_EVERY_MS : false,
  });
}

/** One run with what it has found. */
export function useRun(id: string) {
  return useQuery({
    queryKey: [EFFECTS, "runs", id],
    queryFn: () =>
      unwrap(api.GET("/api/admin/reconciliation/runs/{id}", { params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data?.state === "running" ? ASK_EVERY_MS : false),
  });
}

export function beginRun(): Promise<Run> {
  return unwrap(api.POST("/api/admin/reconciliation/runs"));
}

/** How many payments stand how: those that money is known of. */
export function usePaymentCounts() {
  return useQuery({
    // Beside the requests, so that whatever has them read again has these read again.
    queryKey: [REQUESTS, "payment-counts"],
    queryFn: async () => (await unwrap(api.GET("/api/admin/payments/counts"))).items,
  });
}

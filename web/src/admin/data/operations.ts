import { useQuery } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "../../api";

export type Operation = Schemas["Operation"];

export const OPERATIONS = "admin-operations";

/** How often work that is under way is asked about. */
const ASK_EVERY_MS = 1_000;
const SHOWN = 20;

export function useOperations(isEnabled: boolean) {
  return useQuery({
    queryKey: [OPERATIONS, "list"],
    queryFn: async () => {
      const params = { query: { limit: SHOWN } };
      return (await unwrap(api.GET("/api/admin/operations", { params }))).items;
    },
    enabled: isEnabled,
    refetchInterval: ({ state }) =>
      state.data?.some((one) => one.state === "running") ? ASK_EVERY_MS : false,
  });
}

/** One piece of work, asked about until it is done. */
export function useOperation(id: string | undefined) {
  return useQuery({
    queryKey: [OPERATIONS, id],
    queryFn: () =>
      unwrap(api.GET("/api/admin/operations/{id}", { params: { path: { id: id ?? "" } } })),
    enabled: id !== undefined,
    refetchInterval: ({ state }) => (state.data?.state === "done" ? false : ASK_EVERY_MS),
  });
}

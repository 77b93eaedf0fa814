import { useQuery } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "../../api";
import type { Day } from "../lib/days";

export type CapacityDay = Schemas["CapacityDay"];

export const CAPACITY = "admin-capacity";

/** Most days that the server answers at once. */
export const CAPACITY_DAYS_MAX = 62;

export async function fetchCapacity(teamId: string, from: Day, to: Day): Promise<CapacityDay[]> {
  const query = { teamId, from, to };
  return (await unwrap(api.GET("/api/admin/capacity", { params: { query } }))).items;
}

export function useCapacity(teamId: string | undefined, from: Day, to: Day) {
  return useQuery({
    queryKey: [CAPACITY, teamId, from, to],
    queryFn: () => fetchCapacity(teamId ?? "", from, to),
    enabled: teamId !== undefined,
    placeholderData: (previous) => previous,
  });
}

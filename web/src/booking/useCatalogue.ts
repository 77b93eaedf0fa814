import { useQuery } from "@tanstack/react-query";

import { type Schemas, api, unwrap } from "../api";

export type Service = Schemas["ServiceView"];
export type TeamMember = Schemas["TeamMemberView"];

/** The catalogue changes rarely; the server says so as well. */
const CATALOGUE_FRESH_MS = 60_000;

/** Services that can be booked here. */
export function useServices() {
  return useQuery({
    queryKey: ["services"],
    queryFn: async () => (await unwrap(api.GET("/api/portal/services"))).items,
    staleTime: CATALOGUE_FRESH_MS,
  });
}

/** People who can do a service, as strangers may see them. */
export function useTeamMembers(serviceId: string | undefined) {
  return useQuery({
    queryKey: ["team-members", serviceId],
    queryFn: async () => {
      const query = { serviceId: serviceId ?? "" };
      return (await unwrap(api.GET("/api/portal/team-members", { params: { query } }))).items;
    },
    enabled: serviceId !== undefined,
    staleTime: CATALOGUE_FRESH_MS,
  });
}

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { api, type Schemas, unwrap } from "../../api";

export type Team = Schemas["StaffTeam"];
export type Service = Schemas["StaffService"];
export type Member = Schemas["StaffTeamMember"];
export type Resource = Schemas["Resource"];
export type User = Schemas["User"];

/** The catalogue changes a few times a week: what was read is good for minutes. */
const CATALOG_FRESH_MS = 60_000;

/** Keys of everything read from the catalogue, so that one edit makes all of it be read again. */
export const CATALOG = "admin-catalog";

export function useTeams() {
  return useQuery({
    queryKey: [CATALOG, "teams"],
    queryFn: async () => (await unwrap(api.GET("/api/admin/teams"))).items,
    staleTime: CATALOG_FRESH_MS,
  });
}

export function useServices() {
  return useQuery({
    queryKey: [CATALOG, "services"],
    queryFn: async () => (await unwrap(api.GET("/api/admin/services"))).items,
    staleTime: CATALOG_FRESH_MS,
  });
}

export function useMembers() {
  return useQuery({
    queryKey: [CATALOG, "members"],
    queryFn: async () => (await unwrap(api.GET("/api/admin/team-members"))).items,
    staleTime: CATALOG_FRESH_MS,
  });
}

export function useResources() {
  return useQuery({
    queryKey: [CATALOG, "resources"],
    queryFn: async () => (await unwrap(api.GET("/api/admin/resources"))).items,
    staleTime: CATALOG_FRESH_MS,
  });
}

/** Something with a name. */
interface Named {
  id: string;
  name: string;
}

/** Names by id, for audit entries and history that say ids only. */
export function useNames(): (id: string | null | undefined) => string | undefined {
  const lists: (Named[] | undefined)[] = [
    useTeams().data,
    useServices().data,
    useMembers().data,
    useResources().data,
  ];
  const names = useMemo(
    () => new Map(lists.flatMap((list) => list ?? []).map(({ id, name }) => [id, name])),
    // The lists are as stable as the queries' data.
    lists,
  );
  return (id) => (id == null ? undefined : names.get(id));
}

import { useQuery } from "@tanstack/react-query";

import { api, change, newKey, type Schemas, unwrap } from "../../api";
import { CATALOG } from "../data/catalog";
import type { Day } from "../lib/days";
import type { WeekRow } from "./week";

/** Whose hours: a team's, or a member's in one of its teams. */
export interface Owner {
  teamId: string;
  memberId?: string | undefined;
}

export type Exception = Schemas["DateException"];
export type TimeOff = Schemas["TimeOff"];

const key = () => change(newKey());

export function useWeek({ teamId, memberId }: Owner) {
  return useQuery({
    queryKey: [CATALOG, "week", teamId, memberId],
    queryFn: async () => {
      const answer =
        memberId === undefined
          ? api.GET("/api/admin/teams/{id}/working-hours", { params: { path: { id: teamId } } })
          : api.GET("/api/admin/team-members/{id}/working-hours", {
              params: { path: { id: memberId }, query: { teamId } },
            });
      return (await unwrap(answer)).items;
    },
  });
}

export function saveWeek({ teamId, memberId }: Owner, items: WeekRow[]) {
  const body = { items };
  if (memberId === undefined) {
    const params = { path: { id: teamId }, header: key() };
    return unwrap(api.PUT("/api/admin/teams/{id}/working-hours", { params, body }));
  }
  const params = { path: { id: memberId }, query: { teamId }, header: key() };
  return unwrap(api.PUT("/api/admin/team-members/{id}/working-hours", { params, body }));
}

export function useExceptions({ teamId, memberId }: Owner) {
  return useQuery({
    queryKey: [CATALOG, "exceptions", teamId, memberId],
    queryFn: async () => {
      const answer =
        memberId === undefined
          ? api.GET("/api/admin/teams/{id}/exceptions", { params: { path: { id: teamId } } })
          : api.GET("/api/admin/team-members/{id}/exceptions", {
              params: { path: { id: memberId }, query: { teamId } },
            });
      return (await unwrap(answer)).items;
    },
  });
}

export function putException(
  { teamId, memberId }: Owner,
  date: Day,
  body: Schemas["DateExceptionFields"],
) {
  if (memberId === undefined) {
    const params = { path: { id: teamId, date }, header: key() };
    return unwrap(api.PUT("/api/admin/teams/{id}/exceptions/{date}", { params, body }));
  }
  const params = { path: { id: memberId, date }, query: { teamId }, header: key() };
  return unwrap(api.PUT("/api/admin/team-members/{id}/exceptions/{date}", { params, body }));
}

export function deleteException({ teamId, memberId }: Owner, date: Day) {
  if (memberId === undefined) {
    const params = { path: { id: teamId, date }, header: key() };
    return unwrap(api.DELETE("/api/admin/teams/{id}/exceptions/{date}", { params }));
  }
  const params = { path: { id: memberId, date }, query: { teamId }, header: key() };
  return unwrap(api.DELETE("/api/admin/team-members/{id}/exceptions/{date}", { params }));
}

export function useTimeOff(memberId: string) {
  return useQuery({
    queryKey: [CATALOG, "time-off", memberId],
    queryFn: async () => {
      const params = { path: { id: memberId } };
      return (await unwrap(api.GET("/api/admin/team-members/{id}/time-off", { params }))).items;
    },
  });
}

export function addTimeOff(memberId: string, body: Schemas["TimeOffFields"]) {
  const params = { path: { id: memberId }, header: key() };
  return unwrap(api.POST("/api/admin/team-members/{id}/time-off", { params, body }));
}

export function removeTimeOff(memberId: string, timeOff: string) {
  const params = { path: { id: memberId, timeOff }, header: key() };
  return unwrap(api.DELETE("/api/admin/team-members/{id}/time-off/{timeOff}", { params }));
}

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";

import { api, unwrap } from "../api";
import { type TeamDay, mergeDays } from "./availability";
import { type Day, addDays, daysBetween, weeksOf } from "./calendar";

/** What is asked for. */
export interface Wanted {
  serviceId: string;
  memberId: string | undefined;
  isEmergency: boolean;
}

/** Older than this, what is shown is read again when people look at it. */
const FRESH_MS = 10_000;

async function fetchDays(wanted: Wanted, from: Day, days: number): Promise<TeamDay[]> {
  const query = {
    serviceId: wanted.serviceId,
    from,
    days,
    includePrice: true,
    bookingType: wanted.isEmergency ? "emergency" : "standard",
    ...(wanted.memberId === undefined ? {} : { teamMemberId: wanted.memberId }),
  };
  const answer = await unwrap(api.GET("/api/bookings/availability", { params: { query } }));
  return answer.days;
}

/** The days that a view of a month asks for: all it shows, from today on. */
export function viewOf(month: Day, today: Day, weekStart: number): { from: Day; days: number } {
  const shown = weeksOf(month, weekStart).flat();
  const first = shown[0] ?? today;
  const last = shown.at(-1) ?? today;
  const from = first < today ? today : first;
  return { from, days: Math.max(1, daysBetween(from, addDays(last, 1))) };
}

/** A month's days, by one call; and how to read one day anew when something happened to it. */
export function useAvailability(wanted: Wanted, view: { from: Day; days: number }) {
  const queries = useQueryClient();
  const { serviceId, memberId, isEmergency } = wanted;
  const { from, days } = view;
  const shown = useQuery({
    queryKey: ["availability", serviceId, memberId ?? null, isEmergency, from, days],
    queryFn: () => fetchDays(wanted, from, days),
    placeholderData: keepPreviousData,
    staleTime: FRESH_MS,
    refetchOnWindowFocus: true,
  });

  const refreshDay = useCallback(
    async (date: Day) => {
      const read = await fetchDays({ serviceId, memberId, isEmergency }, date, 1);
      queries.setQueryData<TeamDay[]>(
        ["availability", serviceId, memberId ?? null, isEmergency, from, days],
        (known) => known && mergeDays(known, read),
      );
    },
    [queries, serviceId, memberId, isEmergency, from, days],
  );

  return { ...shown, refreshDay };
}

import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { type Schemas, api, unwrap } from "../api";
import type { Choice } from "./choice";

export type Preview = Schemas["PreviewView"];
export type PreviewedVisit = Schemas["PreviewedView"];

/** A preview holds for half an hour at the server; it is read again well before. */
const FRESH_MS = 5 * 60_000;

/** Every visit of the series that is chosen, with what would come of it. */
export function usePreview(serviceId: string, choice: Choice, isAllowed: boolean) {
  const { startsAt, teamId, memberId, repeat } = choice;
  return useQuery({
    queryKey: ["preview", serviceId, startsAt, teamId, memberId, repeat],
    queryFn: () => {
      const body: Schemas["PreviewRequest"] = {
        serviceId,
        startsAt: startsAt ?? "",
        teamId: teamId ?? null,
        teamMemberId: memberId ?? null,
        recurrence: repeat ?? {},
      };
      return unwrap(api.POST("/api/portal/service-requests/recurring/preview", { body }));
    },
    enabled: isAllowed && repeat !== undefined && startsAt !== undefined,
    placeholderData: keepPreviousData,
    staleTime: FRESH_MS,
  });
}

/** Visits of a series that can be booked as they are. */
export function bookableOf(preview: Preview | undefined): ReadonlySet<number> {
  const visits = preview?.occurrences.filter(({ status }) => status === "ok") ?? [];
  return new Set(visits.map(({ index }) => index));
}

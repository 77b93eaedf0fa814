import { useQuery } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "../../api";

/** Whose calendar it is. */
export interface FeedOwner {
  kind: "team" | "member";
  id: string;
  name: string;
}

export type OpenedFeed = Schemas["OpenedCalendarFeed"];
export type Feed = Schemas["CalendarFeed"];

export const FEEDS = "admin-feeds";

const TEAM = "/api/admin/teams/{id}/calendar-feed";
const MEMBER = "/api/admin/team-members/{id}/calendar-feed";

/** Whether a calendar has an address, and since when. The address itself is never told again. */
export function useFeed({ kind, id }: FeedOwner) {
  const params = { path: { id } };
  return useQuery({
    queryKey: [FEEDS, kind, id],
    queryFn: (): Promise<Feed> =>
      kind === "team" ? unwrap(api.GET(TEAM, { params })) : unwrap(api.GET(MEMBER, { params })),
  });
}

/** Gives a calendar an address; one that it had opens nothing from then on. */
export function openFeed({ kind, id }: FeedOwner): Promise<OpenedFeed> {
  const params = { path: { id } };
  return kind === "team"
    ? unwrap(api.POST(TEAM, { params }))
    : unwrap(api.POST(MEMBER, { params }));
}

export function closeFeed({ kind, id }: FeedOwner): Promise<unknown> {
  const params = { path: { id } };
  return kind === "team"
    ? unwrap(api.DELETE(TEAM, { params }))
    : unwrap(api.DELETE(MEMBER, { params }));
}

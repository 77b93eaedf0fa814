import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "../../api";
import type { RequestQuery } from "../requests/filters";

export type Request = Schemas["StaffServiceRequest"];
export type RequestDetail = Schemas["StaffServiceRequestDetail"];
export type RequestEvent = Schemas["StaffEvent"];

export const REQUESTS = "admin-requests";

/** Rows of a page of the table. */
export const PAGE_ROWS = 25;
/** Most rows the server answers at once. */
const ROWS_MAX = 100;
/** Most pages that are read to count something; beyond that the count is "at least". */
const COUNT_PAGES_MAX = 10;

export function useRequestPages(query: RequestQuery) {
  return useInfiniteQuery({
    queryKey: [REQUESTS, "pages", query],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/admin/service-requests", {
          params: {
            query: {
              ...query,
              limit: PAGE_ROWS,
              ...(pageParam === "" ? {} : { cursor: pageParam }),
            },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: (previous) => previous,
  });
}

/** All requests that fit, and whether there are more than are looked at. */
export interface Gathered {
  items: Request[];
  hasMore: boolean;
}

export async function gatherRequests(query: RequestQuery): Promise<Gathered> {
  const items: Request[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < COUNT_PAGES_MAX; page += 1) {
    const asked: RequestQuery & { limit: number; cursor?: string } = { ...query, limit: ROWS_MAX };
    if (cursor !== null) asked.cursor = cursor;
    const answer = await unwrap(
      api.GET("/api/admin/service-requests", { params: { query: asked } }),
    );
    items.push(...answer.items);
    cursor = answer.nextCursor ?? null;
    if (cursor === null) return { items, hasMore: false };
  }
  return { items, hasMore: true };
}

export function useGathered(name: string, query: RequestQuery, isEnabled = true) {
  return useQuery({
    queryKey: [REQUESTS, "gathered", name, query],
    queryFn: () => gatherRequests(query),
    enabled: isEnabled,
    placeholderData: (previous) => previous,
  });
}

export function useRequest(id: string) {
  return useQuery({
    queryKey: [REQUESTS, "one", id],
    queryFn: () =>
      unwrap(api.GET("/api/admin/service-requests/{id}", { params: { path: { id } } })),
  });
}

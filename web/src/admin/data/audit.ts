import { useInfiniteQuery, useMutation } from "@tanstack/react-query";

import { api, type Schemas, unwrap } from "../../api";

export type AuditEntry = Schemas["AuditEntry"];

export const AUDIT = "admin-audit";

/** Entries of a page. */
const PAGE_ENTRIES = 25;

export interface AuditQuery {
  object?: string;
  actor?: string;
  from?: string;
  to?: string;
}

/** Entries, newest first, page by page. */
export function useAudit(query: AuditQuery, isEnabled = true) {
  return useInfiniteQuery({
    queryKey: [AUDIT, query],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/admin/audit", {
          params: {
            query: {
              ...query,
              limit: PAGE_ENTRIES,
              ...(pageParam === "" ? {} : { cursor: pageParam }),
            },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    enabled: isEnabled,
    placeholderData: (previous) => previous,
  });
}

/** What following the whole trail came to. */
export interface Verified {
  ok: boolean;
  entries: number;
  head: string;
  firstProblem: string | null;
}

/** Follows the whole trail; asked for, never by itself. */
export function useVerify() {
  return useMutation({
    mutationFn: async () => {
      const answer: unknown = await unwrap(api.GET("/api/admin/audit/verify"));
      return answer as Verified;
    },
  });
}

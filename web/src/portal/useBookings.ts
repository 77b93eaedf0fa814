import { useInfiniteQuery, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";

import { ProblemError, type Schemas, api, unwrap } from "../api";
import { useMe } from "../session/session";
import { forgetLink, knownLinks, rememberLink } from "./links";

export type Booking = Schemas["ServiceRequest"];
export type BookingDetail = Schemas["ServiceRequestDetail"];

const PAGE_ITEMS = 100;
/** Without a stream, an open booking is read again this often. */
const POLL_EVERY_MS = 15_000;

/** Whoever has a booking's link shows its token; an account is known by its session. */
export function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { Authorization: `Bearer ${token}` };
}

function fetchBooking(id: string, token: string | undefined): Promise<BookingDetail> {
  const params = { path: { id } };
  return unwrap(api.GET("/api/portal/service-requests/{id}", { params, headers: bearer(token) }));
}

/** Bookings of the account that is signed in. */
function useAccountBookings(isWanted: boolean) {
  return useInfiniteQuery({
    queryKey: ["bookings"],
    queryFn: ({ pageParam }) => {
      const query = { limit: PAGE_ITEMS, ...(pageParam === null ? {} : { cursor: pageParam }) };
      return unwrap(api.GET("/api/portal/service-requests", { params: { query } }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor ?? null,
    enabled: isWanted,
  });
}

const GONE = ["not-found", "link-expired", "link-revoked", "unauthenticated"];

/** Bookings that were made on this device without an account. */
function useLinkedBookings(isWanted: boolean) {
  const links = isWanted ? knownLinks(localStorage) : [];
  return useQueries({
    queries: links.map(({ id, token }) => ({
      queryKey: ["booking", id],
      queryFn: async () => {
        try {
          return await fetchBooking(id, token);
        } catch (error) {
          const isGone = error instanceof ProblemError && GONE.includes(error.problem.code);
          if (isGone) forgetLink(localStorage, id);
          throw error;
        }
      },
    })),
  });
}

export interface OwnBookings {
  items: Booking[];
  isPending: boolean;
  error: Error | null;
  hasMore: boolean;
  loadMore: () => void;
  retry: () => void;
}

/** Everything that is booked, by the account or, without one, on this device. */
export function useOwnBookings(): OwnBookings {
  const me = useMe();
  const isGuest = me.data === null;
  const account = useAccountBookings(me.data != null);
  const linked = useLinkedBookings(isGuest);
  if (isGuest) {
    const items = linked.flatMap(({ data }) => (data === undefined ? [] : [data]));
    return {
      items,
      isPending: linked.some(({ isPending }) => isPending),
      error:
        items.length === 0 ? (linked.find(({ error }) => error !== null)?.error ?? null) : null,
      hasMore: false,
      loadMore: () => undefined,
      retry: () => linked.forEach(({ refetch }) => void refetch()),
    };
  }
  return {
    items: account.data?.pages.flatMap((page) => page.items) ?? [],
    isPending: me.isPending || (me.data != null && account.isPending),
    error: me.error ?? account.error,
    hasMore: account.hasNextPage,
    loadMore: () => void account.fetchNextPage(),
    retry: () => void (me.isError ? me.refetch() : account.refetch()),
  };
}

/** One booking in full, by account or by its link's token. */
export function useBooking(id: string, token: string | undefined) {
  return useQuery({
    queryKey: ["booking", id],
    queryFn: async () => {
      const booking = await fetchBooking(id, token);
      // A link that has opened a booking will do so again after the page was reloaded.
      if (token !== undefined) rememberLink(localStorage, { id, token, at: Date.now() });
      return booking;
    },
    refetchInterval: POLL_EVERY_MS,
  });
}

/** Has everything that shows bookings read them again. */
export function useBookingsRefresh(): () => Promise<void> {
  const queries = useQueryClient();
  return useCallback(async () => {
    await Promise.all([
      queries.invalidateQueries({ queryKey: ["bookings"] }),
      queries.invalidateQueries({ queryKey: ["booking"] }),
      queries.invalidateQueries({ queryKey: ["availability"] }),
    ]);
  }, [queries]);
}

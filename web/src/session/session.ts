import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { ProblemError, type Schemas, api, onAnswer, unwrap } from "../api";

export type Me = Schemas["Me"];

const ME = ["me"] as const;
const UNAUTHORIZED = 401;
const MINUTES_FRESH_MS = 5 * 60_000;

/** Roles that may use the desk. */
const STAFF_ROLES = ["admin", "dispatcher", "member"];

export function isStaff(me: Me | null | undefined): boolean {
  return me !== null && me !== undefined && STAFF_ROLES.includes(me.role);
}

async function fetchMe(): Promise<Me | null> {
  try {
    return await unwrap(api.GET("/api/auth/me"));
  } catch (error) {
    if (error instanceof ProblemError && error.problem.status === UNAUTHORIZED) return null;
    throw error;
  }
}

/** Who is signed in: `null` for nobody, `undefined` while that is not known. */
export function useMe() {
  return useQuery({ queryKey: ME, queryFn: fetchMe, staleTime: MINUTES_FRESH_MS });
}

/** Notices when the server says that the session has ended, wherever that was. Mounted once. */
export function useSessionWatch(): void {
  const queries = useQueryClient();
  useEffect(
    () =>
      onAnswer((status, path) => {
        const wasSignedIn = queries.getQueryData<Me | null>(ME) != null;
        if (status === UNAUTHORIZED && wasSignedIn && !path.startsWith("/api/auth/")) {
          queries.setQueryData(ME, null);
        }
      }),
    [queries],
  );
}

export function useLogin() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (credentials: Schemas["Credentials"]) =>
      unwrap(api.POST("/api/auth/login", { body: credentials })),
    onSuccess: async (me) => {
      queries.setQueryData(ME, me);
      // What was read as a guest, or as somebody else, says nothing about this account.
      await queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== ME[0] });
    },
  });
}

/** Asks for a link to sign in by, in the language of the page. */
export function useSignInLink() {
  return useMutation({
    mutationFn: (email: string) =>
      unwrap(
        api.POST("/api/auth/magic-link", {
          body: { email, locale: document.documentElement.lang },
        }),
      ),
  });
}

/** Run before the session ends, so that what is kept on the device can be wiped with it. */
type Farewell = () => Promise<void>;
const farewells = new Set<Farewell>();

/** Registers what signing out has to clear away. Returns how to take it back. */
export function onSignOut(farewell: Farewell): () => void {
  farewells.add(farewell);
  return () => farewells.delete(farewell);
}

export function useLogout() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      await unwrap(api.POST("/api/auth/logout"));
      await Promise.allSettled([...farewells].map((farewell) => farewell()));
    },
    onSuccess: () => {
      // Clearing everything would leave what is on the page attached to what is gone.
      queries.setQueryData(ME, null);
      const isOther = ({ queryKey }: { queryKey: readonly unknown[] }) => queryKey[0] !== ME[0];
      queries.removeQueries({ type: "inactive", predicate: isOther });
      void queries.resetQueries({ predicate: isOther });
    },
  });
}

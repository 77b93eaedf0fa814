import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "../../api";
import { useCan } from "../shell/Account";
import { CATALOG, type User } from "./catalog";

/** Accounts of a page, and most pages that are read for names. */
const PAGE_USERS = 100;
const PAGES_MAX = 20;

async function fetchUsers(): Promise<User[]> {
  const users: User[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const query: { limit: number; cursor?: string } = { limit: PAGE_USERS };
    if (cursor !== undefined) query.cursor = cursor;
    const answer = await unwrap(api.GET("/api/admin/users", { params: { query } }));
    users.push(...answer.items);
    cursor = answer.nextCursor ?? undefined;
    if (cursor === undefined) break;
  }
  return users;
}

/** Accounts, in order of address. Nobody but the desk may see them. */
export function useUsers() {
  const may = useCan();
  return useQuery({
    queryKey: [CATALOG, "users"],
    queryFn: fetchUsers,
    enabled: may("view-users"),
  });
}

/** Names of accounts, for those who may see them. */
export function useUserNames(): (id: string | undefined) => string | undefined {
  const { data } = useUsers();
  return (id) => data?.find((user) => user.id === id)?.name;
}

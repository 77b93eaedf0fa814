import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, change, newKey, type Schemas, unwrap } from "../../api";
import { boardStore } from "../board/shared";
import { AUDIT } from "../data/audit";
import { CAPACITY } from "../data/capacity";
import { OPERATIONS } from "../data/operations";
import { REQUESTS } from "../data/requests";
import type { Day } from "../lib/days";

/** An order for one day of one team. Each needs a reason. */
export type DayOrder =
  | { kind: "override"; delta: number; expiresAt?: string }
  | { kind: "limit"; limit: number; reserve: number }
  /** The team's usual limit again, whatever that will be. */
  | { kind: "follow" }
  | { kind: "revoke"; overrideId: string }
  | { kind: "close" }
  | { kind: "displace"; memberId?: string }
  | { kind: "open" };

export interface Ordered {
  order: DayOrder;
  reason: string;
  /** Made when somebody decides; kept for every try of the same decision. */
  key: string;
}

export type ChangedDay = Schemas["ChangedDay"];
/** Work that goes on by itself; of all that is told about it, what the page follows. */
export type Operation = Pick<Schemas["Operation"], "id" | "state">;

type Place = { teamId: string; date: Day };

/** Sends an order. The answer is the day as it stands, or the work that was begun. */
export async function sendOrder(
  place: Place,
  { order, reason, key }: Ordered,
): Promise<ChangedDay | Operation> {
  const params = { path: place, header: change(key) };
  switch (order.kind) {
    case "override": {
      const { delta, expiresAt } = order;
      const body = { delta, reason, scope: "team-day", expiresAt: expiresAt ?? null };
      const path = "/api/admin/capacity/{teamId}/{date}/overrides";
      return unwrap(api.POST(path, { params, body }));
    }
    case "limit": {
      const { limit, reserve } = order;
      const body = { limit, reserve, reason };
      return unwrap(api.PUT("/api/admin/capacity/{teamId}/{date}", { params, body }));
    }
    case "follow": {
      const body = { limit: null, reason };
      return unwrap(api.PUT("/api/admin/capacity/{teamId}/{date}", { params, body }));
    }
    case "revoke": {
      const path = "/api/admin/capacity/{teamId}/{date}/overrides/{id}";
      const at = { ...params, path: { ...place, id: order.overrideId } };
      return unwrap(api.DELETE(path, { params: at, body: { reason } }));
    }
    case "open":
      return unwrap(
        api.POST("/api/admin/capacity/{teamId}/{date}/open", { params, body: { reason } }),
      );
    case "close":
    case "displace": {
      const isDisplacing = order.kind === "displace";
      const teamMemberId = order.kind === "displace" ? (order.memberId ?? null) : null;
      const body = { reason, displace: isDisplacing, teamMemberId };
      const answer: ChangedDay | Operation = await unwrap(
        api.POST("/api/admin/capacity/{teamId}/{date}/close", { params, body }),
      );
      return answer;
    }
  }
}

export function isOperation(answer: ChangedDay | Operation): answer is Operation {
  return "state" in answer;
}

/** Changes a day, and has everything that shows it follow. */
export function useChangeDay(place: Place) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (ordered: Ordered) => sendOrder(place, ordered),
    onSuccess: (answer) => {
      if (!isOperation(answer)) boardStore.apply(answer);
      for (const name of [CAPACITY, AUDIT, REQUESTS, OPERATIONS]) {
        void queries.invalidateQueries({ queryKey: [name] });
      }
    },
  });
}

/** A fresh key for a fresh decision. */
export function ordered(order: DayOrder, reason: string): Ordered {
  return { order, reason: reason.trim(), key: newKey() };
}

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { api, change, etag, newKey, type Schemas, unwrap } from "../../api";
import type { Store } from "../catalog/entity";
import { CATALOG } from "./catalog";
import { EFFECTS } from "./effects";

export type Webhook = Schemas["Webhook"];
export type WebhookFields = Schemas["WebhookFields"];
export type Delivery = Schemas["WebhookDelivery"];

const ASK_EVERY_MS = 15_000;
/** What is on its way is there in a moment. */
const ASK_SOON_MS = 2_000;
const PAGE_ROWS = 25;

/** What an endpoint can hear of, as the server names it. */
export const EVENTS = [
  "booking.received",
  "booking.confirmed",
  "booking.changed",
  "booking.cancelled",
  "booking.declined",
  "booking.expired",
  "booking.displaced",
  "booking.started",
  "booking.completed",
  "booking.no-show",
  "booking.corrected",
  "payment.received",
  "payment.failed",
  "payment.needs-review",
  "payment.refunded",
  "payment.refund-failed",
  "payment.disputed",
  "payment.dispute-won",
  "payment.dispute-lost",
  "waitlist.joined",
  "offer.made",
  "offer.lapsed",
  "emergency.alert",
] as const;

export function useWebhooks() {
  return useQuery({
    queryKey: [CATALOG, "webhooks"],
    queryFn: async () => (await unwrap(api.GET("/api/admin/webhooks"))).items,
  });
}

const at = (view: { id: string; rev: number }, key: string) => ({
  path: { id: view.id },
  header: { ...change(key), "If-Match": etag(view.rev) },
});

export function webhookFields(view: Webhook): WebhookFields {
  const { url, description, events, isActive } = view;
  return { url, description: description ?? "", events: events ?? [], isActive: isActive ?? true };
}

/** Endpoints. `onSecret` is told the secret of a new one, which the server says this once. */
export function webhookStore(onSecret: (made: Webhook) => void): Store<Webhook, WebhookFields> {
  return {
    create: async (body, key) => {
      const made = await unwrap(
        api.POST("/api/admin/webhooks", { params: { header: change(key) }, body }),
      );
      onSecret(made);
      return made;
    },
    update: (view, patch, key) => {
      const body = { ...webhookFields(view), ...patch };
      return unwrap(api.PUT("/api/admin/webhooks/{id}", { params: at(view, key), body }));
    },
    remove: (view, key) =>
      unwrap(api.DELETE("/api/admin/webhooks/{id}", { params: at(view, key) })),
  };
}

export function rotateSecret(view: Webhook): Promise<Webhook> {
  return unwrap(api.POST("/api/admin/webhooks/{id}/rotate", { params: at(view, newKey()) }));
}

/** What was and is on its way to an endpoint, newest first. */
export function useDeliveries(id: string) {
  return useInfiniteQuery({
    queryKey: [EFFECTS, "deliveries", id],
    queryFn: ({ pageParam }) => {
      const query = { limit: PAGE_ROWS, ...(pageParam === "" ? {} : { cursor: pageParam }) };
      const params = { path: { id }, query };
      return unwrap(api.GET("/api/admin/webhooks/{id}/deliveries", { params }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    refetchInterval: ({ state }) => {
      const [newest] = state.data?.pages ?? [];
      const isMoving = newest?.items.some(
        ({ state: one }) => one === "planned" || one === "leased",
      );
      return isMoving === true ? ASK_SOON_MS : ASK_EVERY_MS;
    },
  });
}

/** Has a delivery that is over made again; answers whether it was. */
export async function redeliver(id: string, delivery: string): Promise<boolean> {
  const path = "/api/admin/webhooks/{id}/deliveries/{delivery}/redeliver";
  // The document says no more of the answer than that it is an object.
  const answer: unknown = await unwrap(api.POST(path, { params: { path: { id, delivery } } }));
  return (answer as { isRetried?: unknown }).isRetried === true;
}

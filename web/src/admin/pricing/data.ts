import { useQuery } from "@tanstack/react-query";

import { api, change, etag, newKey, type Schemas, unwrap } from "../../api";
import type { Store, Stored } from "../catalog/entity";
import { CATALOG } from "../data/catalog";

export type Promo = Schemas["Promo"];
export type PromoFields = Schemas["PromoFields"];
export type Surcharge = Schemas["Surcharge"];
export type SurchargeFields = Schemas["SurchargeFields"];
export type PriceScope = Schemas["PriceScope"];
export type ExchangeRates = Schemas["ExchangeRates"];

export function usePromos() {
  return useQuery({
    queryKey: [CATALOG, "promos"],
    queryFn: async () => (await unwrap(api.GET("/api/admin/promos"))).items,
  });
}

export function useSurcharges() {
  return useQuery({
    queryKey: [CATALOG, "surcharges"],
    queryFn: async () => (await unwrap(api.GET("/api/admin/surcharges"))).items,
  });
}

export function useRates() {
  return useQuery({
    queryKey: [CATALOG, "rates"],
    queryFn: async () => (await unwrap(api.GET("/api/admin/exchange-rates"))).items,
  });
}

const at = (view: Stored, key: string) => ({
  path: { id: view.id },
  header: { ...change(key), "If-Match": etag(view.rev) },
});
const made = (key: string) => ({ header: change(key) });
/** A merge patch is an object of anything, whatever its members are called. */
const patched = (body: object) => body as Record<string, never>;

export const promoStore: Store<Promo, PromoFields> = {
  create: (body, key) => unwrap(api.POST("/api/admin/promos", { params: made(key), body })),
  update: (view, body, key) =>
    unwrap(api.PATCH("/api/admin/promos/{id}", { params: at(view, key), body: patched(body) })),
  remove: (view, key) => unwrap(api.DELETE("/api/admin/promos/{id}", { params: at(view, key) })),
};

export const surchargeStore: Store<Surcharge, SurchargeFields> = {
  create: (body, key) => unwrap(api.POST("/api/admin/surcharges", { params: made(key), body })),
  update: (view, body, key) =>
    unwrap(api.PATCH("/api/admin/surcharges/{id}", { params: at(view, key), body: patched(body) })),
  remove: (view, key) =>
    unwrap(api.DELETE("/api/admin/surcharges/{id}", { params: at(view, key) })),
};

/** What a visit's scope is when nothing narrows it. */
export const EVERYWHERE: PriceScope = {
  serviceIds: [],
  teamIds: [],
  weekdays: [],
  hours: [],
  daysFrom: null,
  daysUntil: null,
};

export function removeRates(table: ExchangeRates): Promise<unknown> {
  return unwrap(api.DELETE("/api/admin/exchange-rates/{id}", { params: at(table, newKey()) }));
}

/** Smallest steps of prices in minor units, by currency. */
export type Steps = Schemas["PriceSteps"]["steps"];

export function usePriceSteps() {
  return useQuery({
    queryKey: [CATALOG, "price-steps"],
    queryFn: async () => (await unwrap(api.GET("/api/admin/price-steps"))).steps,
  });
}

export function putPriceSteps(steps: Steps): Promise<unknown> {
  return unwrap(api.PUT("/api/admin/price-steps", { params: made(newKey()), body: { steps } }));
}

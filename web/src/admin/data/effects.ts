import { useQuery } from "@tanstack/react-query";

import { api, change, etag, type Schemas, unwrap } from "../../api";
import type { Store } from "../catalog/entity";
import { CATALOG } from "./catalog";

export type Letter = Schemas["Letter"];
export type ReminderRule = Schemas["ReminderRule"];
export type ReminderFields = Schemas["ReminderRuleFields"];

/** Keys of what follows from bookings: letters on their way, and what became of them. */
export const EFFECTS = "admin-effects";

/** How often what is on its way is asked about while somebody looks. */
const ASK_EVERY_MS = 15_000;

export function useLetters(state: string) {
  return useQuery({
    queryKey: [EFFECTS, "letters", state],
    queryFn: async () => {
      const params = { query: { state } };
      return (await unwrap(api.GET("/api/admin/letters", { params }))).items;
    },
    refetchInterval: ASK_EVERY_MS,
  });
}

/** Has a letter that was given up sent again; answers whether it was still waiting for that. */
export async function retryLetter(id: string): Promise<boolean> {
  const params = { path: { id } };
  // The document says no more of the answer than that it is an object.
  const answer = await unwrap(api.POST("/api/admin/letters/{id}/retry", { params }));
  return (answer as { isRetried?: unknown }).isRetried === true;
}

export function useReminderRules() {
  return useQuery({
    queryKey: [CATALOG, "reminder-rules"],
    queryFn: async () => (await unwrap(api.GET("/api/admin/reminder-rules"))).items,
  });
}

export function reminderFields({ id: _id, rev: _rev, ...fields }: ReminderRule): ReminderFields {
  return fields;
}

/** A rule is replaced as a whole: what was not changed is sent as it was. */
export const reminderStore: Store<ReminderRule, ReminderFields> = {
  create: (body, key) =>
    unwrap(api.POST("/api/admin/reminder-rules", { params: { header: change(key) }, body })),
  update: (view, patch, key) => {
    const fields = { ...reminderFields(view), ...patch };
    const quiet = fields.quietHours == null ? null : { ...view.quietHours, ...fields.quietHours };
    const body = { ...fields, quietHours: quiet };
    return unwrap(api.PUT("/api/admin/reminder-rules/{id}", { params: at(view, key), body }));
  },
  remove: (view, key) =>
    unwrap(api.DELETE("/api/admin/reminder-rules/{id}", { params: at(view, key) })),
};

const at = (view: { id: string; rev: number }, key: string) => ({
  path: { id: view.id },
  header: { ...change(key), "If-Match": etag(view.rev) },
});

import { api, change, etag, type Schemas, unwrap } from "../../api";
import type { Step } from "./steps";

/** How far a change of one visit of a series reaches. */
export type Scope = Schemas["Scope"];

/** Everything a step can come with; each step takes what is its own. */
export interface StepInput {
  reason?: string;
  /** Assign and reschedule; absent or empty: whoever is free. */
  memberId?: string;
  chargeFee?: boolean;
  scope?: Scope;
  startsAt?: string;
  teamId?: string;
}

export interface StepOrder {
  id: string;
  rev: number;
  step: Step;
  input: StepInput;
  /** Made when somebody decides; kept for every try. */
  key: string;
}

/** Takes a step at the revision that somebody has seen; a newer one is refused (412). */
export async function takeStep({ id, rev, step, input, key }: StepOrder): Promise<unknown> {
  const params = { path: { id }, header: { ...change(key), "If-Match": etag(rev) } };
  const reason = input.reason === undefined || input.reason === "" ? null : input.reason;
  switch (step) {
    case "confirm":
      return unwrap(
        api.POST("/api/admin/service-requests/{id}/confirm", { params, body: { reason } }),
      );
    case "decline":
      return unwrap(
        api.POST("/api/admin/service-requests/{id}/decline", { params, body: { reason } }),
      );
    case "start":
      return unwrap(api.POST("/api/admin/service-requests/{id}/start", { params }));
    case "complete":
      return unwrap(api.POST("/api/admin/service-requests/{id}/complete", { params }));
    case "no-show":
      return unwrap(api.POST("/api/admin/service-requests/{id}/no-show", { params }));
    case "correct":
      return unwrap(
        // The server takes a reason here; its document forgets to say so.
        api.POST("/api/admin/service-requests/{id}/correct", {
          params,
          body: { reason } as unknown as undefined,
        }),
      );
    case "assign": {
      const body = { teamMemberId: input.memberId ?? null, reason };
      return unwrap(api.POST("/api/admin/service-requests/{id}/assign", { params, body }));
    }
    case "cancel": {
      const body = { reason, chargeFee: input.chargeFee ?? false, ...scopeOf(input) };
      return unwrap(api.POST("/api/admin/service-requests/{id}/cancel", { params, body }));
    }
    case "reschedule": {
      const body = {
        startsAt: input.startsAt ?? "",
        reason,
        ...(input.teamId === undefined ? {} : { teamId: input.teamId }),
        teamMemberId: input.memberId ?? null,
        ...scopeOf(input),
      };
      return unwrap(api.POST("/api/admin/service-requests/{id}/reschedule", { params, body }));
    }
  }
}

function scopeOf({ scope }: StepInput): { scope?: Scope } {
  return scope === undefined ? {} : { scope };
}

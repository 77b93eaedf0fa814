import { api, type Schemas, unwrap } from "../../api";
import type { Day } from "../lib/days";
import type { PromoFields } from "./data";

export type SampleVisit = Schemas["SampleVisit"];
export type PriceLines = Schemas["PriceLines"];

/** What a visit costs, and what a promo makes of that. */
export interface TrialResult {
  without: PriceLines | null;
  with: PriceLines | null;
  saved: { amount: number; currency: string } | null;
  /** The code of why the promo does not apply. */
  refusal: string | null;
  /** What keeps the promo from being stored as it is. */
  faults: { pointer: string; detail: string }[];
}

/** What somebody fills in to ask for a price. */
export interface TrialFields {
  serviceId: string;
  teamId: string;
  day: Day;
  /** On the team's wall clock, `HH:MM`. */
  time: string;
  isEmergency: boolean;
}

export function visitOf({ serviceId, teamId, day, time, isEmergency }: TrialFields): SampleVisit {
  return {
    serviceId,
    teamId: teamId === "" ? null : teamId,
    startsAt: `${day}T${time}`,
    bookingType: isEmergency ? "emergency" : "standard",
  };
}

function resultOf(told: Schemas["PromoSimulation"]): TrialResult {
  const code = told.refusal?.code;
  return {
    without: told.without,
    with: told.with ?? null,
    saved: told.saved ?? null,
    refusal: typeof code === "string" ? code : null,
    faults: [],
  };
}

/** What a promo that is stored does to the price of a visit. */
export async function tryStored(promoId: string, visit: SampleVisit): Promise<TrialResult> {
  const params = { path: { id: promoId } };
  const path = "/api/admin/promos/{id}/simulate";
  return resultOf(await unwrap(api.POST(path, { params, body: visit })));
}

/** What a promo that is not stored yet would do, or what keeps it from being stored. */
export async function tryDraft(
  promo: PromoFields,
  replaces: string | undefined,
  visit: SampleVisit,
): Promise<TrialResult> {
  const body = { promo, visit, replaces: replaces ?? null };
  const { errors, simulation } = await unwrap(api.POST("/api/admin/promos/preview", { body }));
  const faults = errors.map(({ pointer, detail }) => ({
    pointer: String(pointer),
    detail: String(detail),
  }));
  if (simulation != null) return { ...resultOf(simulation), faults };
  return { without: null, with: null, saved: null, refusal: null, faults };
}

/** What a visit costs without any promo, as a client would be told. */
export async function tryPlain(visit: SampleVisit): Promise<TrialResult> {
  const without = await unwrap(api.POST("/api/pricing", { body: visit }));
  return { without, with: null, saved: null, refusal: null, faults: [] };
}

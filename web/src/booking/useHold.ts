import { useCallback, useEffect, useState } from "react";

import type { OpenSlot } from "./availability";
import type { Choice } from "./choice";
import { type Schemas, api, change, newKey, unwrap } from "../api";

/** A place that is kept for this tab. */
export interface Hold {
  id: string;
  token: string | undefined;
  expiresAt: string;
  extendableUntil: string;
  startsAt: string;
  endsAt: string;
  teamId: string;
  memberId: string | undefined;
  serviceId: string;
}

/** The held place as a start to choose, which no answer of the server lists any more. */
export function slotOf({ startsAt, endsAt, teamId }: Hold): OpenSlot {
  return { startsAt, endsAt, teamId, remaining: 1, price: undefined };
}

export interface Place {
  serviceId: string;
  startsAt: string;
  teamId: string;
  memberId: string | undefined;
  isEmergency: boolean;
}

const STORAGE_KEY = "daybook.hold";

/** The last hold of this tab, which may be over. */
function last(): Hold | undefined {
  try {
    return (JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? "null") as Hold | null) ?? undefined;
  } catch {
    return undefined;
  }
}

function load(): Hold | undefined {
  const stored = last();
  return isKept(stored) ? stored : undefined;
}

function save(hold: Hold | undefined): void {
  if (hold === undefined) sessionStorage.removeItem(STORAGE_KEY);
  else sessionStorage.setItem(STORAGE_KEY, JSON.stringify(hold));
}

function holdOf(view: Schemas["HoldView"], place: Place): Hold {
  return {
    id: view.id,
    token: view.token ?? undefined,
    expiresAt: view.expiresAt,
    extendableUntil: view.extendableUntil,
    startsAt: place.startsAt,
    endsAt: view.endsAt,
    teamId: place.teamId,
    memberId: place.memberId,
    serviceId: place.serviceId,
  };
}

/** A guest shows the token that came with the hold; an account is known by its session. */
function headersOf(hold: Hold): Record<string, string> {
  const key = change(newKey());
  return hold.token === undefined ? key : { ...key, Authorization: `Bearer ${hold.token}` };
}

function isFor(hold: Hold, place: Omit<Place, "isEmergency">): boolean {
  return (
    hold.serviceId === place.serviceId &&
    Date.parse(hold.startsAt) === Date.parse(place.startsAt) &&
    hold.teamId === place.teamId &&
    hold.memberId === place.memberId
  );
}

/** Whether it is the chosen place that is kept. */
export function isHoldOf(hold: Hold, serviceId: string, choice: Choice): boolean {
  const { startsAt = "", teamId = "", memberId } = choice;
  return isFor(hold, { serviceId, startsAt, teamId, memberId });
}

/** Keeps the chosen place while a person types. One place per tab. */
export function useHold() {
  const [hold, setHold] = useState(load);

  // Whoever shows the place has to know when it is not kept any more.
  useEffect(() => {
    const leftMs = hold === undefined ? 0 : Date.parse(hold.expiresAt) - Date.now();
    if (leftMs <= 0) return undefined;
    const timer = setTimeout(() => setHold((known) => known && { ...known }), leftMs);
    return () => clearTimeout(timer);
  }, [hold]);

  const put = useCallback((next: Hold | undefined) => {
    save(next);
    setHold(next);
  }, []);

  /** Gives the place back. Failing is no matter: it ends by itself. */
  const release = useCallback(async () => {
    // One that is over by our clock may stand in the way for another moment by the server's.
    const held = last();
    if (held === undefined) return put(undefined);
    const parameters = { path: { id: held.id }, header: change(newKey()) };
    await api
      .DELETE("/api/portal/holds/{id}", { params: parameters, headers: headersOf(held) })
      .catch(() => undefined);
    // Only now: whoever waits for the place to be free must not look before it is.
    put(undefined);
  }, [put]);

  /** Holds a place, and gives back the one before. */
  const keep = useCallback(
    async (place: Place) => {
      const held = load();
      if (held !== undefined && isFor(held, place)) return held;
      await release();
      const body: Schemas["NewHold"] = {
        serviceId: place.serviceId,
        startsAt: place.startsAt,
        teamId: place.teamId,
        bookingType: place.isEmergency ? "emergency" : "standard",
        ...(place.memberId === undefined ? {} : { teamMemberId: place.memberId }),
      };
      const parameters = { header: change(newKey()) };
      const view = await unwrap(api.POST("/api/portal/holds", { params: parameters, body }));
      const next = holdOf(view, place);
      put(next);
      return next;
    },
    [put, release],
  );

  const extend = useCallback(async () => {
    const held = load();
    if (held === undefined) return;
    const view = await unwrap(
      api.POST("/api/portal/holds/{id}/extend", {
        params: { path: { id: held.id }, header: change(newKey()) },
        headers: headersOf(held),
      }),
    );
    put({ ...held, expiresAt: view.expiresAt, extendableUntil: view.extendableUntil });
  }, [put]);

  /** The hold has become a booking, or has ended: there is nothing to give back. */
  const forget = useCallback(() => put(undefined), [put]);

  return { hold, keep, extend, release, forget };
}

export type HoldControl = ReturnType<typeof useHold>;

/** Whether the place is kept at this moment. */
export function isKept(hold: Hold | undefined): hold is Hold {
  return hold !== undefined && Date.parse(hold.expiresAt) > Date.now();
}

/** Milliseconds until an instant, told every second; `undefined` without one. */
export function useRemainingMs(until: string | undefined): number | undefined {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (until === undefined) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    setNow(Date.now());
    return () => clearInterval(timer);
  }, [until]);
  return until === undefined ? undefined : Math.max(0, Date.parse(until) - now);
}

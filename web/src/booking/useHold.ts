import { useCallback, useEffect, useState } from "react";

import type { OpenSlot } from "./availability";
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

function load(): Hold | undefined {
  try {
    const stored = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? "null") as Hold | null;
    return stored !== null && Date.parse(stored.expiresAt) > Date.now() ? stored : undefined;
  } catch {
    return undefined;
  }
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

function isFor(hold: Hold, place: Place): boolean {
  return (
    hold.serviceId === place.serviceId &&
    Date.parse(hold.startsAt) === Date.parse(place.startsAt) &&
    hold.teamId === place.teamId &&
    hold.memberId === place.memberId
  );
}

/** Keeps the chosen place while a person types. One place per tab. */
export function useHold() {
  const [hold, setHold] = useState(load);

  const put = useCallback((next: Hold | undefined) => {
    save(next);
    setHold(next);
  }, []);

  /** Gives the place back. Failing is no matter: it ends by itself. */
  const release = useCallback(async () => {
    const held = load();
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

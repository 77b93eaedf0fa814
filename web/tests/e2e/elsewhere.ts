/** What other people do meanwhile: clients elsewhere, and staff at their desk. No browser needed. */

import { expect } from "vitest";

import { tokenOf } from "../../src/portal/links";
import { PASSWORD } from "./harness";

/** More bookings than one start can have at all teams together. */
const TRIES_MAX = 80;

interface Listed {
  id: string;
  slug: string;
  price: { amount: number; currency: string };
}

/** A booking as far as whoever made it elsewhere needs it. */
export interface Made {
  id: string;
  rev: number;
  reference: string;
  token: string;
}

interface Answered {
  status: number;
  body: { id: string; rev: number; reference: string; code?: string; links: { manage: string } };
}

export async function serviceOf(api: string, slug: string): Promise<Listed> {
  const answer = await fetch(`${api}/api/portal/services`);
  const { items } = (await answer.json()) as { items: Listed[] };
  const found = items.find((one) => one.slug === slug);
  if (found === undefined) throw new Error(`the demo has no ${slug}`);
  return found;
}

/** Sends a booking of somebody else; under a key of one's own where that matters. */
export async function order(
  api: string,
  body: object,
  key: string = crypto.randomUUID(),
): Promise<Answered> {
  const answer = await fetch(`${api}/api/portal/service-requests`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": key },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Answered["body"] };
}

interface Place {
  serviceId: string;
  startsAt: string;
  teamId: string;
}

/** Books a start of one team until nobody is left to come. */
export async function takeStart(api: string, place: Place): Promise<Made[]> {
  const made: Made[] = [];
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const client = { name: "Somebody Else", email: `other-${tries}@example.com` };
    const { status, body } = await order(api, { ...place, client });
    if (status === 409) return made;
    expect([status, body.code]).toEqual([201, undefined]);
    const token = tokenOf(body.links.manage) ?? "";
    made.push({ id: body.id, rev: body.rev, reference: body.reference, token });
  }
  throw new Error("the start is never full");
}

/** The place that an address of the wizard shows. */
export async function placeAt(api: string, shown: string): Promise<Place> {
  const { pathname, searchParams } = new URL(shown);
  const service = await serviceOf(api, pathname.split("/").at(-1) ?? "");
  return {
    serviceId: service.id,
    startsAt: searchParams.get("slot") ?? "",
    teamId: searchParams.get("team") ?? "",
  };
}

/** Books the start that the page shows until nobody is left to come. */
export async function takeAll(api: string, shown: string): Promise<Made[]> {
  return takeStart(api, await placeAt(api, shown));
}

interface TeamDay {
  date: string;
  teamId: string;
  slots: { startsAt: string }[];
}

/** What can be booked of a service on some days. */
export async function daysOf(
  api: string,
  serviceId: string,
  from: string,
  days = 1,
): Promise<TeamDay[]> {
  const query = `serviceId=${serviceId}&from=${from}&days=${days}`;
  const answer = await fetch(`${api}/api/bookings/availability?${query}`);
  return ((await answer.json()) as { days: TeamDay[] }).days;
}

/** Books a start at every team that has it, until it is gone. Answers how many it took. */
export async function takeEverywhere(
  api: string,
  serviceId: string,
  startsAt: string,
): Promise<number> {
  const days = await daysOf(api, serviceId, startsAt.slice(0, 10));
  let taken = 0;
  const at = Date.parse(startsAt);
  const having = days.filter(({ slots }) => slots.some((slot) => Date.parse(slot.startsAt) === at));
  for (const { teamId } of having) {
    taken += (await takeStart(api, { serviceId, teamId, startsAt })).length;
  }
  return taken;
}

/** Changes a booking, as its client does by its link. Answers the revision that it has then. */
export async function change(
  api: string,
  { id, rev, token }: Pick<Made, "id" | "rev" | "token">,
  action: "cancel" | "reschedule",
  body: object = {},
): Promise<number> {
  const answer = await fetch(`${api}/api/portal/service-requests/${id}/${action}`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "Idempotency-Key": crypto.randomUUID(),
      "If-Match": `"${rev}"`,
      Authorization: `Bearer ${token}`,
    },
    body: JSON.stringify(body),
  });
  const told = (await answer.json()) as { rev: number; code?: string };
  expect([answer.status, told.code]).toEqual([200, undefined]);
  return told.rev;
}

/** An admin at another machine. */
export async function atOffice(api: string) {
  const login = await fetch(`${api}/api/auth/login`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email: "admin@daybook.example", password: PASSWORD }),
  });
  expect(login.status).toBe(200);
  const cookie = login.headers.getSetCookie().map((one) => one.split(";")[0]);
  const headers = { Cookie: cookie.join("; "), Origin: api, "Sec-Fetch-Site": "same-origin" };
  return {
    /** Says how much a team can take on a day. */
    limitDay: async (teamId: string, date: string, limit: number) => {
      const answer = await fetch(`${api}/api/admin/capacity/${teamId}/${date}`, {
        method: "PUT",
        headers: {
          ...headers,
          "Content-Type": "application/json",
          "Idempotency-Key": crypto.randomUUID(),
        },
        body: JSON.stringify({ limit, reserve: 0, reason: "A van is at the garage" }),
      });
      expect([answer.status, answer.ok ? "" : await answer.text()]).toEqual([200, ""]);
    },
    /** Changes parts of a service. */
    changeService: async (slug: string, change: object) => {
      const { id } = await serviceOf(api, slug);
      const path = `${api}/api/admin/services/${id}`;
      const read = await fetch(path, { headers });
      const { rev } = (await read.json()) as { rev: number };
      const answer = await fetch(path, {
        method: "PATCH",
        headers: {
          ...headers,
          "Content-Type": "application/json",
          "Idempotency-Key": crypto.randomUUID(),
          "If-Match": `"${rev}"`,
        },
        body: JSON.stringify(change),
      });
      expect([answer.status, answer.ok ? "" : await answer.text()]).toEqual([200, ""]);
    },
  };
}

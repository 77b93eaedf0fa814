/** What other people do meanwhile: clients elsewhere, and staff at their desk. No browser needed. */

import { expect } from "vitest";

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
    const token = new URL(body.links.manage, api).hash.replace("#token=", "");
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

/** Calls a booking off, as its client does by its link. */
export async function callOff(api: string, { id, rev, token }: Made): Promise<void> {
  const answer = await fetch(`${api}/api/portal/service-requests/${id}/cancel`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "Idempotency-Key": crypto.randomUUID(),
      "If-Match": `"${rev}"`,
      Authorization: `Bearer ${token}`,
    },
    body: "{}",
  });
  expect([answer.status, answer.ok ? "" : await answer.text()]).toEqual([200, ""]);
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

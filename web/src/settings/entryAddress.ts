/** Where an entry's form is opened again. */

import type { Entry } from "../offline";

interface Named {
  id: string;
  slug: string;
}

/** Entries whose person has to choose another time first. */
const CHOOSES_TIME: readonly Entry["status"][] = ["conflict", "expired"];

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** `weekly.1.6`, as the wizard's address says it. */
function repeatOf(recurrence: unknown): string | undefined {
  if (typeof recurrence !== "object" || recurrence === null) return undefined;
  const { frequency, interval, count } = recurrence as Record<string, unknown>;
  const isKnown = typeof frequency === "string" && typeof count === "number";
  return isKnown
    ? `${frequency}.${typeof interval === "number" ? interval : 1}.${count}`
    : undefined;
}

/**
 * The address of the form that made `entry`, filled in as far as an address can be.
 *
 * @param services what can be booked, as far as it is known
 */
export function formAddress(entry: Entry, services: readonly Named[]): string {
  const { request, kind } = entry;
  if (request === null) return "/book";
  if (kind !== "booking" && kind !== "waitlist") {
    const id = /service-requests\/([\w-]+)\//.exec(request.url)?.[1];
    return id === undefined ? "/portal/bookings" : `/portal/bookings/${id}`;
  }
  const body = (request.body ?? {}) as Record<string, unknown>;
  const service = services.find(({ id }) => id === body.serviceId);
  if (service === undefined) return "/book";
  const startsAt = text(body.startsAt);
  const values: [string, string | undefined][] = [
    ["step", CHOOSES_TIME.includes(entry.status) || startsAt === undefined ? "time" : "details"],
    ["member", text(body.teamMemberId)],
    ["zone", request.about.timeZone],
    ["date", startsAt?.slice(0, 10) ?? text(body.date)],
    ["slot", startsAt],
    ["team", text(body.teamId)],
    ["recur", repeatOf(body.recurrence)],
    ["edit", entry.id],
  ];
  const search = new URLSearchParams();
  for (const [name, value] of values) if (value !== undefined) search.set(name, value);
  return `/book/${service.slug}?${search.toString()}`;
}

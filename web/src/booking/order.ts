import type { Schemas } from "../api";
import type { Choice } from "./choice";
import type { Details } from "./details";

/** How a booking is paid. */
export type PayMethod = "card" | "cod";

/** The document gives the method of payment the name, and so the shape, of what answers say of it. */
export type CreateBody = Omit<Schemas["CreateServiceRequest"], "paymentMethod"> & {
  paymentMethod: PayMethod;
};

/** A visit of a series that is booked at another time than the rule says. */
export interface MovedVisit {
  index: number;
  startsAt: string;
  teamId: string;
  teamMemberId?: string | null | undefined;
}

export interface OrderParts {
  serviceId: string;
  choice: Choice;
  details: Details;
  /** Where the person is. */
  timeZone: string;
  locale: string;
  hold: { id: string; token?: string | null | undefined } | undefined;
  previewToken: string | undefined;
  /** The price that was promised. */
  quoteToken: string | undefined;
  method?: PayMethod;
}

function clientOf(details: Details): Schemas["ClientForm"] {
  const text = (value: string) => (value.trim() === "" ? null : value.trim());
  return {
    name: details.name.trim(),
    email: details.email.trim(),
    phone: text(details.phone),
    address: text(details.address),
  };
}

/** What is sent to book: nothing that was not chosen, and nothing twice. */
export function orderOf(parts: OrderParts): CreateBody {
  const { choice, details, hold } = parts;
  const body: CreateBody = {
    serviceId: parts.serviceId,
    startsAt: choice.startsAt ?? "",
    bookingType: choice.isEmergency ? "emergency" : "standard",
    paymentMethod: parts.method ?? "cod",
    client: clientOf(details),
    timeZone: parts.timeZone,
    locale: parts.locale,
  };
  if (choice.teamId !== undefined) body.teamId = choice.teamId;
  if (choice.memberId !== undefined) body.teamMemberId = choice.memberId;
  if (details.notes.trim() !== "") body.notes = details.notes.trim();
  if (choice.isEmergency) {
    body.emergency = {
      description: details.description.trim(),
      address: details.address.trim(),
      phone: details.phone.trim(),
    };
  }
  if (parts.quoteToken !== undefined) body.quoteToken = parts.quoteToken;
  if (choice.repeat !== undefined) {
    body.recurrence = { ...choice.repeat };
    body.onConflict = "skip";
    if (parts.previewToken !== undefined) body.previewToken = parts.previewToken;
  } else if (hold !== undefined) {
    body.holdId = hold.id;
    if (typeof hold.token === "string") body.holdToken = hold.token;
  }
  return body;
}

/** A visit that leaves the series, booked on its own. */
export function movedOrderOf(parts: OrderParts, moved: MovedVisit): CreateBody {
  const alone: Choice = {
    ...parts.choice,
    repeat: undefined,
    startsAt: moved.startsAt,
    teamId: moved.teamId,
    memberId: moved.teamMemberId ?? undefined,
  };
  return orderOf({
    ...parts,
    choice: alone,
    hold: undefined,
    previewToken: undefined,
    quoteToken: undefined,
    method: "cod",
  });
}

/**
 * How `service` can be paid. By card only what is one visit that costs something and is no
 * emergency: those are looked at before anything else.
 */
export function methodsFor(
  service: object,
  choice: Pick<Choice, "repeat" | "isEmergency">,
  total: number,
): PayMethod[] {
  // The document does not name it everywhere yet: a server that says nothing takes no cards.
  const told: unknown = "paymentMethods" in service ? service.paymentMethods : undefined;
  const takesCards = Array.isArray(told) && told.includes("card");
  const isOneVisit = choice.repeat === undefined && !choice.isEmergency;
  return takesCards && isOneVisit && total > 0 ? ["card", "cod"] : ["cod"];
}

/** What a person types. Kept until the booking is made, so that going back loses nothing. */
export interface Details {
  name: string;
  email: string;
  phone: string;
  address: string;
  notes: string;
  /** What happened: for emergencies alone. */
  description: string;
}

export const NO_DETAILS: Details = {
  name: "",
  email: "",
  phone: "",
  address: "",
  notes: "",
  description: "",
};

/** What was typed for an order that is opened again. Anything that is no text is left out. */
export function detailsOf(order: unknown): Details {
  const member = (from: unknown, name: string): unknown =>
    typeof from === "object" && from !== null ? (from as Record<string, unknown>)[name] : undefined;
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  const client = member(order, "client");
  return {
    name: text(member(client, "name")),
    email: text(member(client, "email")),
    phone: text(member(client, "phone")),
    address: text(member(client, "address")),
    notes: text(member(order, "notes")),
    description: "",
  };
}

export type DetailError = "needed" | "mail" | "long" | "phone";
export type DetailErrors = Partial<Record<keyof Details, DetailError>>;

/** The server's limits, in characters. */
const CHARS_MAX: Record<keyof Details, number> = {
  name: 120,
  email: 254,
  phone: 40,
  address: 500,
  notes: 4_000,
  description: 4_000,
};

const PHONE_CHARS_MIN = 3;

function isMail(text: string): boolean {
  const at = text.lastIndexOf("@");
  return at > 0 && at < text.length - 1 && !/\s/.test(text);
}

/** What is wrong with what was typed, by the rules that the server will apply. */
export function checkDetails(details: Details, isEmergency: boolean): DetailErrors {
  const errors: DetailErrors = {};
  const needed: (keyof Details)[] = isEmergency
    ? ["name", "email", "phone", "address", "description"]
    : ["name", "email"];
  for (const name of Object.keys(CHARS_MAX) as (keyof Details)[]) {
    if (details[name].trim().length > CHARS_MAX[name]) errors[name] = "long";
  }
  for (const name of needed) {
    if (details[name].trim() === "") errors[name] = "needed";
  }
  if (errors.email === undefined && !isMail(details.email.trim())) errors.email = "mail";
  const phone = details.phone.trim();
  if (phone !== "" && phone.length < PHONE_CHARS_MIN) errors.phone = "phone";
  return errors;
}

const STORAGE_KEY = "daybook.details";

/** What was typed before in this tab. */
export function loadDetails(storage: Storage): Details {
  try {
    const stored: unknown = JSON.parse(storage.getItem(STORAGE_KEY) ?? "{}");
    return typeof stored === "object" ? { ...NO_DETAILS, ...stored } : NO_DETAILS;
  } catch {
    return NO_DETAILS;
  }
}

export function saveDetails(storage: Storage, details: Details): void {
  try {
    storage.setItem(STORAGE_KEY, JSON.stringify(details));
  } catch {
    // A full or forbidden storage costs comfort, not the booking.
  }
}

export function forgetDetails(storage: Storage): void {
  storage.removeItem(STORAGE_KEY);
}

/**
 * Bookings that somebody made here without an account. Whoever has a booking's link may see and
 * change it, so this device keeps the links, and forgets them with the rest of its storage.
 */
export interface KnownLink {
  id: string;
  token: string;
  /** When it was learned, in milliseconds since the epoch. */
  at: number;
}

const STORAGE_KEY = "daybook.links";
const LINKS_MAX = 30;

function isLink(value: unknown): value is KnownLink {
  return typeof value === "object" && value !== null && "id" in value && "token" in value;
}

export function knownLinks(storage: Storage): KnownLink[] {
  try {
    const stored: unknown = JSON.parse(storage.getItem(STORAGE_KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter(isLink) : [];
  } catch {
    return [];
  }
}

/** Keeps a link; the oldest ones give way. */
export function rememberLink(storage: Storage, link: KnownLink): void {
  const others = knownLinks(storage).filter((known) => known.id !== link.id);
  try {
    storage.setItem(STORAGE_KEY, JSON.stringify([link, ...others].slice(0, LINKS_MAX)));
  } catch {
    // The mail that confirms the booking has the link, too.
  }
}

export function forgetLink(storage: Storage, id: string): void {
  const others = knownLinks(storage).filter((known) => known.id !== id);
  storage.setItem(STORAGE_KEY, JSON.stringify(others));
}

/** The token in a booking's `manage` link: what follows `/c/`. */
export function tokenOf(manage: string): string | undefined {
  return /\/c\/([\w.~-]+)/.exec(manage)?.[1];
}

/** Where a booking is shown. The token is in the fragment, which browsers never send. */
export function pathOf(id: string, token?: string): string {
  return `/portal/bookings/${id}${token === undefined ? "" : `#token=${token}`}`;
}

import { NO_FILTER, readFilter, writeFilter, type RequestFilter } from "./filters";

/** A view that comes with the product; `key` names its label. */
export interface BuiltInView {
  key: "all" | "attention" | "today" | "emergency" | "waiting" | "unpaid" | "failed";
  filter: RequestFilter;
}

export const BUILT_IN_VIEWS: readonly BuiltInView[] = [
  { key: "all", filter: NO_FILTER },
  {
    key: "attention",
    filter: { ...NO_FILTER, statuses: ["held", "pending"], sort: "startsAt" },
  },
  { key: "today", filter: { ...NO_FILTER, range: "today", sort: "startsAt" } },
  { key: "emergency", filter: { ...NO_FILTER, range: "week", isEmergency: true } },
  { key: "waiting", filter: { ...NO_FILTER, statuses: ["waitlisted"], sort: "startsAt" } },
  {
    key: "unpaid",
    filter: { ...NO_FILTER, statuses: ["completed"], payment: "cod_due", sort: "-startsAt" },
  },
  { key: "failed", filter: { ...NO_FILTER, payment: "failed" } },
];

/** A view that somebody made; kept on this device. */
export interface SavedView {
  name: string;
  /** The filter as it is in the address. */
  search: string;
}

/** Most views of one's own. */
export const SAVED_VIEWS_MAX = 20;
/** Longest name of a view. */
export const VIEW_NAME_CHARS_MAX = 40;

const STORAGE_KEY = "daybook.admin.views";

/** Whether two filters show the same. */
export function isSameFilter(one: RequestFilter, other: RequestFilter): boolean {
  return writeFilter(one).toString() === writeFilter(other).toString();
}

/** Reads what was kept; what cannot be read is as if there were nothing. */
export function readViews(storage: Pick<Storage, "getItem">): SavedView[] {
  const text = storage.getItem(STORAGE_KEY);
  if (text === null) return [];
  try {
    const kept: unknown = JSON.parse(text);
    return Array.isArray(kept) ? kept.filter(isSavedView).slice(0, SAVED_VIEWS_MAX) : [];
  } catch {
    return [];
  }
}

export function writeViews(storage: Pick<Storage, "setItem">, views: readonly SavedView[]): void {
  storage.setItem(STORAGE_KEY, JSON.stringify(views.slice(0, SAVED_VIEWS_MAX)));
}

/** `views` with one more; one of the same name is replaced. */
export function withView(
  views: readonly SavedView[],
  name: string,
  filter: RequestFilter,
): SavedView[] {
  const kept = views.filter((view) => view.name !== name);
  return [...kept, { name, search: writeFilter(filter).toString() }].slice(-SAVED_VIEWS_MAX);
}

export function filterOf(view: SavedView): RequestFilter {
  return readFilter(new URLSearchParams(view.search));
}

function isSavedView(value: unknown): value is SavedView {
  if (typeof value !== "object" || value === null) return false;
  const view = value as Partial<Record<keyof SavedView, unknown>>;
  return typeof view.name === "string" && typeof view.search === "string";
}

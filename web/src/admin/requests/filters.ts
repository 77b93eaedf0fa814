import { PAYMENT_STATUSES, type PaymentStatus } from "../../ui/payment";
import { isDay, type Day } from "../lib/days";
import { STATUSES, type Status } from "./steps";

export const SORTS = ["-createdAt", "createdAt", "startsAt", "-startsAt"] as const;
export type Sort = (typeof SORTS)[number];

export const PAYMENTS = PAYMENT_STATUSES;
export type PaymentFilter = PaymentStatus;

/** Days given by what they mean, so that a saved view is right tomorrow as well. */
export const RANGES = ["today", "tomorrow", "week"] as const;
export type Range = (typeof RANGES)[number];

/** What the table shows. Lives in the address, so that it can be shared and bookmarked. */
export interface RequestFilter {
  statuses: readonly Status[];
  payment?: PaymentFilter | undefined;
  teamId?: string | undefined;
  serviceId?: string | undefined;
  memberId?: string | undefined;
  range?: Range | undefined;
  from?: Day;
  to?: Day;
  q?: string;
  sort: Sort;
  /** Emergencies only. */
  isEmergency: boolean;
}

export const DEFAULT_SORT: Sort = "-createdAt";

export const NO_FILTER: RequestFilter = { statuses: [], sort: DEFAULT_SORT, isEmergency: false };

/** Longest text that the server looks for. */
export const SEARCH_CHARS_MAX = 120;

function oneOf<T extends string>(values: readonly T[], text: string | null): T | undefined {
  return values.find((value) => value === text);
}

function id(text: string | null): string | undefined {
  return text !== null && /^[0-9a-f-]{36}$/i.test(text) ? text : undefined;
}

function day(text: string | null): Day | undefined {
  return text !== null && isDay(text) ? text : undefined;
}

/** Reads an address. What it does not understand is left out, never guessed. */
export function readFilter(params: URLSearchParams): RequestFilter {
  const names = (params.get("status") ?? "").split(",");
  const q = params.get("q")?.trim().slice(0, SEARCH_CHARS_MAX);
  return prune({
    statuses: STATUSES.filter((status) => names.includes(status)),
    payment: oneOf(PAYMENTS, params.get("payment")),
    teamId: id(params.get("team")),
    serviceId: id(params.get("service")),
    memberId: id(params.get("member")),
    range: oneOf(RANGES, params.get("range")),
    from: day(params.get("from")),
    to: day(params.get("to")),
    q: q === "" ? undefined : q,
    sort: oneOf(SORTS, params.get("sort")) ?? DEFAULT_SORT,
    isEmergency: params.get("type") === "emergency",
  });
}

/** Writes an address: nothing for what is as usual, always in the same order. */
export function writeFilter(filter: RequestFilter): URLSearchParams {
  const params = new URLSearchParams();
  const put = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== "") params.set(name, value);
  };
  put("status", filter.statuses.join(","));
  put("payment", filter.payment);
  put("team", filter.teamId);
  put("service", filter.serviceId);
  put("member", filter.memberId);
  put("range", filter.range);
  put("from", filter.range === undefined ? filter.from : undefined);
  put("to", filter.range === undefined ? filter.to : undefined);
  put("q", filter.q);
  put("type", filter.isEmergency ? "emergency" : undefined);
  put("sort", filter.sort === DEFAULT_SORT ? undefined : filter.sort);
  return params;
}

/** What the server is asked for. */
export interface RequestQuery {
  status?: string;
  paymentStatus?: string;
  teamId?: string | undefined;
  serviceId?: string | undefined;
  memberId?: string | undefined;
  bookingType?: "emergency";
  from?: Day;
  to?: Day;
  q?: string;
  sort?: string;
}

/** `filter` as the server reads it; `today` is the day that relative ranges begin from. */
export function queryOf(
  filter: RequestFilter,
  today: Day,
  addDays: (day: Day, count: number) => Day,
): RequestQuery {
  const [from, to] = daysOf(filter, today, addDays);
  return prune({
    status: filter.statuses.length > 0 ? filter.statuses.join(",") : undefined,
    paymentStatus: filter.payment,
    teamId: filter.teamId,
    serviceId: filter.serviceId,
    memberId: filter.memberId,
    bookingType: filter.isEmergency ? "emergency" : undefined,
    from,
    to,
    q: filter.q,
    sort: filter.sort === DEFAULT_SORT ? undefined : filter.sort,
  });
}

function daysOf(
  filter: RequestFilter,
  today: Day,
  addDays: (day: Day, count: number) => Day,
): [Day | undefined, Day | undefined] {
  switch (filter.range) {
    case "today":
      return [today, today];
    case "tomorrow":
      return [addDays(today, 1), addDays(today, 1)];
    case "week":
      return [today, addDays(today, 6)];
    case undefined:
      return [filter.from, filter.to];
  }
}

/** How many parts of the filter are not as usual. */
export function activeCount(filter: RequestFilter): number {
  return [...writeFilter(filter).keys()].filter((name) => name !== "sort").length;
}

function prune<T extends object>(value: T): T {
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(entries) as T;
}

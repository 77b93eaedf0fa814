import { ProblemError, type Schemas, readProblem } from "../api";
import type { Money } from "../i18n/formats";
import type { Choice } from "./choice";
import type { Service } from "./useCatalogue";

/** One reason for a price, and what it comes to, in minor units of the total's currency. */
export interface PriceLine {
  code: string;
  label: string;
  amount: number;
}

export interface PriceLines {
  total: Money;
  lines: PriceLine[];
  /** Codes that were taken off. */
  promos: string[];
  tax?: { rate: number | string; mode: string; net: number; tax: number };
  rate?: { from: string; to: string; rate: string | null; source: string; day: string };
}

/** A price that is promised until `expiresAt` to whoever books with its token. */
export interface Quote extends PriceLines {
  occurrences?: (PriceLines & { index: number; startsAt: string })[];
  expiresAt: string;
  token: string;
}

/** What a price is asked for. */
export interface QuoteWish {
  serviceId: string;
  startsAt: string;
  teamId?: string;
  bookingType: "standard" | "emergency";
  promoCode?: string;
  recurrence?: Schemas["RecurrenceForm"];
}

const NOT_FOUND = 404;

export function wishOf(serviceId: string, choice: Choice, promoCode: string): QuoteWish {
  const wish: QuoteWish = {
    serviceId,
    startsAt: choice.startsAt ?? "",
    bookingType: choice.isEmergency ? "emergency" : "standard",
  };
  if (choice.teamId !== undefined) wish.teamId = choice.teamId;
  if (promoCode !== "") wish.promoCode = promoCode;
  if (choice.repeat !== undefined) wish.recurrence = { ...choice.repeat };
  return wish;
}

/** Asks for a price. `null` from a server that sells at the price of the catalogue. */
export async function fetchQuote(wish: QuoteWish): Promise<Quote | null> {
  const answer = await fetch("/api/pricing", {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(wish),
  });
  const body: unknown = await answer.json().catch(() => undefined);
  if (answer.ok) return body as Quote;
  const problem = readProblem(answer.status, body);
  if (answer.status === NOT_FOUND && problem.code === "not-found") return null;
  throw new ProblemError(problem);
}

/** What some visits of a series cost together: lines with the same reason are added up. */
export function sumLines(visits: readonly PriceLines[], currency: string): PriceLines {
  const lines = new Map<string, PriceLine>();
  for (const line of visits.flatMap((visit) => visit.lines)) {
    const name = `${line.code} ${line.label}`;
    const known = lines.get(name);
    lines.set(name, known ? { ...known, amount: known.amount + line.amount } : { ...line });
  }
  const taxes = visits.flatMap(({ tax }) => (tax === undefined ? [] : [tax]));
  const [tax] = taxes;
  const sum = (amounts: number[]) => amounts.reduce((all, amount) => all + amount, 0);
  return {
    total: { amount: sum(visits.map(({ total }) => total.amount)), currency },
    lines: [...lines.values()],
    promos: [...new Set(visits.flatMap(({ promos }) => promos))],
    ...(tax === undefined
      ? {}
      : {
          tax: {
            ...tax,
            net: sum(taxes.map((one) => one.net)),
            tax: sum(taxes.map((one) => one.tax)),
          },
        }),
    ...(visits[0]?.rate === undefined ? {} : { rate: visits[0].rate }),
  };
}

/** What of a quote is paid: all of it, or of a series the visits that can be booked. */
export function payable(quote: Quote, bookable: ReadonlySet<number> | undefined): PriceLines {
  const { occurrences } = quote;
  if (occurrences === undefined || occurrences.length === 0 || bookable === undefined) return quote;
  const booked = occurrences.filter(({ index }) => bookable.has(index));
  return sumLines(booked, quote.total.currency);
}

/** What is paid: as quoted, or where nothing is quoted at the price of the catalogue. */
export function priceOf(
  service: Pick<Service, "price">,
  quote: Quote | undefined,
  bookable: ReadonlySet<number> | undefined,
): PriceLines {
  if (quote !== undefined) return payable(quote, bookable);
  const { currency, amount } = service.price;
  const sum = amount * (bookable?.size ?? 1);
  const base = { code: "base", label: "", amount: sum };
  return { total: { amount: sum, currency }, lines: [base], promos: [] };
}

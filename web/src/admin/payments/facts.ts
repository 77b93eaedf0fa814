import type { Money } from "../../i18n/formats";

/** Kinds of facts that there are words for. */
export const FACT_KINDS = [
  "agreed",
  "collected",
  "attempt",
  "received",
  "refund",
  "dispute",
  "doubt",
] as const;

/** How a page, a refund or a dispute stands, and what is in doubt, as far as there are words. */
export const FACT_STATES = [
  "asked",
  "refused",
  "open",
  "expired",
  "complete-unpaid",
  "complete-paid",
  "pending",
  "succeeded",
  "failed",
  "canceled",
  "needs-response",
  "under-review",
  "won",
  "lost",
  "amount-differs",
  "names-another-booking",
  "paid-more-than-once",
] as const;

/** Something that is known about the money for a booking. */
export interface Fact {
  kind: string;
  at: string | undefined;
  amount: Money | undefined;
  /** The account of whoever said so. */
  by: string | undefined;
  /** How it stands, for what has states of its own. */
  state: string | undefined;
  /** Which attempt to pay it belongs to, from 1. */
  attempt: number | undefined;
  /** The provider's name for it. */
  id: string | undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Reads a fact as the server tells it; `undefined` for what is none. */
export function readFact(told: unknown): Fact | undefined {
  if (typeof told !== "object" || told === null) return undefined;
  const fact = told as Record<string, unknown>;
  const kind = text(fact.kind);
  if (kind === undefined) return undefined;
  const { amount, currency, attempt } = fact;
  const isMoney = typeof amount === "number" && typeof currency === "string";
  return {
    kind,
    at: text(fact.at) ?? text(fact.readAt),
    amount: isMoney ? { amount, currency } : undefined,
    by: text(fact.by),
    state: text(fact.state) ?? text(fact.page) ?? text(fact.question),
    attempt: typeof attempt === "number" ? attempt : undefined,
    id: text(fact.sessionId) ?? text(fact.id),
  };
}

export function readFacts(told: readonly unknown[]): Fact[] {
  return told.flatMap((one) => readFact(one) ?? []);
}

/**
 * What came by card in `currency` and has not gone back, nor is on its way. The server decides
 * again; this spares people amounts that it would refuse.
 */
export function refundable(facts: readonly Fact[], currency: string): Money {
  const sum = (kind: string, isCounted: (fact: Fact) => boolean) =>
    facts
      .filter((fact) => fact.kind === kind && fact.amount?.currency === currency)
      .filter(isCounted)
      .reduce((all, fact) => all + (fact.amount?.amount ?? 0), 0);
  const isGone = ({ state }: Fact) => state !== "failed" && state !== "canceled";
  const left = sum("received", () => true) - sum("refund", isGone);
  return { amount: Math.max(0, left), currency };
}

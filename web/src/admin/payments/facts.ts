import type { Money } from "../../i18n/formats";

/** Kinds of facts that there are words for. */
export const FACT_KINDS = [
  "agreed",
  "collected",
  "asked",
  "paid",
  "refund",
  "dispute",
  "doubt",
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
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Reads a fact as the server tells it; `undefined` for what is none. */
export function readFact(told: unknown): Fact | undefined {
  if (typeof told !== "object" || told === null) return undefined;
  const { kind, at, amount, currency, by, state } = told as Record<string, unknown>;
  const name = text(kind);
  if (name === undefined) return undefined;
  const isMoney = typeof amount === "number" && typeof currency === "string";
  return {
    kind: name,
    at: text(at),
    amount: isMoney ? { amount, currency } : undefined,
    by: text(by),
    state: text(state),
  };
}

export function readFacts(told: readonly unknown[]): Fact[] {
  return told.flatMap((one) => readFact(one) ?? []);
}

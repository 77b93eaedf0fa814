import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { ProblemError } from "../api";
import { type Choice, type Step } from "./choice";
import { fetchQuote, wishOf } from "./quote";

/** A promise is renewed so long before it ends. */
const RENEW_BEFORE_MS = 60_000;
const RENEW_EVERY_MS_MIN = 30_000;

/** Steps that tell what the choice costs: those that follow the choice of a time. */
const PRICED_STEPS: readonly Step[] = ["repeat", "details", "payment"];

/** Whether a price was refused because of the code that was to be taken off. */
export function isPromoProblem(error: unknown): boolean {
  return error instanceof ProblemError && error.problem.code.startsWith("promo-");
}

/** The price of what is chosen, promised for a while and renewed before that ends. */
export function useQuote(serviceId: string, choice: Choice, promoCode: string) {
  const wish = wishOf(serviceId, choice, promoCode);
  return useQuery({
    queryKey: ["quote", wish],
    queryFn: () => fetchQuote(wish),
    enabled: PRICED_STEPS.includes(choice.step) && choice.startsAt !== undefined,
    placeholderData: keepPreviousData,
    staleTime: RENEW_EVERY_MS_MIN,
    refetchInterval: ({ state: { data } }) => {
      if (data == null) return false;
      const leftMs = Date.parse(data.expiresAt) - Date.now();
      return Math.max(RENEW_EVERY_MS_MIN, leftMs - RENEW_BEFORE_MS);
    },
  });
}

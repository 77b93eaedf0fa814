import type { TFunction } from "i18next";

/** How a payment can stand, as the server names it. */
export const PAYMENT_STATUSES = [
  "not_required",
  "cod_due",
  "cod_collected",
  "creating",
  "checkout_open",
  "processing",
  "paid",
  "failed",
  "expired",
  "refund_pending",
  "partially_refunded",
  "refunded",
  "refund_failed",
  "disputed",
  "dispute_lost",
  "needs_review",
] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

export function paymentStatus(status: string): PaymentStatus | undefined {
  return PAYMENT_STATUSES.find((one) => one === status);
}

/** A state in words; one that this version does not know is shown as it came. */
export function paymentWord(t: TFunction<"payment">, status: string): string {
  const known = paymentStatus(status);
  return known === undefined ? status : t(`status.${known}`);
}

/** The colour that goes with the word. Never alone. */
export function paymentColor(status: string): string {
  switch (paymentStatus(status)) {
    case "paid":
    case "cod_collected":
      return "pine";
    case "failed":
    case "refund_failed":
    case "disputed":
    case "dispute_lost":
    case "needs_review":
      return "red";
    case "creating":
    case "checkout_open":
    case "processing":
    case "refund_pending":
      return "marigold";
    default:
      return "gray";
  }
}

/** Whether the provider has the next word: what is seen now is not how it ends. */
export function isPaymentMoving(status: string): boolean {
  return ["creating", "checkout_open", "processing", "refund_pending"].includes(status);
}

import { type Schemas, api, change, newKey, unwrap } from "../api";
import { bearer } from "./useBookings";

/** How the payment for a booking stands, as its client may know it. */
export type Payment = Omit<Schemas["PaymentView"], "facts">;

/** How the payment stands, as far as the server knows. */
export function fetchPayment(id: string, token: string | undefined): Promise<Payment> {
  const params = { path: { id } };
  return unwrap(api.GET("/api/payments/{id}", { params, headers: bearer(token) }));
}

/** Has the server ask the provider first: for whoever has just come back from there. */
export function refreshPayment(id: string, token: string | undefined): Promise<Payment> {
  const headers = { ...bearer(token), ...change(newKey()) };
  return unwrap(api.POST("/api/payments/{id}/refresh", { params: { path: { id } }, headers }));
}

/** Where a booking can be paid; a new page when the last one is closed. */
export async function openCheckout(id: string, token: string | undefined): Promise<string> {
  const params = { header: change(newKey()) };
  const body = { serviceRequestId: id };
  const headers = bearer(token);
  return (await unwrap(api.POST("/api/payments/checkout", { params, headers, body }))).url;
}

/** Goes to the provider's page. Anything but a web page is no provider's. */
export function leaveFor(url: string, go: (url: string) => void = (to) => location.assign(to)) {
  const { protocol } = new URL(url);
  if (protocol !== "https:" && protocol !== "http:") throw new TypeError(`not a page: ${protocol}`);
  go(url);
}

/** Where people come back to from the provider's page. */
export function paidPath(id: string): string {
  return `/booking/${id}/paid`;
}

/** What a client is told, and can do, about a payment by card. */
export type PayState =
  | "paid"
  | "moving"
  /** The provider has not opened a page yet: it is asked for once more. */
  | "unopened"
  | "payable"
  | "again"
  | "over"
  | "returned"
  | "question";

/** What follows for the client from how booking and payment stand. */
export function payState({ requestStatus, status, checkoutUrl }: Payment): PayState {
  switch (status) {
    case "paid":
    case "partially_refunded":
    case "cod_collected":
      return "paid";
    case "refunded":
    case "refund_pending":
    case "refund_failed":
      return "returned";
    case "processing":
      return "moving";
    case "needs_review":
    case "disputed":
    case "dispute_lost":
      return "question";
    default:
      if (requestStatus !== "held") return "over";
      if (status === "failed" || status === "expired") return "again";
      if (checkoutUrl != null) return "payable";
      return status === "creating" ? "unopened" : "moving";
  }
}

/** Whether a booking waits for its client to pay by card. */
export function wantsPayment(booking: {
  status: string;
  payment: { status: string; method: string };
  offer?: unknown;
}): boolean {
  const isOffered = booking.offer != null;
  return booking.status === "held" && !isOffered && booking.payment.method === "card";
}

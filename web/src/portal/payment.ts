import { ProblemError, newKey, readProblem } from "../api";
import type { Money } from "../i18n/formats";
import { bearer } from "./useBookings";

/** How the payment for a booking stands, as its client may know it. */
export interface Payment {
  serviceRequestId: string;
  /** Of the booking itself. */
  requestStatus: string;
  status: string;
  method: string;
  due: Money;
  /** Where it can be paid now, at the provider. */
  checkoutUrl?: string | null;
  /** Until when its place is kept for that. */
  hold?: { expiresAt: string } | null;
}

const TIMEOUT_MS = 20_000;

async function ask(
  path: string,
  token: string | undefined,
  method: "GET" | "POST",
  body?: object,
): Promise<unknown> {
  const answer = await fetch(path, {
    method,
    credentials: "same-origin",
    cache: "no-store",
    headers: {
      Accept: "application/json",
      ...(method === "POST" ? { "Idempotency-Key": newKey() } : {}),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...bearer(token),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const told: unknown = await answer.json().catch(() => undefined);
  if (!answer.ok) throw new ProblemError(readProblem(answer.status, told));
  return told;
}

/** How the payment stands, as far as the server knows. */
export async function fetchPayment(id: string, token: string | undefined): Promise<Payment> {
  return (await ask(`/api/payments/${id}`, token, "GET")) as Payment;
}

/** Has the server ask the provider first: for whoever has just come back from there. */
export async function refreshPayment(id: string, token: string | undefined): Promise<Payment> {
  return (await ask(`/api/payments/${id}/refresh`, token, "POST")) as Payment;
}

/** Where a booking can be paid; a new page when the last one is closed. */
export async function openCheckout(id: string, token: string | undefined): Promise<string> {
  const body = { serviceRequestId: id };
  const told = (await ask("/api/payments/checkout", token, "POST", body)) as { url?: unknown };
  if (typeof told.url !== "string") throw new TypeError("a checkout without an address");
  return told.url;
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
export type PayState = "paid" | "moving" | "payable" | "again" | "over" | "returned" | "question";

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
      return checkoutUrl == null ? "moving" : "payable";
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

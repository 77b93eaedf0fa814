/** Card bookings made as a client's browser makes them, and the sandbox that takes the money. */

import type { Site } from "./harness";

const DAY_MS = 86_400_000;
const TRIES_MAX = 20;
const PAUSE_MS = 100;
const SERVICE = "handyman-hour";

interface Made {
  id: string;
  reference: string;
  payment: { checkoutUrl?: string; status: string };
}

export interface CardBooking {
  id: string;
  reference: string;
  /** Of the payment page; empty when there is none. */
  session: string;
}

interface Wish {
  daysAhead: number;
  paymentMethod: "card" | "cod";
  email: string;
}

/** Books a visit weeks ahead. It takes another time when its own is not offered. */
export async function bookVisit(site: Site, wish: Wish): Promise<Made> {
  const { daysAhead, paymentMethod, email } = wish;
  const services = (await (await fetch(`${site.api}/api/portal/services`)).json()) as {
    items: { id: string; slug: string }[];
  };
  const serviceId = services.items.find(({ slug }) => slug === SERVICE)?.id;
  const morning = (ahead: number) =>
    `${new Date(Date.now() + ahead * DAY_MS).toISOString().slice(0, 10)}T10:00`;
  let place: { startsAt: string; teamId?: string } = { startsAt: morning(daysAhead) };
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const answer = await fetch(`${site.api}/api/portal/service-requests`, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": crypto.randomUUID() },
      body: JSON.stringify({
        serviceId,
        ...place,
        bookingType: "standard",
        paymentMethod,
        client: { name: "Paula Payer", email },
        timeZone: "Europe/Berlin",
        locale: "en-GB",
      }),
    });
    const told = (await answer.json()) as Made & {
      alternatives?: { startsAt: string; teamId: string }[];
    };
    if (answer.ok) return told;
    if (told.alternatives === undefined) throw new Error(`cannot book: ${JSON.stringify(told)}`);
    const [other] = told.alternatives;
    place =
      other === undefined
        ? { startsAt: morning(daysAhead + tries + 1) }
        : { startsAt: other.startsAt, teamId: other.teamId };
  }
  throw new Error(`no time was free in ${TRIES_MAX} tries`);
}

/** The payment provider of a site: what has happened there, and what is to happen. */
export class Till {
  readonly #site: Site;
  /** Where the provider answers; known once a page was opened there. */
  #address = "";
  /** Each visit is on a day of its own, so that none is in another's way. */
  #daysAhead = 30;

  constructor(site: Site) {
    this.#site = site;
  }

  async book(): Promise<CardBooking> {
    const { id, reference, payment } = await this.#make();
    const url = payment.checkoutUrl;
    if (url === undefined) throw new Error(`no page to pay on: ${payment.status}`);
    this.#address = new URL(url).origin;
    return { id, reference, session: url.split("/").at(-1) ?? "" };
  }

  /** What befalls the provider's webhooks from now on. */
  weather(dropPercent: number): Promise<unknown> {
    return this.#control("weather", { dropPercent });
  }

  pay({ session }: CardBooking): Promise<unknown> {
    return this.#control(`sessions/${session}/pay`, {});
  }

  /**
   * A booking for whose page the provider's answers were lost, while a page for another amount
   * was paid in its name: a question that only a person can answer.
   */
  async bookAndPayOtherwise(amount: number): Promise<CardBooking> {
    const path = "/v1/checkout/sessions";
    await this.#control("faults", { path, kind: "broken", times: 6 });
    const { id, reference } = await this.#make();
    const names = { daybook_booking: id, daybook_attempt: "1" };
    const form = new URLSearchParams({
      mode: "payment",
      success_url: "http://localhost/",
      cancel_url: "http://localhost/",
      expires_at: String(Math.floor(Date.now() / 1_000) + 3_600),
      "line_items[0][price_data][currency]": "eur",
      "line_items[0][price_data][unit_amount]": String(amount),
      "line_items[0][price_data][product_data][name]": "Handyman hour",
      "line_items[0][quantity]": "1",
    });
    for (const [name, value] of Object.entries(names)) {
      form.set(`metadata[${name}]`, value);
      form.set(`payment_intent_data[metadata][${name}]`, value);
    }
    const headers = {
      authorization: "Bearer sk_test_of_this_test",
      "idempotency-key": crypto.randomUUID(),
    };
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const answer = await fetch(this.#address + path, { method: "POST", headers, body: form });
      if (answer.ok) {
        const booking = { id, reference, session: ((await answer.json()) as { id: string }).id };
        await this.pay(booking);
        return booking;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    throw new Error("the provider did not come back");
  }

  #make(): Promise<Made> {
    this.#daysAhead += 1;
    const email = "paula@example.com";
    return bookVisit(this.#site, { daysAhead: this.#daysAhead, paymentMethod: "card", email });
  }

  async #control(path: string, body: object): Promise<unknown> {
    const answer = await fetch(`${this.#address}/control/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.text();
  }
}

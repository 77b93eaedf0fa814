import { afterEach, describe, expect, it, vi } from "vitest";

import { readChoice } from "../../src/booking/choice";
import { type PriceLines, type Quote, fetchQuote, payable, wishOf } from "../../src/booking/quote";

function lines(base: number, promo: number): PriceLines {
  return {
    total: { amount: base + promo, currency: "EUR" },
    lines: [
      { code: "base", label: "Base price", amount: base },
      { code: "promo", label: "WELCOME", amount: promo },
    ],
    promos: promo === 0 ? [] : ["WELCOME"],
    tax: { rate: 19, mode: "inclusive", net: 100, tax: 19 },
  };
}

const quote: Quote = {
  ...lines(38_700, -1_000),
  occurrences: [
    { index: 0, startsAt: "", ...lines(12_900, -1_000) },
    { index: 1, startsAt: "", ...lines(12_900, 0) },
    { index: 2, startsAt: "", ...lines(12_900, 0) },
  ],
  expiresAt: "2026-11-24T12:00:00Z",
  token: "t",
};

describe("what is paid of a quote", () => {
  it("is all of it for one visit, and for a series that can be booked as a whole", () => {
    expect(payable({ ...quote, occurrences: [] }, undefined).total.amount).toBe(37_700);
    expect(payable(quote, new Set([0, 1, 2])).total.amount).toBe(37_700);
  });

  it("leaves out the visits that are left out, line by line", () => {
    const paid = payable(quote, new Set([0, 2]));
    expect(paid.total).toEqual({ amount: 24_800, currency: "EUR" });
    expect(paid.lines.map(({ code, amount }) => [code, amount])).toEqual([
      ["base", 25_800],
      ["promo", -1_000],
    ]);
    expect(paid.tax).toMatchObject({ net: 200, tax: 38 });
    expect(paid.promos).toEqual(["WELCOME"]);
  });
});

describe("asking for a price", () => {
  afterEach(() => vi.unstubAllGlobals());
  const choice = readChoice(
    new URLSearchParams("step=payment&slot=2026-11-24T09:00:00Z&team=t1&recur=weekly.1.3"),
  );
  const answer = (status: number, body: unknown) =>
    vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify(body), { status })));

  it("names what was chosen and nothing else", () => {
    expect(wishOf("s1", choice, "")).toEqual({
      serviceId: "s1",
      startsAt: "2026-11-24T09:00:00Z",
      teamId: "t1",
      bookingType: "standard",
      recurrence: { frequency: "weekly", interval: 1, count: 3 },
    });
    expect(wishOf("s1", choice, "WELCOME").promoCode).toBe("WELCOME");
  });

  it("is answered with the quote, with nothing where nothing is quoted, or with why not", async () => {
    answer(200, quote);
    expect((await fetchQuote(wishOf("s1", choice, "")))?.token).toBe("t");
    answer(404, { code: "not-found", status: 404, retry: "never" });
    expect(await fetchQuote(wishOf("s1", choice, ""))).toBeNull();
    answer(409, { code: "promo-exhausted", status: 409, retry: "new-key" });
    await expect(fetchQuote(wishOf("s1", choice, "X"))).rejects.toMatchObject({
      problem: { code: "promo-exhausted" },
    });
  });
});

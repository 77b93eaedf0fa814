import { describe, expect, it } from "vitest";

import { methodsFor } from "../../../src/booking/order";
import { type Payment, leaveFor, payState, wantsPayment } from "../../../src/portal/payment";

const OPEN: Payment = {
  serviceRequestId: "b1",
  requestStatus: "held",
  status: "checkout_open",
  method: "card",
  due: { amount: 5_000, currency: "EUR" },
  checkoutUrl: "https://pay.example/1",
};

describe("what a client is told of a payment", () => {
  it.each([
    ["a page is open", {}, "payable"],
    ["the page is not there yet", { status: "creating", checkoutUrl: null }, "unopened"],
    ["the bank thinks", { status: "processing" }, "moving"],
    ["it failed, the place is kept", { status: "failed" }, "again"],
    ["the page closed, the place is kept", { status: "expired" }, "again"],
    ["the place is gone", { status: "expired", requestStatus: "expired" }, "over"],
    ["it was called off unpaid", { requestStatus: "cancelled" }, "over"],
    ["it is paid", { status: "paid", requestStatus: "confirmed" }, "paid"],
    ["a part went back", { status: "partially_refunded", requestStatus: "confirmed" }, "paid"],
    ["money came too late", { status: "refund_pending", requestStatus: "expired" }, "returned"],
    ["all went back", { status: "refunded", requestStatus: "cancelled" }, "returned"],
    ["amounts differ", { status: "needs_review" }, "question"],
  ] as [string, Partial<Payment>, string][])("%s", (_name, changed, state) => {
    expect(payState({ ...OPEN, ...changed })).toBe(state);
  });

  it("is asked for only while a place is kept for it", () => {
    const payment = { status: "checkout_open", method: "card" };
    expect(wantsPayment({ status: "held", payment })).toBe(true);
    expect(wantsPayment({ status: "confirmed", payment })).toBe(false);
    expect(wantsPayment({ status: "held", payment: { ...payment, method: "cod" } })).toBe(false);
    expect(wantsPayment({ status: "held", payment, offer: { expiresAt: "" } })).toBe(false);
  });
});

describe("the way to the provider", () => {
  it("leads to web pages and nowhere else", () => {
    const gone: string[] = [];
    leaveFor("https://pay.example/1", (url) => gone.push(url));
    expect(gone).toEqual(["https://pay.example/1"]);
    expect(() => leaveFor("javascript:alert(1)", (url) => gone.push(url))).toThrow(TypeError);
    expect(gone).toHaveLength(1);
  });
});

describe("ways to pay", () => {
  const once = { repeat: undefined, isEmergency: false };
  const service = { paymentMethods: ["card", "cod"] };

  it("have cards where the server takes them, for one visit that costs something", () => {
    expect(methodsFor(service, once, 5_000)).toEqual(["card", "cod"]);
    expect(methodsFor(service, once, 0)).toEqual(["cod"]);
    expect(methodsFor(service, { ...once, isEmergency: true }, 5_000)).toEqual(["cod"]);
    const weekly = { frequency: "weekly", interval: 1, count: 4 } as const;
    expect(methodsFor(service, { ...once, repeat: weekly }, 5_000)).toEqual(["cod"]);
  });

  it("have none where the server names none", () => {
    expect(methodsFor({ paymentMethods: ["cod"] }, once, 5_000)).toEqual(["cod"]);
    expect(methodsFor({}, once, 5_000)).toEqual(["cod"]);
  });
});

import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, describe, expect, it } from "vitest";

import type { RequestDetail } from "../../../src/admin/data/requests";
import { PaymentCard } from "../../../src/admin/payments/PaymentCard";
import { readFacts, refundable } from "../../../src/admin/payments/facts";
import { startI18n } from "../../../src/i18n";
import { PATIENCE_MS, serve, showDesk } from "./rig";

const REQUEST: RequestDetail = {
  id: "b1",
  rev: 7,
  reference: "DB-7K3M-Q2",
  bookingType: "standard",
  status: "completed",
  client: { id: null, name: "Ana", email: "ana@example.org" } as RequestDetail["client"],
  createdAt: "2026-11-20T10:00:00Z",
  updatedAt: "2026-11-20T10:00:00Z",
  startsAt: "2026-11-21T10:00:00+01:00",
  endsAt: "2026-11-21T11:00:00+01:00",
  timeZone: "Europe/Berlin",
  paymentMethod: "cod",
  paymentStatus: "cod_due",
  price: { amount: 5_000, currency: "EUR" } as RequestDetail["price"],
  resources: [],
  service: { id: "s1", name: "Lawn" },
  team: { id: "t1", name: "North" },
  units: 1,
  unitsPastLimit: 0,
  details: {},
  facts: [
    { kind: "agreed", at: "2026-11-20T10:00:00Z", method: "cod", amount: 5_000, currency: "EUR" },
  ],
  history: [],
  ledger: null,
};

beforeAll(async () => {
  await startI18n("en", ["common", "admin", "office", "payment", "problems"]);
});

describe("facts about money", () => {
  it("are read as far as they are understood", () => {
    expect(readFacts([{ kind: "collected", by: "u1", amount: 1 }, null, 3, { at: "x" }])).toEqual([
      {
        kind: "collected",
        at: undefined,
        amount: undefined,
        by: "u1",
        state: undefined,
        attempt: undefined,
        id: undefined,
      },
    ]);
  });

  it("say how much can be given back: what came, less what went or is on its way", () => {
    const euros = (kind: string, amount: number, state?: string) => ({
      kind,
      amount,
      currency: "EUR",
      state,
    });
    const facts = readFacts([
      euros("received", 5_000),
      { ...euros("received", 9_999), currency: "USD" },
      euros("refund", 1_000, "succeeded"),
      euros("refund", 500, "pending"),
      euros("refund", 2_000, "failed"),
    ]);
    expect(refundable(facts, "EUR")).toEqual({ amount: 3_500, currency: "EUR" });
    expect(refundable([], "EUR").amount).toBe(0);
  });
});

describe("money taken on site", { timeout: PATIENCE_MS }, () => {
  it("is noted as due without a reason, for the revision that was seen", async () => {
    const sent = serve(({ method }) => (method === "POST" ? REQUEST : undefined));
    showDesk(<PaymentCard request={REQUEST} />, { role: "member" });
    expect(screen.getByText("To be paid on site")).toBeInTheDocument();
    expect(screen.getByText("Agreed")).toBeInTheDocument();

    await userEvent.click(screen.getByRole("button", { name: "Note payment on site" }));
    const dialog = await screen.findByRole("dialog");
    await userEvent.click(within(dialog).getByRole("button", { name: "Save" }));

    await waitFor(() => expect(sent.some(({ method }) => method === "POST")).toBe(true));
    const post = sent.find(({ method }) => method === "POST");
    expect(post?.path).toBe("/api/admin/service-requests/b1/mark-cod-collected");
    expect(post?.headers.get("if-match")).toBe('"7"');
    expect(post?.body).toEqual({
      amount: { amount: 5_000, currency: "EUR" },
      correction: false,
      reason: null,
    });
  });

  it("needs a reason when it is another amount", async () => {
    const sent = serve(({ method }) => (method === "POST" ? REQUEST : undefined));
    showDesk(<PaymentCard request={REQUEST} />);
    await userEvent.click(screen.getByRole("button", { name: "Note payment on site" }));
    const dialog = await screen.findByRole("dialog");
    const amount = within(dialog).getByLabelText(/^Amount taken/);
    await userEvent.clear(amount);
    await userEvent.type(amount, "42.5");
    await userEvent.click(within(dialog).getByRole("button", { name: "Save" }));
    expect(sent.some(({ method }) => method === "POST")).toBe(false);

    await userEvent.type(within(dialog).getByLabelText(/^Reason/), "Rebate on site");
    await userEvent.click(within(dialog).getByRole("button", { name: "Save" }));

    await waitFor(() => expect(sent.some(({ method }) => method === "POST")).toBe(true));
    expect(sent.find(({ method }) => method === "POST")?.body).toMatchObject({
      amount: { amount: 4_250, currency: "EUR" },
      reason: "Rebate on site",
    });
  });

  it("cannot be noted where nothing is to be paid", () => {
    serve(() => undefined);
    showDesk(<PaymentCard request={{ ...REQUEST, paymentStatus: "not_required", facts: [] }} />);
    expect(screen.queryByRole("button")).toBeNull();
    expect(screen.getByText("Nothing is known of money yet.")).toBeInTheDocument();
  });
});

describe("money paid by card", { timeout: PATIENCE_MS }, () => {
  const PAID: RequestDetail = {
    ...REQUEST,
    paymentMethod: "card",
    paymentStatus: "paid",
    facts: [
      { kind: "attempt", attempt: 1, sessionId: "cs_1", page: "complete-paid" },
      { kind: "received", attempt: 1, amount: 5_000, currency: "EUR" },
    ],
  };

  it("is given back in part, with a reason", async () => {
    const sent = serve(({ method }) => (method === "POST" ? PAID : undefined));
    showDesk(<PaymentCard request={PAID} />);
    expect(screen.getByText("Payment page 1: done, paid")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Refund" }));
    const dialog = await screen.findByRole("dialog");
    const amount = within(dialog).getByLabelText(/^Amount to give back/);
    await userEvent.clear(amount);
    await userEvent.type(amount, "10");
    await userEvent.type(within(dialog).getByLabelText(/^Reason/), "Came late");
    await userEvent.click(within(dialog).getByRole("button", { name: "Give it back" }));

    await waitFor(() => expect(sent.some(({ method }) => method === "POST")).toBe(true));
    const post = sent.find(({ method }) => method === "POST");
    expect(post?.path).toBe("/api/admin/service-requests/b1/refund");
    expect(post?.headers.get("if-match")).toBe('"7"');
    expect(post?.body).toEqual({
      amount: { amount: 1_000, currency: "EUR" },
      reason: "Came late",
    });
  });

  it("cannot be given back by members, nor twice", () => {
    serve(() => undefined);
    const { unmount } = showDesk(<PaymentCard request={PAID} />, { role: "member" });
    expect(screen.queryByRole("button", { name: "Refund" })).toBeNull();
    unmount();
    const facts = [
      ...PAID.facts,
      { kind: "refund", attempt: 1, state: "succeeded", amount: 5_000, currency: "EUR" },
    ];
    showDesk(<PaymentCard request={{ ...PAID, paymentStatus: "refunded", facts }} />);
    expect(screen.queryByRole("button", { name: "Refund" })).toBeNull();
  });

  it("that is in doubt asks somebody to answer", () => {
    serve(() => undefined);
    const facts = [
      ...PAID.facts,
      { kind: "doubt", question: "amount-differs", attempt: 1, amount: 4_000, currency: "EUR" },
    ];
    showDesk(<PaymentCard request={{ ...PAID, paymentStatus: "needs_review", facts }} />);
    expect(
      screen.getByText("Question: another amount came than was asked for"),
    ).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Answer the question" })).toBeInTheDocument();
  });
});

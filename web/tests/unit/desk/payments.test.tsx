import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, describe, expect, it } from "vitest";

import type { RequestDetail } from "../../../src/admin/data/requests";
import { PaymentCard } from "../../../src/admin/payments/PaymentCard";
import { readFacts } from "../../../src/admin/payments/facts";
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
      { kind: "collected", at: undefined, amount: undefined, by: "u1", state: undefined },
    ]);
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

import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Suspense, type ReactNode } from "react";
import { MemoryRouter } from "react-router";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { startI18n } from "../../i18n";
import type { Me } from "../../session/session";
import { AccountContext } from "../shell/Account";
import type { ExchangeRates, Promo, Surcharge } from "./data";
import PromosPage from "./PromosPage";
import RatesPage from "./RatesPage";
import SurchargesPage from "./SurchargesPage";

const ME: Me = { id: "u1", email: "a@b.example", name: "Ada", role: "admin", teamIds: [] };
const PROMO: Promo = {
  id: "p1",
  rev: 3,
  code: "SUMMER24",
  name: "Summer",
  kind: "percent",
  percent: 12.5,
  limitTotal: 10,
  state: "active",
};
const SURCHARGE: Surcharge = { id: "s1", rev: 1, kind: "weekend", name: "Weekend", percent: 20 };
const RATES: ExchangeRates = {
  id: "r1",
  rev: 1,
  source: "ECB",
  day: "2026-11-20",
  rates: { USD: "1.0803" },
};

const sent: { method: string; path: string; headers: Headers; body: unknown }[] = [];

function answerTo(path: string): unknown {
  const list = (items: unknown[]) => ({ items, nextCursor: null });
  if (path === "/api/admin/promos") return list([PROMO]);
  if (path === "/api/admin/surcharges") return list([SURCHARGE]);
  if (path === "/api/admin/exchange-rates") return list([RATES]);
  return path.endsWith("/p1") ? PROMO : list([]);
}

function show(page: ReactNode, address = "/") {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(
    <MantineProvider env="test">
      <QueryClientProvider client={queries}>
        <MemoryRouter initialEntries={[address]}>
          <AccountContext value={{ me: ME, role: "admin" }}>
            <Suspense>{page}</Suspense>
          </AccountContext>
        </MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

/** Typing into a whole page takes its time on a machine that does other things as well. */
const PATIENCE_MS = 30_000;

describe("what makes prices", { timeout: PATIENCE_MS }, () => {
  beforeAll(async () => {
    await startI18n("en", ["common", "admin", "problems"]);
  });
  beforeEach(() => {
    sent.length = 0;
    vi.stubGlobal("fetch", async (input: Request) => {
      const path = new URL(input.url).pathname;
      const text = input.method === "GET" ? "" : await input.clone().text();
      const body: unknown = text === "" ? undefined : JSON.parse(text);
      sent.push({ method: input.method, path, headers: input.headers, body });
      return new Response(JSON.stringify(answerTo(path)), {
        headers: { "content-type": "application/json" },
      });
    });
  });

  it("lists promos, and sends only what was changed, for the revision that was seen", async () => {
    show(<PromosPage />, "/?edit=p1");
    const dialog = await screen.findByRole("dialog");
    const name = within(dialog).getByLabelText(/^Name/);
    await userEvent.clear(name);
    await userEvent.type(name, "Late summer");
    await userEvent.click(within(dialog).getByRole("button", { name: "Save" }));
    await waitFor(() => expect(sent.some(({ method }) => method === "PATCH")).toBe(true));
    const patch = sent.find(({ method }) => method === "PATCH");
    expect(patch?.path).toBe("/api/admin/promos/p1");
    expect(patch?.body).toEqual({ name: "Late summer" });
    expect(patch?.headers.get("if-match")).toBe('"3"');
    expect(patch?.headers.get("idempotency-key")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("lists surcharges and what they add", async () => {
    show(<SurchargesPage />);
    expect(await screen.findByRole("button", { name: "Weekend" })).toBeInTheDocument();
    expect(screen.getByText("20%")).toBeInTheDocument();
    expect(screen.getByText("Weekends")).toBeInTheDocument();
  });

  it("lists rates with their source", async () => {
    show(<RatesPage />);
    expect(await screen.findByText("ECB")).toBeInTheDocument();
    expect(screen.getByText("USD 1.0803")).toBeInTheDocument();
  });
});

import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Suspense } from "react";
import { MemoryRouter, Route, Routes } from "react-router";
import { beforeAll, describe, expect, it, vi } from "vitest";

import { startI18n } from "../../../src/i18n";
import PaidPage from "../../../src/portal/PaidPage";

const OPEN = {
  serviceRequestId: "b1",
  requestStatus: "held",
  status: "checkout_open",
  method: "card",
  due: { amount: 5_000, currency: "EUR" },
  checkoutUrl: "https://pay.example/1",
  hold: { expiresAt: new Date(Date.now() + 600_000).toISOString() },
};

/** Answers every request by path, and says which were made. */
function serve(answers: Record<string, () => unknown>): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (input: Request | string, init?: RequestInit) => {
    const url = typeof input === "string" ? input : input.url;
    const method = typeof input === "string" ? (init?.method ?? "GET") : input.method;
    const name = `${method} ${new URL(url, location.origin).pathname}`;
    asked.push(name);
    const answer = answers[name]?.();
    const status = answer === undefined ? 404 : 200;
    const body = answer ?? { code: "not-found", status, retry: "never" };
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  });
  return asked;
}

function comeBack() {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(
    <MantineProvider env="test">
      <QueryClientProvider client={queries}>
        <MemoryRouter initialEntries={["/booking/b1/paid"]}>
          <Suspense>
            <Routes>
              <Route path="/booking/:id/paid" element={<PaidPage />} />
            </Routes>
          </Suspense>
        </MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

beforeAll(async () => {
  await startI18n("en", ["common", "portal", "problems", "payment", "booking"]);
});

describe("the page that people come back to", { timeout: 30_000 }, () => {
  it("has the provider asked, and says thanks only when it is paid", async () => {
    const asked = serve({
      "POST /api/payments/b1/refresh": () => ({
        ...OPEN,
        status: "paid",
        requestStatus: "confirmed",
        checkoutUrl: null,
      }),
    });
    comeBack();
    expect(await screen.findByText("Paid, and your visit is booked")).toBeInTheDocument();
    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("Thank you");
    expect(asked).toContain("POST /api/payments/b1/refresh");
    expect(screen.queryByRole("button", { name: /Pay/ })).toBeNull();
  });

  it("shows until when the place is kept while nothing is paid, and the way to pay", async () => {
    serve({ "POST /api/payments/b1/refresh": () => OPEN });
    comeBack();
    expect(await screen.findByRole("button", { name: /^Pay / })).toBeInTheDocument();
    expect(screen.getByText(/kept for another (10:00|9:5\d)/)).toBeInTheDocument();
    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("Your payment");
  });

  it("follows the payment by itself", async () => {
    let status = "processing";
    serve({
      "POST /api/payments/b1/refresh": () => ({ ...OPEN, status }),
      "GET /api/payments/b1": () => ({
        ...OPEN,
        status,
        requestStatus: status === "paid" ? "confirmed" : "held",
      }),
    });
    comeBack();
    expect(await screen.findByText("Your payment is under way")).toBeInTheDocument();
    status = "paid";
    expect(
      await screen.findByText("Paid, and your visit is booked", undefined, { timeout: 10_000 }),
    ).toBeInTheDocument();
  });

  it("opens another page after one that failed, and says when that cannot be", async () => {
    const asked = serve({
      "POST /api/payments/b1/refresh": () => ({ ...OPEN, status: "failed", checkoutUrl: null }),
    });
    comeBack();
    await userEvent.click(await screen.findByRole("button", { name: /^Try again/ }));
    await waitFor(() => expect(asked).toContain("POST /api/payments/checkout"));
    expect(await screen.findByRole("alert")).toBeInTheDocument();
  });

  it("shows what the server knows when the provider cannot be asked", async () => {
    serve({ "GET /api/payments/b1": () => OPEN });
    comeBack();
    expect(await screen.findByText("Not paid yet")).toBeInTheDocument();
  });
});

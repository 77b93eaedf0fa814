import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ask, atDesk, type Desk, firstIn } from "./desk";
import { missing, openBrowser, openSite, type Site, violations } from "./harness";
import { type CardBooking, Till } from "./desk-till";

interface Shown {
  rev: number;
  status: string;
  paymentStatus: string;
}

describe.skipIf(missing() !== undefined && process.env.CI === undefined)("money", () => {
  let site: Site;
  let browser: Browser;
  let desk: Desk;
  let till: Till;

  beforeAll(async () => {
    [site, browser] = await Promise.all([openSite(), openBrowser()]);
    desk = await atDesk(browser, site, "dispatcher");
    till = new Till(site);
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
  });

  const shown = ({ id }: { id: string }) =>
    ask<Shown>(desk.page, `/api/admin/service-requests/${id}`);
  const paymentOf = async (booking: { id: string }) => (await shown(booking)).paymentStatus;
  const open = async ({ id }: { id: string }) => {
    await desk.page.goto(`${site.url}/admin/requests/${id}`);
    await desk.page.getByRole("heading", { name: "Payment", exact: true }).waitFor();
  };
  const paid = async (): Promise<CardBooking> => {
    const booking = await till.book();
    await till.pay(booking);
    await expect.poll(() => paymentOf(booking)).toBe("paid");
    return booking;
  };
  const dialog = () => desk.page.getByRole("dialog");

  it("gives back a part, refuses more than was paid, and then all of the rest", async () => {
    const booking = await paid();
    const { page } = desk;
    await open(booking);
    await page.getByRole("button", { name: "Refund", exact: true }).click();
    await dialog().getByText("At most", { exact: false }).waitFor();
    expect(await violations(page)).toEqual([]);

    // The field takes no more than there is.
    const amount = dialog().getByLabel("Amount to give back");
    const whole = await amount.inputValue();
    await amount.fill("9999");
    await dialog().getByLabel("Reason").click();
    expect(await amount.inputValue()).toBe(whole);

    await amount.fill("20");
    await dialog().getByRole("button", { name: "Give it back" }).click();
    await dialog().getByText("Say why, in at least three characters.").waitFor();
    await dialog().getByLabel("Reason").fill("Half of the work only");
    await dialog().getByRole("button", { name: "Give it back" }).click();
    await page.getByText(`${booking.reference}: the refund is on its way.`).waitFor();
    await dialog().waitFor({ state: "detached" });
    await expect.poll(() => paymentOf(booking)).toBe("partially_refunded");
    await page.getByText("Partly refunded").first().waitFor();

    await page.getByRole("button", { name: "Refund", exact: true }).click();
    expect(parseFloat(await amount.inputValue())).toBe(parseFloat(whole) - 20);
    await dialog().getByLabel("Reason").fill("And the other half");
    await dialog().getByRole("button", { name: "Give it back" }).click();
    await expect.poll(() => paymentOf(booking)).toBe("refunded");
    await page.getByText("Refunded", { exact: true }).first().waitFor();
    expect(await page.getByRole("button", { name: "Refund", exact: true }).count()).toBe(0);
  });

  it("shows the server's refusal when somebody else gave the money back meanwhile", async () => {
    const booking = await paid();
    const { page } = desk;
    // The page is deaf, as in a tunnel: it still believes that all of the money is there.
    await page.route("**/api/portal/realtime**", (route) => route.abort());
    await open(booking);
    await page.getByRole("button", { name: "Refund", exact: true }).click();
    await dialog().getByLabel("Amount to give back").fill("50");
    await dialog().getByLabel("Reason").fill("The client was not content");
    const { rev } = await shown(booking);
    const status = await page.evaluate(
      async ([id, ifMatch]) => {
        const answer = await fetch(`/api/admin/service-requests/${id}/refund`, {
          method: "POST",
          headers: {
            "content-type": "application/json",
            "idempotency-key": crypto.randomUUID(),
            "if-match": ifMatch,
          },
          body: JSON.stringify({
            amount: { amount: 3_000, currency: "EUR" },
            reason: "From the other desk",
          }),
        });
        return answer.status;
      },
      [booking.id, `"${rev}"`] as const,
    );
    expect(status).toBe(200);
    await dialog().getByRole("button", { name: "Give it back" }).click();
    const refusal = dialog().getByRole("alert");
    await refusal.waitFor();
    expect(await refusal.innerText()).toMatch(/changed while you were looking|more than/i);
    expect(await violations(page)).toEqual([]);
    expect(await paymentOf(booking)).toBe("partially_refunded");
    await page.unroute("**/api/portal/realtime**");
  });

  it("notes money taken on site, and corrects it with a reason", async () => {
    const { page } = desk;
    const request = await firstIn(page, "completed&paymentStatus=cod_due");
    await open(request);
    await page.getByRole("button", { name: "Note payment on site" }).click();
    expect(await violations(page)).toEqual([]);
    await dialog().getByRole("button", { name: "Save" }).click();
    await page.getByText(`${request.reference}: payment on site noted.`).waitFor();
    await expect.poll(() => paymentOf(request)).toBe("cod_collected");
    await page.getByText("Paid on site").first().waitFor();

    await page.getByRole("button", { name: "Correct what was taken" }).click();
    await dialog().getByLabel("Amount taken").fill("1");
    await dialog().getByRole("button", { name: "Save" }).click();
    await dialog().getByText("Say why, in at least three characters.").waitFor();
    await dialog().getByLabel("Reason").fill("A typing error");
    await dialog().getByRole("button", { name: "Save" }).click();
    await dialog().waitFor({ state: "detached" });
    await page.getByText("A typing error").first().waitFor();
  });

  it("says how many payments stand how, and shows those", async () => {
    const { page } = desk;
    const booking = await paid();
    const path = "/api/admin/payments/counts";
    const { items } = await ask<{ items: { paymentStatus: string; count: number }[] }>(page, path);
    const count = items.find(({ paymentStatus }) => paymentStatus === "paid")?.count;
    await page.goto(`${site.url}/admin/requests`);
    const counted = page
      .getByRole("group", { name: "Card payments by how they stand" })
      .getByRole("button", { name: `Paid: ${count}`, exact: true });
    await counted.click();
    await expect.poll(() => new URL(page.url()).searchParams.get("payment")).toBe("paid");
    await expect.poll(() => page.locator("tbody tr").count()).toBe(count);
    await page.getByRole("link", { name: booking.reference }).waitFor();
    await counted.click();
    await expect.poll(() => new URL(page.url()).searchParams.get("payment")).toBe(null);
  });

  it("finds by comparing what no webhook told, and puts it right", async () => {
    const { page } = desk;
    const booking = await till.book();
    await till.weather(100);
    await till.pay(booking);
    const other = await till.bookAndPayOtherwise(12_345);
    expect(await paymentOf(booking)).toBe("checkout_open");

    await page.goto(`${site.url}/admin/reconciliation`);
    await page.getByText("Nothing was compared yet").waitFor();
    await page.getByRole("button", { name: "Compare now" }).click();
    const report = dialog();
    await report.getByText("Put right").first().waitFor();
    await report.getByText("Taken over").first().waitFor();
    expect(await violations(page)).toEqual([]);
    await expect.poll(() => paymentOf(booking)).toBe("paid");
    await expect.poll(() => paymentOf(other)).toBe("needs_review");
    await report.getByText("Amounts differ").waitFor();
    await page.keyboard.press("Escape");

    // What a person has to decide stays; the rest agrees from now on.
    await page.getByRole("button", { name: "Compare now" }).click();
    await report.getByText("To be looked at").first().waitFor();
    await till.weather(0);

    await open(other);
    await page.getByText("another amount came than was asked for", { exact: false }).waitFor();
    await page.getByRole("button", { name: "Answer the question" }).click();
    expect(await violations(page)).toEqual([]);
    await dialog().getByRole("button", { name: "It is all right" }).click();
    await dialog().getByText("Say why, in at least three characters.").waitFor();
    await dialog().getByLabel("Reason").fill("The client rounded up");
    await dialog().getByRole("button", { name: "It is all right" }).click();
    await page.getByText(`${other.reference}: the question is answered.`).waitFor();
    await expect.poll(() => paymentOf(other)).toBe("paid");
    expect(await page.getByRole("button", { name: "Answer the question" }).count()).toBe(0);
  });

  it("asks the provider when somebody presses for it", async () => {
    const { page } = desk;
    const booking = await till.book();
    await till.weather(100);
    await till.pay(booking);
    await open(booking);
    await page.getByText("Waiting for payment").first().waitFor();
    await page.getByRole("button", { name: "Ask the provider" }).click();
    await page.getByText(`${booking.reference}: asked the provider.`).waitFor();
    await page.getByText("Paid", { exact: true }).first().waitFor();
    await till.weather(0);
  });

  it("left nothing in the console", () => {
    expect(desk.errors).toEqual([]);
  });
});

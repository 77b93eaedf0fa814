import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import {
  type Site,
  freePort,
  newVisitor,
  openBrowser,
  openSite,
  violationsInBothSchemes,
} from "./harness";
import { almostBook } from "./steps";

let site: Site;
let browser: Browser;
let provider: string;
let context: BrowserContext;
let page: Page;
let errors: string[];

beforeAll(async () => {
  const port = await freePort();
  provider = `http://127.0.0.1:${port}`;
  site = await openSite({ DAYBOOK__PAYMENTS__SANDBOX_PORT: String(port) });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await site.close();
});
beforeEach(async () => {
  ({ page, context, errors } = await newVisitor(browser));
});
afterEach(async () => {
  await context.close();
});

/** Takes hold of the provider from behind. */
async function control(path: string, body: object = {}): Promise<void> {
  const answer = await fetch(`${provider}/control/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(answer.ok, path).toBe(true);
}

const FAULTS = 40;

/** Has the provider answer every call for a page with an error. */
const breakDown = () =>
  control("faults", { path: "/v1/checkout/sessions", kind: "broken", times: FAULTS });

/** Uses up the errors that are left. */
async function mend(): Promise<void> {
  for (let call = 0; call <= FAULTS; call += 1) {
    // Only calls that show a key get as far as the errors.
    const headers = { Authorization: "Bearer sk_test_someone" };
    const { status } = await fetch(`${provider}/v1/checkout/sessions`, { headers });
    if (status < 500) return;
  }
  throw new Error("the provider stays broken");
}

/** Everything but the button that leads to the payment. */
async function almostPay(): Promise<void> {
  await almostBook(site, page);
  await page.getByLabel(/By card/).check();
}

/** Books by card, up to the provider's page. Answers that page's session. */
async function toProvider(): Promise<string> {
  await almostPay();
  await page.getByRole("button", { name: "Continue to payment" }).click();
  await page.getByText("Sandbox: no real card").waitFor();
  return new URL(page.url()).pathname.split("/").at(-1) ?? "";
}

/** The page that the provider leads back to; the built pages have an origin of their own here. */
async function comeBack(press: RegExp): Promise<void> {
  await page.getByRole("button", { name: press }).click();
  await page.waitForURL(/\/booking\/[\w-]+\/paid/);
  await page.goto(site.url + new URL(page.url()).pathname);
}

const says = (title: string) => page.getByRole("heading", { name: title }).waitFor();
const paid = () => says("Paid, and your visit is booked");
const faultless = async () => expect(await violationsInBothSchemes(page)).toEqual([]);

describe("paying by card", () => {
  it("leads to the provider and back, and the visit is booked once it is paid", async () => {
    await toProvider();
    await comeBack(/^Pay \d/);
    await paid();
    await faultless();
    await page.getByRole("link", { name: "Show the booking" }).click();
    await page.getByText("Confirmed").first().waitFor();
    expect(errors).toEqual([]);
  });

  it("keeps the place for whoever comes back without having paid, and they pay after all", async () => {
    await toProvider();
    await comeBack(/without paying/);
    await page.getByRole("button", { name: /^Pay / }).waitFor();
    await page.getByText(/^Your place is kept for another/).waitFor();
    await faultless();
    await page.goto(`${site.url}/portal/bookings`);
    await page.getByRole("heading", { name: /Needs you/ }).waitFor();
    await page.getByRole("link", { name: /Handyman hour/ }).click();
    await page.getByRole("button", { name: /^Pay / }).click();
    await page.getByText("Sandbox: no real card").waitFor();
    await comeBack(/^Pay \d/);
    await paid();
  });

  it("says that a declined card was not charged, and leads there again", async () => {
    await toProvider();
    await page.getByRole("button", { name: "Use a card that is declined" }).click();
    await page.getByText("Your card was declined.").waitFor();
    await comeBack(/without paying/);
    await page.getByRole("button", { name: /^(Pay|Try again)/ }).waitFor();
    await faultless();
    await page.getByRole("button", { name: /^(Pay|Try again)/ }).click();
    await page.getByText("Sandbox: no real card").waitFor();
    await comeBack(/^Pay \d/);
    await paid();
  });

  it("opens another page for whoever comes back after theirs was closed", async () => {
    const session = await toProvider();
    await control(`sessions/${session}/expire`);
    await page.goto(`${site.url}/portal/bookings`);
    await page.getByRole("link", { name: /Handyman hour/ }).click();
    await says("The payment did not go through");
    await faultless();
    await page.getByRole("button", { name: /^Try again/ }).click();
    await page.getByText("Sandbox: no real card").waitFor();
    expect(page.url()).not.toContain(session);
    await comeBack(/^Pay \d/);
    await paid();
  });

  it("waits for money that takes days, and changes by itself once it is there", async () => {
    const session = await toProvider();
    await comeBack(/^Pay by bank debit/);
    await says("Your payment is under way");
    await faultless();
    await control(`sessions/${session}/arrive`);
    await paid();
    expect(errors).toEqual([]);
  });

  it("that never arrives can be done again, with nothing charged", async () => {
    const session = await toProvider();
    await comeBack(/^Pay by bank debit/);
    await says("Your payment is under way");
    await control(`sessions/${session}/fail`);
    await says("The payment did not go through");
    await page.getByRole("button", { name: /^Try again/ }).click();
    await page.getByText("Sandbox: no real card").waitFor();
    await comeBack(/^Pay \d/);
    await paid();
  });

  it("keeps the place while the provider is down, and goes on once it is back", async () => {
    await almostPay();
    await breakDown();
    await page.getByRole("button", { name: "Continue to payment" }).click();
    await page.waitForURL(/\/booking\/[\w-]+\/paid/);
    await says("The payment page is not open yet");
    await faultless();
    // The server goes on asking by itself, so it may be open before anybody presses.
    const open = page.getByRole("button", { name: /^(Open the payment page|Pay )/ });
    await open.click();
    await page.getByText("Card payments are not available now").waitFor();
    await faultless();
    await mend();
    await open.click();
    await page.getByText("Sandbox: no real card").waitFor();
    await comeBack(/^Pay \d/);
    await paid();
  });
});

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type Site, newVisitor, openBrowser, openSite, violations } from "./harness";
import { fillDetails, openTimes, takeFirstTime } from "./steps";

let site: Site;
let browser: Browser;

beforeAll(async () => {
  site = await openSite();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await site.close();
});

/** Books by card, up to the provider's page. */
async function toProvider(page: Page): Promise<void> {
  await openTimes(site, page);
  await takeFirstTime(page);
  await fillDetails(page);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Book now", disabled: false }).waitFor();
  await page.getByLabel(/By card/).check();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Continue to payment" }).click();
  await page.getByText("Sandbox: no real card").waitFor();
}

/** The page that the provider leads back to; the built pages have an origin of their own here. */
async function comeBack(page: Page, press: RegExp): Promise<void> {
  await page.getByRole("button", { name: press }).click();
  await page.waitForURL(/\/booking\/[\w-]+\/paid/);
  await page.goto(site.url + new URL(page.url()).pathname);
}

describe("paying by card", () => {
  it("leads to the provider and back, and the visit is booked once it is paid", async () => {
    const { page, context, errors } = await newVisitor(browser);
    await toProvider(page);
    await comeBack(page, /^Pay \d/);
    await page.getByText("Paid, and your visit is booked").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("link", { name: "Show the booking" }).click();
    await page.getByText("Confirmed").first().waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });

  it("keeps the place for whoever comes back without having paid, and they pay after all", async () => {
    const { page, context } = await newVisitor(browser);
    await toProvider(page);
    await comeBack(page, /without paying/);
    await page.getByRole("button", { name: /^Pay / }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.goto(`${site.url}/portal/bookings`);
    await page.getByRole("heading", { name: /Needs you/ }).waitFor();
    await page.getByRole("link", { name: /Handyman hour/ }).click();
    await page.getByRole("button", { name: /^Pay / }).click();
    await page.getByText("Sandbox: no real card").waitFor();
    await comeBack(page, /^Pay \d/);
    await page.getByText("Paid, and your visit is booked").waitFor();
    await context.close();
  });
});

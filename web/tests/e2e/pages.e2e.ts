import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  type Look,
  type Site,
  newVisitor,
  openBrowser,
  openSite,
  overflow,
  violations,
} from "./harness";
import { signIn } from "./steps";

/** What follows the first answer, as the first free day opening by itself, has come by then. */
const SETTLE_MS = 500;

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

describe.each<[string, Look]>([
  ["light", {}],
  ["dark", { colorScheme: "dark" }],
  ["right to left", { locale: "ar" }],
  [
    "right to left and dark, on a small phone",
    { locale: "ar", colorScheme: "dark", width: 320, height: 640 },
  ],
  ["on a small phone", { width: 320, height: 640 }],
])("every page, %s", (_, look) => {
  it("has no fault that axe finds, and does not scroll sideways", async () => {
    const { page, context } = await newVisitor(browser, look);
    const faults: Record<string, string[]> = {};
    const check = async (name: string) => {
      // A page that is being loaded has no heading yet.
      await page.locator("h1").first().waitFor();
      const found = await violations(page);
      if (found.length > 0) faults[name] = found;
      const wider = await overflow(page);
      if (wider > 0) faults[`${name} is wider`] = [String(wider)];
    };
    const paths = [
      "/book",
      "/book/boiler-service",
      "/book/boiler-service?step=time",
      "/emergency",
      "/signin",
      "/portal/bookings",
      "/nowhere",
    ];
    for (const path of paths) {
      await page.goto(site.url + path);
      // The stream stays open, so the network is never idle.
      await page.locator("h1").waitFor();
      await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
      await page.waitForTimeout(SETTLE_MS);
      await check(path);
    }
    await page.goto(`${site.url}/book/boiler-service?step=time`);
    await page.locator("[data-state=open]").first().click();
    await page.locator("label input[type=radio]").first().waitFor();
    await check("times");
    await page.locator("label input[type=radio]").first().check();
    await page.locator("main button[type=button]:not([aria-disabled=true])").last().click();
    await page.waitForURL(/step=repeat/);
    await check("repeat");
    await page.locator("main button[type=button]").last().click();
    await page.waitForURL(/step=details/);
    await check("details");
    await page.locator("#details-name").fill("Grace Guest");
    await page.locator("#details-email").fill("grace@example.com");
    await page.locator("main button[type=button]").last().click();
    await page.waitForURL(/step=payment/);
    await check("payment, while the price is asked for");
    await page.locator("main [aria-busy=true]").first().waitFor({ state: "detached" });
    await check("payment");
    await page.locator("main button[type=button]").last().click();
    await page.locator("strong[translate=no]").waitFor();
    await check("confirmation");
    await page.locator("main a[href*='/portal/bookings/']").click();
    await page.locator("ol time").first().waitFor();
    await check("booking");
    expect(faults).toEqual({});
    await context.close();
  });
});

describe("a client with an account", () => {
  it("sees own bookings, with no fault that axe finds", async () => {
    const { page, context, errors } = await newVisitor(browser);
    await signIn(site, page);
    await page.getByRole("heading", { name: /Upcoming/ }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "Show more" }).first().click();
    await page.getByRole("link", { name: /On the waiting list/ }).click();
    await page.getByRole("heading", { name: "You are waiting for this day" }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "Leave the waiting list" }).click();
    await page.getByText("Left the waiting list").waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });
});

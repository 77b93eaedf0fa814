import { join } from "node:path";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, it } from "vitest";

import {
  type Look,
  PASSWORD,
  type Site,
  newVisitor,
  openBrowser,
  openSite,
  shotsFolder,
} from "./harness";

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

/** What fades or moves has come to rest after this long. */
const SETTLE_MS = 250;

const LOOKS: Record<string, Look> = {
  light: {},
  dark: { colorScheme: "dark" },
  phone: { width: 390, height: 844 },
  rtl: { locale: "ar" },
};

async function settle(page: Page): Promise<void> {
  // The stream stays open, so the network is never idle.
  await page.locator("h1").waitFor();
  await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
  await page.waitForTimeout(SETTLE_MS);
}

/** The last button of a step is the one that leads on. */
async function onward(page: Page, step: string): Promise<void> {
  await page.locator("main button[type=button]:not([aria-disabled=true])").last().click();
  await page.waitForURL(new RegExp(`step=${step}`));
  await settle(page);
}

describe.each(Object.entries(LOOKS))("pictures, %s", (look, options) => {
  it("of every page", async () => {
    const { page, context } = await newVisitor(browser, options);
    const take = (name: string) =>
      page.screenshot({ path: join(shotsFolder(), `${name}-${look}.png`), fullPage: true });
    const open = async (name: string, path: string) => {
      await page.goto(site.url + path);
      await settle(page);
      await take(name);
    };
    await open("services", "/book");
    await open("member", "/book/boiler-service");
    await open("emergency", "/emergency");
    await open("signin", "/signin");
    await open("bookings-empty", "/portal/bookings");
    await open("not-found", "/nowhere");
    await page.goto(`${site.url}/book/boiler-service?step=time`);
    await page.locator("[data-state=open]").first().click();
    await page.locator("label input[type=radio]").nth(2).check();
    await settle(page);
    await take("time");
    await onward(page, "repeat");
    await page.locator("main input[type=radio]").last().check();
    await page.locator("table").waitFor();
    await settle(page);
    await take("repeat");
    await page.locator("main input[type=radio]").first().check();
    await onward(page, "details");
    await page.locator("main button[type=button]").last().click();
    await take("details-errors");
    await page.locator("#details-name").fill("Grace Guest");
    await page.locator("#details-email").fill("grace@example.com");
    await take("details");
    await onward(page, "payment");
    await take("payment");
    await page.locator("main button[type=button]").last().click();
    await page.locator("strong[translate=no]").waitFor();
    await take("confirmation");
    await page.goto(`${site.url}/signin`);
    await page.locator("input[type=email]").fill("client@daybook.example");
    await page.locator("input[type=password]").fill(PASSWORD);
    await page.locator("main button[type=submit]").click();
    await page.locator("main a[href*='/portal/bookings/']").first().waitFor();
    await take("bookings");
    await page.locator("main a[href*='/portal/bookings/']").nth(3).click();
    await page.locator("ol time").first().waitFor();
    await take("booking");
    await page.locator("main button[type=button]").last().click();
    await take("cancel");
    await context.close();
  });
});

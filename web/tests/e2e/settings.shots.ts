import { join } from "node:path";

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, it } from "vitest";

import { fillOutbox } from "./outbox";
import { type Site, missing, openBrowser, openSite, shotsFolder } from "./harness";
import { Front } from "./front";
import { person } from "./stage";

const reason = missing();
if (reason !== undefined) console.warn(`skipped: ${reason}`);

const LOOKS = [
  { name: "light", colorScheme: "light", width: 1280, language: "en" },
  { name: "dark", colorScheme: "dark", width: 1280, language: "en" },
  { name: "phone", colorScheme: "light", width: 320, language: "de" },
  { name: "rtl", colorScheme: "light", width: 1280, language: "ar" },
  { name: "rtl-phone-dark", colorScheme: "dark", width: 390, language: "ar" },
] as const;

describe.skipIf(reason !== undefined)("pictures of the settings", () => {
  let site: Site;
  let front: Front;
  let browser: Browser;

  beforeAll(async () => {
    site = await openSite();
    front = await Front.start(site.api);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    front?.stop();
    await site?.close();
  });

  it.each(LOOKS)("$name", async ({ name, colorScheme, width, language }) => {
    const context = await person(browser, front);
    const page = await context.newPage();
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    await page.goto(`/portal/settings?lng=${language}`);
    await page.locator("#connection [role=status]").waitFor();
    await fillOutbox(page);
    await page.reload();
    await page.locator("article").first().waitFor();
    await page
      .locator("details")
      .first()
      .evaluate((one) => one.setAttribute("open", ""));
    await page.waitForTimeout(1_500);
    await page.screenshot({ path: join(shotsFolder(), `settings-${name}.png`), fullPage: true });
    await context.close();
  });
});

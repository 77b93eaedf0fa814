import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { atDesk, firstIn } from "./desk";
import {
  type Look,
  missing,
  openBrowser,
  openSite,
  overflow,
  type Site,
  violations,
} from "./harness";

/** Every page of the desk, and states of it that people reach by pressing something. */
const PAGES = [
  "/",
  "/availability",
  "/availability?look=table",
  "/requests",
  "/requests?q=nobody-of-that-name",
  "/capacity",
  "/hours",
  "/services",
  "/services?edit=new",
  "/teams",
  "/members",
  "/resources",
  "/users",
  "/users?edit=new",
  "/promos",
  "/surcharges",
  "/rates",
  "/rounding",
  "/reminders",
  "/reminders?edit=new",
  "/letters",
  "/letters?state=sent",
  "/reconciliation",
  "/schedule",
  "/webhooks",
  "/webhooks?edit=new",
  "/audit",
  "/system",
  "/nowhere",
];

const LOOKS: [string, Look, string][] = [
  ["light", {}, "en"],
  ["dark", { colorScheme: "dark" }, "en"],
  ["dark, right to left", { colorScheme: "dark" }, "ar"],
  ["light, right to left", {}, "ar"],
  ["320 px wide", { width: 320, height: 720 }, "de"],
];

describe.skipIf(missing() !== undefined && process.env.CI === undefined)(
  "pages of the desk",
  () => {
    let site: Site;
    let browser: Browser;

    beforeAll(async () => {
      [site, browser] = await Promise.all([openSite(), openBrowser()]);
    });
    afterAll(async () => {
      await browser.close();
      await site.close();
    });

    it.each(LOOKS)(
      "have nothing for axe to find, and fit the window: %s",
      async (_name, look, language) => {
        const desk = await atDesk(browser, site, "admin", look);
        const { page } = desk;
        await page.goto(`${site.url}/admin?lng=${language}`);
        await page.locator("#main h1").waitFor();
        const request = await firstIn(page, "pending");
        const found: string[] = [];
        for (const path of [...PAGES, `/requests/${request.id}`]) {
          await page.goto(`${site.url}/admin${path}`);
          await page.locator("#main h1").waitFor();
          await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
          found.push(...(await violations(page)).map((one) => `${path}: ${one}`));
          const tooWide = await overflow(page);
          if (tooWide > 0) found.push(`${path}: ${tooWide} px too wide`);
        }
        expect(found).toEqual([]);
        expect(desk.errors).toEqual([]);
        await desk.context.close();
      },
      180_000,
    );

    it("show the day of a team with every form, without a fault", async () => {
      const desk = await atDesk(browser, site, "admin");
      const { page } = desk;
      await page.goto(`${site.url}/admin/availability`);
      await page.locator('[data-row="0"][data-column="2"]:not([data-level=unknown])').click();
      const found: string[] = [];
      for (const name of ["Raise or lower", "Set the limit", "Close the day"]) {
        await page.getByRole("button", { name, exact: true }).first().click();
        await page.getByLabel("Reason").waitFor();
        found.push(...(await violations(page)).map((one) => `${name}: ${one}`));
      }
      expect(found).toEqual([]);
      await desk.context.close();
    });

    it("add an account, put the server's complaint beside its field, and keep the rest", async () => {
      const desk = await atDesk(browser, site, "admin");
      const { page } = desk;
      await page.goto(`${site.url}/admin/users?edit=new`);
      await page.getByLabel("Name", { exact: false }).first().waitFor();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Name").fill("Nora New");
      await dialog.getByLabel("Email").fill("nora@daybook.example");
      await dialog.getByLabel("Password", { exact: true }).fill("short");
      await dialog.getByRole("button", { name: "Create" }).click();
      await dialog.getByText("must have at least 12 characters").waitFor();
      expect(await dialog.getByLabel("Email").inputValue()).toBe("nora@daybook.example");
      await dialog.getByLabel("Password", { exact: true }).fill("Long-enough-for-all-1");
      await dialog.getByRole("button", { name: "Create" }).click();
      await page.getByText("created", { exact: false }).waitFor();
      await page.getByRole("button", { name: "Nora New" }).waitFor();
      await desk.context.close();
    });
  },
);

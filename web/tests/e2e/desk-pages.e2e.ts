import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { atDesk, firstIn, settled } from "./desk";
import { PAGES } from "./desk-paths";
import {
  type Look,
  missing,
  openBrowser,
  openSite,
  overflow,
  type Site,
  violations,
} from "./harness";

const LOOKS: [string, Look, string][] = [
  ["light", {}, "en"],
  ["dark", { colorScheme: "dark" }, "en"],
  ["dark, right to left", { colorScheme: "dark" }, "ar"],
  ["light, right to left", {}, "ar"],
  ["320 px wide", { width: 320, height: 720 }, "de"],
  ["longer words", {}, "qps"],
  ["longer words, 360 px wide", { width: 360, height: 720 }, "qps"],
];

/** What axe and a ruler find wrong with a page that has come to rest. */
async function faultsOf(page: Page, name: string): Promise<string[]> {
  const found = (await violations(page)).map((one) => `${name}: ${one}`);
  const tooWide = await overflow(page);
  if (tooWide > 0) found.push(`${name}: ${tooWide} px too wide`);
  return found;
}

/** Long enough for a machine that does other things as well; each page takes about a second. */
const TIMEOUT_MS = 180_000;

describe.skipIf(missing() !== undefined && process.env.CI === undefined)(
  "pages of the desk",
  () => {
    let site: Site;
    let browser: Browser;

    beforeAll(async () => {
      [site, browser] = await Promise.all([openSite(), openBrowser()]);
    });
    afterAll(async () => {
      await browser?.close();
      await site?.close();
    });

    describe.each(LOOKS)("have nothing for axe to find, and fit: %s", (_name, look, language) => {
      it.each(Object.keys(PAGES))(
        "%s",
        async (group) => {
          const desk = await atDesk(browser, site, "admin", look);
          const { page } = desk;
          await page.goto(`${site.url}/admin?lng=${language}`);
          await settled(page);
          const request = await firstIn(page, "pending");
          const own = group === "every day" ? [`/requests/${request.id}`] : [];
          const found: string[] = [];
          for (const path of [...(PAGES[group] ?? []), ...own]) {
            await page.goto(`${site.url}/admin${path}`);
            await settled(page);
            found.push(...(await faultsOf(page, path)));
          }
          expect(found).toEqual([]);
          expect(desk.errors).toEqual([]);
          await desk.context.close();
        },
        TIMEOUT_MS,
      );
    });

    it.each([
      ["light", { colorScheme: "light" }],
      ["dark", { colorScheme: "dark" }],
    ] as const)(
      "show what lies on top of a page without a fault: %s",
      async (_name, look) => {
        const desk = await atDesk(browser, site, "admin", look);
        const { page } = desk;
        const found: string[] = [];
        const lookAt = async (name: string) => {
          await settled(page);
          found.push(...(await faultsOf(page, name)));
        };

        await page.goto(`${site.url}/admin/availability`);
        await page.locator('[data-row="0"][data-column="2"]:not([data-level=unknown])').click();
        for (const name of ["Raise or lower", "Set the limit", "Close the day"]) {
          await page.getByRole("button", { name, exact: true }).first().click();
          await page.getByLabel("Reason").waitFor();
          await lookAt(name);
        }

        const request = await firstIn(page, "pending");
        for (const name of ["Confirm", "Decline", "Assign", "Reschedule", "Cancel the booking"]) {
          await page.goto(`${site.url}/admin/requests/${request.id}`);
          await page.getByRole("button", { name, exact: true }).click();
          await page.getByRole("dialog").waitFor();
          await lookAt(name);
        }

        await page.goto(`${site.url}/admin/requests?status=pending`);
        await page.locator("tbody tr").first().getByRole("checkbox").check();
        await lookAt("what is done to many");
        await page.getByRole("button", { name: "Cancel 1" }).click();
        await page.getByRole("dialog").waitFor();
        await lookAt("cancelling many");

        await page.goto(`${site.url}/admin/`);
        await settled(page);
        await page.keyboard.press("?");
        await page.getByRole("dialog").waitFor();
        await lookAt("help");
        await page.keyboard.press("Escape");
        await page.getByRole("dialog").waitFor({ state: "detached" });
        await page.keyboard.press("Control+k");
        await page.getByLabel("Page, team, reference or name").waitFor();
        await lookAt("palette");
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: /^Account of/ }).click();
        await page.getByRole("menu").waitFor();
        await lookAt("account");

        expect(found).toEqual([]);
        expect(desk.errors).toEqual([]);
        await desk.context.close();
      },
      TIMEOUT_MS,
    );

    it("add an account, put the server's complaint beside its field, and keep the rest", async () => {
      const desk = await atDesk(browser, site, "admin");
      const { page } = desk;
      await page.goto(`${site.url}/admin/users?edit=new`);
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

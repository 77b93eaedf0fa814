import { join } from "node:path";

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, it } from "vitest";

import { atDesk, firstIn, settled } from "./desk";
import { PAGES } from "./desk-paths";
import { type Look, type Site, openBrowser, openSite, shotsFolder } from "./harness";

const LOOKS: [string, Look, string][] = [
  ["light", {}, "en"],
  ["dark", { colorScheme: "dark" }, "en"],
  ["phone", { width: 390, height: 844 }, "de"],
  ["rtl", {}, "ar"],
];

/** Each page takes a second or two, and there are many. */
const TIMEOUT_MS = 300_000;

/** The name of a page's picture: its address, as files may be called. */
function nameOf(path: string): string {
  return `desk${path === "/" ? "-today" : path.replaceAll(/[^a-z0-9]+/g, "-")}`;
}

describe("pictures of the desk", () => {
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
    "%s",
    async (name, look, language) => {
      const { page, context } = await atDesk(browser, site, "admin", look);
      await page.goto(`${site.url}/admin?lng=${language}`);
      await settled(page);
      const request = await firstIn(page, "pending");
      const pages = Object.values(PAGES)
        .flat()
        .map((path): [string, string] => [path, nameOf(path)]);
      for (const [path, file] of [...pages, [`/requests/${request.id}`, "desk-request"] as const]) {
        await page.goto(`${site.url}/admin${path}`);
        await settled(page);
        const at = join(shotsFolder(), `${file}-${name}.png`);
        await page.screenshot({ path: at, fullPage: true });
      }
      await context.close();
    },
    TIMEOUT_MS,
  );
});

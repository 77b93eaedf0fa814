/** Other ways to see the pages: larger, narrower, without colours, without motion, with longer words. */

import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { type Site, newVisitor, openBrowser, openSite, overflow, violations } from "./harness";

let site: Site;
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  site = await openSite();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await site.close();
});
afterEach(async () => {
  await context.close();
});

const PAGES = [
  "/book",
  "/book/boiler-service",
  "/book/boiler-service?step=time",
  "/emergency",
  "/signin",
  "/portal/bookings",
  "/portal/settings",
  "/nowhere",
];

/** Opens each page of the portal in turn, and hands it over once it shows what it has. */
async function onEveryPage(page: Page, search: string, look: (path: string) => Promise<void>) {
  for (const path of PAGES) {
    const sign = path.includes("?") ? "&" : "?";
    await page.goto(`${site.url}${path}${search === "" ? "" : sign + search}`);
    await page.locator("h1").first().waitFor();
    await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
    await look(path);
  }
}

async function visitor(width: number, locale = "en-GB"): Promise<Page> {
  const one = await newVisitor(browser, { width, height: 800, locale });
  context = one.context;
  return one.page;
}

describe("the portal", () => {
  it.each([1280, 320])("has room for longer words, %i px wide", async (width) => {
    const page = await visitor(width);
    const wider: Record<string, number> = {};
    await onEveryPage(page, "lng=qps", async (path) => {
      // Words of the pseudo-locale stand in brackets: without them nothing was shown to fit.
      expect(await page.locator("h1").first().innerText()).toMatch(/^\[|^[^[]*$/);
      expect(await page.getByText(/~~\]/).count()).toBeGreaterThan(0);
      const over = await overflow(page);
      if (over > 0) wider[path] = over;
    });
    expect(wider).toEqual({});
  });

  // Half as wide as a usual window: what is left of one when it is zoomed.
  it.each([1280, 640])("holds text of twice the size, %i px wide", async (width) => {
    const page = await visitor(width);
    await page.addInitScript(() => {
      document.addEventListener("DOMContentLoaded", () => {
        document.documentElement.style.fontSize = "200%";
      });
    });
    const wider: Record<string, number> = {};
    await onEveryPage(page, "", async (path) => {
      const size = await page.evaluate(() => getComputedStyle(document.documentElement).fontSize);
      expect(size).toBe("32px");
      const over = await overflow(page);
      if (over > 0) wider[path] = over;
    });
    expect(wider).toEqual({});
  });

  it("can be used in forced colours", async () => {
    const page = await visitor(1280);
    await page.emulateMedia({ forcedColors: "active" });
    const faults: Record<string, string[]> = {};
    await onEveryPage(page, "", async (path) => {
      const found = await violations(page);
      if (found.length > 0) faults[path] = found;
    });
    expect(faults).toEqual({});
    await page.goto(`${site.url}/book/boiler-service?step=time`);
    await page.locator("[data-state=open]").first().click();
    const slot = page.locator("label", { has: page.getByRole("radio") }).first();
    await slot.click();
    // What is chosen is told by more than a background, which forced colours take away.
    const marks = (element: Element) => {
      const { outlineStyle, borderColor, borderWidth } = getComputedStyle(element);
      return [outlineStyle, borderColor, borderWidth].join(" ");
    };
    const other = page.locator("label", { has: page.getByRole("radio") }).nth(1);
    await page.locator("h1").first().click();
    expect(await slot.evaluate(marks)).not.toBe(await other.evaluate(marks));
  });

  it("stands still for those who ask for that", async () => {
    const page = await visitor(1280);
    await page.emulateMedia({ reducedMotion: "reduce" });
    await onEveryPage(page, "", async (path) => {
      const moving = await page.evaluate(() =>
        document
          .getAnimations()
          .filter(({ playState, effect }) => {
            const { duration, iterations } = effect?.getTiming() ?? {};
            return playState === "running" && (Number(duration) > 50 || iterations === Infinity);
          })
          .map(({ effect }) => (effect as KeyframeEffect).target?.outerHTML.slice(0, 120)),
      );
      expect(moving, path).toEqual([]);
    });
  });
});

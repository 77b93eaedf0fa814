/**
 * How the portal feels on a phone four times slower than this machine: medians of what the first
 * page and the wizard need. A measurement, not a test: `npm run measure` prints it.
 */

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, it } from "vitest";

import { type Site, newVisitor, openBrowser, openSite } from "./harness";

const ROUNDS = Number(process.env.ROUNDS ?? 5);
const SLOWDOWN = 4;
/** A task longer than this blocks: what it takes beyond counts. */
const LONG_TASK_MS = 50;
const QUIET_MS = 1_000;

interface Vitals {
  lcpMs: number;
  tbtMs: number;
  /** The longest time from a press to the next picture, of those that were made. */
  inpMs: number;
}

/** Has a page note down what the browser says of its speed. */
async function watch(page: Page): Promise<void> {
  await page.addInitScript((longTaskMs) => {
    const vitals = { lcpMs: 0, tbtMs: 0, inpMs: 0 };
    Object.assign(window, { vitals });
    const observe = (type: string, note: (entry: PerformanceEntry) => void, more = {}) =>
      new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({
        type,
        buffered: true,
        ...more,
      });
    observe("largest-contentful-paint", (entry) => {
      vitals.lcpMs = entry.startTime;
    });
    observe("longtask", (entry) => {
      vitals.tbtMs += Math.max(0, entry.duration - longTaskMs);
    });
    observe(
      "event",
      (entry) => {
        const isPress = (entry as PerformanceEntry & { interactionId: number }).interactionId > 0;
        if (isPress) vitals.inpMs = Math.max(vitals.inpMs, entry.duration);
      },
      { durationThreshold: 16 },
    );
  }, LONG_TASK_MS);
}

const read = (page: Page) =>
  page.evaluate(() => (window as unknown as { vitals: Vitals }).vitals) as Promise<Vitals>;

function median(values: number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);
}

describe(`the portal, ${SLOWDOWN} times slower`, () => {
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

  it.each<[string, string, (page: Page) => Promise<void>]>([
    [
      "first page",
      "/book",
      async (page) => {
        await page.getByRole("link", { name: /Handyman hour/ }).waitFor();
        await page
          .getByRole("button", { name: /^Use dark colours$/ })
          .first()
          .click();
      },
    ],
    [
      "wizard",
      "/book/handyman-hour?step=time",
      async (page) => {
        await page.locator("[data-state=open]").first().waitFor();
        await page.getByRole("button", { name: "Next month" }).click();
        await page.locator("[data-state=open]").nth(3).click();
        await page.getByRole("radio").first().check();
      },
    ],
  ])("%s", { timeout: 300_000 }, async (name, path, use) => {
    const measured: Vitals[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const { page, context } = await newVisitor(browser, { width: 390, height: 844 });
      const session = await context.newCDPSession(page);
      await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWDOWN });
      await watch(page);
      await page.goto(site.url + path);
      await page.locator("h1").first().waitFor();
      await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
      await page.waitForTimeout(QUIET_MS);
      // A press ends the search for the largest picture, so what loading took is read before.
      const loaded = await read(page);
      await use(page);
      await page.waitForTimeout(QUIET_MS);
      measured.push({ ...loaded, inpMs: (await read(page)).inpMs });
      await context.close();
    }
    const of = (key: keyof Vitals) => median(measured.map((one) => one[key]));
    console.log(
      `${name}, ${SLOWDOWN}x CPU, ${ROUNDS} first visits without a slow network: ` +
        `LCP ${of("lcpMs")} ms (goal 2300), INP ${of("inpMs")} ms (goal 100), TBT ${of("tbtMs")} ms`,
    );
  });
});

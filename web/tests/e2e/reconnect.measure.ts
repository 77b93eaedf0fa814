/**
 * How long a booking that waits takes from "the network is back" to "confirmed", with a healthy
 * server. A measurement, not a test: `npm run measure` prints it.
 */

import { afterAll, beforeAll, describe, it } from "vitest";

import { type Site, openBrowser, openSite } from "./harness";
import { readOutbox } from "./outbox";
import { Front } from "./front";
import { person } from "./stage";
import { fillDetails, openTimes } from "./steps";

const ROUNDS = Number(process.env.ROUNDS ?? 12);
const GOAL_MS = 2_000;

describe("from reconnecting to confirmed", () => {
  let site: Site;
  let front: Front;

  beforeAll(async () => {
    site = await openSite();
    front = await Front.start(site.api);
  });
  afterAll(async () => {
    front?.stop();
    await site?.close();
  });

  it(`${ROUNDS} rounds`, { timeout: 600_000 }, async () => {
    const browser = await openBrowser();
    const tookMs: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const context = await person(browser, front);
      const page = await context.newPage();
      await openTimes({ ...site, url: front.url }, page);
      await page.getByRole("radio").first().check();
      await page.getByRole("button", { name: "Continue" }).click();
      await page.getByRole("heading", { name: "Once, or regularly?" }).waitFor();
      await page.getByRole("button", { name: "Continue" }).click();
      await fillDetails(page);
      await page.getByRole("button", { name: "Continue" }).click();
      await page.getByRole("button", { name: "Book now" }).waitFor();
      await context.setOffline(true);
      await page.getByRole("button", { name: "Save and send later" }).click();
      await page.getByRole("heading", { name: /not confirmed yet/ }).waitFor();

      const began = performance.now();
      await context.setOffline(false);
      while ((await readOutbox(page))[0]?.status !== "done") {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      tookMs.push(performance.now() - began);
      await context.close();
    }
    await browser.close();
    tookMs.sort((a, b) => a - b);
    const at = (share: number) => Math.round(tookMs[Math.ceil(tookMs.length * share) - 1] ?? 0);
    console.log(
      `reconnect to confirmed, ${ROUNDS} rounds: median ${at(0.5)} ms, p95 ${at(0.95)} ms, ` +
        `worst ${at(1)} ms (goal: p95 ${GOAL_MS} ms)`,
    );
  });
});

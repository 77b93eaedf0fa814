/** A place that is kept for a while, and a price that changes meanwhile. */

import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";

import { atOffice, takeAll } from "./elsewhere";
import { missing, violationsInBothSchemes } from "./harness";
import { setStage } from "./stage";
import { almostBook, fillDetails, openTimes, takeFirstTime } from "./steps";

const reason = missing();
if (reason !== undefined) console.warn(`skipped: ${reason}`);

/** Long enough to type a name on a busy machine, short enough to see it end. */
const LIFETIME_S = 20;

const bookNow = (page: Page) => page.getByRole("button", { name: "Book now" }).click();
const confirmed = (page: Page) =>
  page.getByRole("heading", { name: /^(Confirmed|Received)/ }).waitFor();

describe.skipIf(reason !== undefined)("a place that is kept", () => {
  const stage = setStage({
    DAYBOOK__HOLDS__LIFETIME: `${LIFETIME_S}s`,
    DAYBOOK__HOLDS__LIFETIME_MAX: "10m",
  });

  /** Seconds that the page says are left. */
  const secondsLeft = async (page: Page) => {
    const text = await page.getByText(/^Kept for you for/).innerText();
    const [minutes = 0, seconds = 0] = (/(\d+):(\d\d)/.exec(text) ?? []).slice(1).map(Number);
    return minutes * 60 + seconds;
  };
  const isOver = (page: Page) =>
    page.getByText("The place is no longer kept for you").waitFor({ timeout: 40_000 });

  it("is counted down, and kept for longer when asked", { timeout: 120_000 }, async () => {
    const page = await stage.context.newPage();
    await openTimes(stage.site, page);
    await takeFirstTime(page);
    const first = await secondsLeft(page);
    expect(first).toBeLessThanOrEqual(LIFETIME_S);
    await expect.poll(() => secondsLeft(page)).toBeLessThan(Math.min(first, LIFETIME_S - 2));
    expect(await violationsInBothSchemes(page)).toEqual([]);

    const answered = page.waitForResponse((answer) => answer.url().endsWith("/extend"));
    await page.getByRole("button", { name: "Keep it longer" }).click();
    expect((await answered).status()).toBe(200);

    await expect.poll(() => secondsLeft(page)).toBeGreaterThan(LIFETIME_S - 6);
  });

  it("says when it is over, and is kept again", { timeout: 120_000 }, async () => {
    const page = await stage.context.newPage();
    await openTimes(stage.site, page);
    await takeFirstTime(page);
    await isOver(page);
    expect(await violationsInBothSchemes(page)).toEqual([]);

    await page.getByRole("button", { name: "Keep it again" }).click();

    await page.getByText(/^Kept for you for/).waitFor();
    await fillDetails(page);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("button", { name: "Book now", disabled: false }).waitFor();
    await bookNow(page);
    await confirmed(page);
  });

  it("and went to somebody else offers another time", { timeout: 120_000 }, async () => {
    const page = await stage.context.newPage();
    await openTimes(stage.site, page);
    await takeFirstTime(page);
    await isOver(page);
    // By the server's clock it may be kept a moment longer.
    const taken = async () => (await takeAll(stage.site.api, page.url())).length;
    await expect.poll(taken).toBeGreaterThan(0);

    await page.getByRole("button", { name: "Keep it again" }).click();

    const alert = page.getByRole("alert");
    await alert.waitFor();
    expect(await violationsInBothSchemes(page)).toEqual([]);
    await alert.getByRole("button", { name: "Choose another time" }).click();
    await page.getByRole("heading", { name: "When suits you?" }).waitFor();
    expect(new URL(page.url()).searchParams.get("slot")).toBeNull();
  });
});

describe.skipIf(reason !== undefined)(
  "a price that changes between the quote and the booking",
  () => {
    const stage = setStage();

    it("is shown beside the old one, and asked about", async () => {
      const office = await atOffice(stage.site.api);
      const page = await stage.context.newPage();
      await almostBook(stage.site, page, { service: "plumbing-repair" });
      const total = page
        .locator("main")
        .getByText("Total", { exact: true })
        .first()
        .locator("xpath=..");
      const before = await total.innerText();
      await office.changeService("plumbing-repair", { price: { amount: 10_900, currency: "EUR" } });
      await bookNow(page);

      const alert = page.getByRole("alert");
      await alert.getByText("The price has changed").waitFor();
      const old = /[\d.,]+/.exec(await alert.getByText(/^Agreed before/).innerText())?.[0] ?? "?";
      const fresh = /[\d.,]+/.exec(await alert.getByText(/^Price now/).innerText())?.[0] ?? "?";
      expect(before).toContain(old);
      expect(Number(fresh)).toBeGreaterThan(Number(old));
      expect(await violationsInBothSchemes(page)).toEqual([]);
      expect(stage.front.posts.map(({ status }) => status)).toEqual([409]);

      await alert.getByRole("button", { name: "See the new price" }).click();
      await page.getByRole("button", { name: "Book now", disabled: false }).waitFor();
      expect(await total.innerText()).toContain(fresh);
      await bookNow(page);
      await confirmed(page);
      expect(stage.front.posts.map(({ status }) => status)).toEqual([409, 201]);
      expect(new Set(stage.front.posts.map(({ key }) => key)).size).toBe(2);
    });

    it("is shown beside the old one to whoever pays by card", async () => {
      const office = await atOffice(stage.site.api);
      const page = await stage.context.newPage();
      await almostBook(stage.site, page, { service: "kitchen-planning" });
      await page.getByLabel(/By card/).check();
      await office.changeService("kitchen-planning", { price: { amount: 6_900, currency: "EUR" } });
      await page.getByRole("button", { name: "Continue to payment" }).click();

      const alert = page.getByRole("alert");
      await alert.getByText("The price has changed").waitFor();
      await alert.getByText(/^Price now/).waitFor();
      expect(await violationsInBothSchemes(page)).toEqual([]);
      await page.getByRole("button", { name: "Continue to payment", disabled: false }).click();
      await page.getByText("Sandbox: no real card").waitFor();
      expect(stage.front.posts.map(({ status }) => status)).toEqual([409, 201]);
    });
  },
);

/** For those who cannot wait, and what it costs those who change their mind. */

import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";

import { atOffice } from "./elsewhere";
import { missing, violationsInBothSchemes } from "./harness";
import { readOutbox } from "./outbox";
import { setStage } from "./stage";
import { book } from "./steps";

const reason = missing();
if (reason !== undefined) console.warn(`skipped: ${reason}`);

const PHONE = "+49 30 1234567";

describe.skipIf(reason !== undefined)("an emergency", () => {
  const stage = setStage();
  beforeEach(() => {
    stage.front.phone = PHONE;
  });

  const phone = (page: Page) => page.getByRole("link", { name: PHONE });

  /** Everything told, and the price on the screen. */
  async function almostSent(page: Page): Promise<void> {
    await page.goto("/emergency");
    await phone(page).waitFor();
    await page.getByRole("link", { name: "Earliest visit" }).first().click();
    await page.getByRole("radio").first().check();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByLabel("Name").fill("Grace Guest");
    await page.getByLabel("Email").fill("grace@example.com");
    await page.getByLabel("Telephone").fill("+49 170 1234567");
    await page.getByLabel("Address of the visit").fill("Long Street 1, Berlin");
    await page.getByLabel("What has happened").fill("Water comes through the ceiling.");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("button", { name: "Book now", disabled: false }).waitFor();
  }

  it("is booked at its price, past the outbox", async () => {
    const page = await stage.context.newPage();
    await almostSent(page);
    await page.getByText("Emergency", { exact: true }).first().waitFor();
    expect(await page.getByLabel(/By card/).count()).toBe(0);
    expect(await violationsInBothSchemes(page)).toEqual([]);

    await page.getByRole("button", { name: "Book now" }).click();
    await page.getByRole("heading", { name: /^(Confirmed|Received)/ }).waitFor();

    expect(await readOutbox(page)).toEqual([]);
    expect(stage.front.posts.map(({ status }) => status)).toEqual([201]);
  });

  it("is not kept for later when the connection goes", async () => {
    const page = await stage.context.newPage();
    await almostSent(page);
    await stage.context.setOffline(true);

    await page.getByText(/An emergency is not kept for later/).waitFor();
    await phone(page).waitFor();
    const button = page.getByRole("button", { name: "Book now" });
    expect(await button.isDisabled()).toBe(true);
    expect(await violationsInBothSchemes(page)).toEqual([]);
    expect(await readOutbox(page)).toEqual([]);
    expect(stage.front.posts).toEqual([]);
  });

  it("has its number to call on the page without a connection", async () => {
    const page = await stage.context.newPage();
    await page.goto("/emergency");
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await stage.context.setOffline(true);

    await page.goto("/emergency");

    await phone(page).waitFor();
    expect(await phone(page).getAttribute("href")).toBe("tel:+49301234567");
    await page.getByText(/An emergency is not kept for later/).waitFor();
    expect(await violationsInBothSchemes(page)).toEqual([]);
  });
});

describe.skipIf(reason !== undefined)("calling off late", () => {
  const stage = setStage();

  it("tells what it costs before, and only then does it", async () => {
    const office = await atOffice(stage.site.api);
    await office.changeService("plumbing-repair", {
      freeCancelMinutesMin: 60 * 24 * 80,
      cancelFeeAmount: 1_500,
    });
    const page = await stage.context.newPage();
    await book(stage.site, page, "plumbing-repair");
    await page.getByRole("link", { name: "Show the booking" }).click();
    await page.getByRole("button", { name: "Cancel the booking" }).click();
    const agree = page.getByRole("button", { name: /15/ });
    await agree.waitFor();
    expect(await violationsInBothSchemes(page)).toEqual([]);

    await stage.context.setOffline(true);
    await expect.poll(() => agree.isDisabled()).toBe(true);
    await stage.context.setOffline(false);
    await expect.poll(() => agree.isEnabled()).toBe(true);
    await agree.click();

    await page.getByText("Cancelled").first().waitFor();
    expect(await readOutbox(page)).toHaveLength(1);
    expect(stage.front.passed.filter(({ path }) => path.endsWith("/cancel"))).toMatchObject([
      { status: 200 },
    ]);
  });
});

/** A series of which one date is taken: it is seen before, mended by itself, and booked with the rest. */

import { describe, expect, it } from "vitest";

import { placeAt, takeStart } from "./elsewhere";
import { missing, violationsInBothSchemes } from "./harness";
import { setStage } from "./stage";
import { fillDetails, openTimes } from "./steps";

const reason = missing();
if (reason !== undefined) console.warn(`skipped: ${reason}`);

const DAY_MS = 86_400_000;

/** The same time of day so many days later, said as the wizard says it; no clock changes between. */
function later(startsAt: string, days: number): string {
  const offset = startsAt.slice(19);
  const local = Date.parse(`${startsAt.slice(0, 19)}Z`) + days * DAY_MS;
  return `${new Date(local).toISOString().slice(0, 19)}${offset}`;
}

describe.skipIf(reason !== undefined)("a series with a date that is taken", () => {
  const stage = setStage();

  it("moves that visit, and books it with the others", async () => {
    const page = await stage.context.newPage();
    await openTimes(stage.site, page);
    await page.getByRole("radio").first().check();
    const place = await placeAt(stage.site.api, page.url());
    const second = later(place.startsAt, 7);
    expect(
      (await takeStart(stage.site.api, { ...place, startsAt: second })).length,
    ).toBeGreaterThan(0);
    await page.getByRole("button", { name: "Continue" }).click();

    await page.getByLabel("Repeat regularly").check();
    const row = page.locator("tr[data-state=conflict]");
    await row.waitFor();
    expect(await row.count()).toBe(1);
    await page.getByText("3 visits will be booked; left out: 1.").waitFor();
    expect(await violationsInBothSchemes(page)).toEqual([]);
    const fix = row.getByRole("combobox", { name: /^What to do about/ });
    const other = fix.locator("option", { hasText: /^Move to/ }).first();
    await fix.selectOption((await other.getAttribute("value")) ?? "");
    await page.getByText("4 visits will be booked; left out: 0.").waitFor();

    await page.getByRole("button", { name: "Continue" }).click();
    await fillDetails(page);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByText("1 moved visit is added at the price of its own time.").waitFor();
    await page.getByRole("button", { name: "Book now", disabled: false }).click();

    await page.getByText("3 visits are booked. 1 was left out.").waitFor();
    await expect.poll(() => page.getByRole("heading", { name: "Confirmed" }).count()).toBe(2);
    expect(stage.front.posts.map(({ status }) => status)).toEqual([201, 201]);
    expect(await violationsInBothSchemes(page)).toEqual([]);
  });
});

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ask, atDesk, type Desk } from "./desk";
import { missing, openBrowser, openSite, type Site } from "./harness";

describe.skipIf(missing() !== undefined && process.env.CI === undefined)("the live board", () => {
  let site: Site;
  let browser: Browser;
  let desk: Desk;

  beforeAll(async () => {
    [site, browser] = await Promise.all([openSite(), openBrowser()]);
    desk = await atDesk(browser, site, "dispatcher");
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
  });

  /** The board, and the text of one of its cells. */
  const cell = (row: number, column: number) =>
    desk.page.locator(`[data-row="${row}"][data-column="${column}"]`);
  const openBoard = async () => {
    await desk.page.goto(`${site.url}/admin/availability`);
    await cell(0, 0).waitFor();
    // Days come team by team: all of them have to be there before one is read.
    const unknown = desk.page.locator("[role=gridcell][data-level=unknown]");
    await expect.poll(() => unknown.count()).toBe(0);
  };
  /** The board's first team on the day of one of its columns. */
  const place = async (column: number) => {
    const { page } = desk;
    const teams = await ask<{ items: { id: string; name: string; timeZone: string }[] }>(
      page,
      "/api/admin/teams",
    );
    const name = await page.locator("tbody th[scope=row]").first().textContent();
    const team = teams.items.find((one) => one.name === name);
    if (team === undefined) throw new Error(`no team of the name ${name}`);
    const { timeZone } = team;
    const day = new Intl.DateTimeFormat("en-CA", { timeZone }).format(
      Date.now() + column * 86_400_000,
    );
    return { teamId: team.id, day };
  };
  /** Another dispatcher gives a day one place more; answers its status. */
  const raiseElsewhere = (page: Page, at: { teamId: string; day: string }) =>
    page.evaluate(async ({ teamId, day }) => {
      const path = `/api/admin/capacity/${teamId}/${day}/overrides`;
      const response = await fetch(path, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "idempotency-key": crypto.randomUUID(),
        },
        body: JSON.stringify({ delta: 1, reason: "One more van" }),
      });
      return response.status;
    }, at);

  it("has one tab stop and is gone through by arrows", async () => {
    await openBoard();
    const { page } = desk;
    expect(await page.locator('[role=gridcell][tabindex="0"]').count()).toBe(1);
    await cell(0, 0).focus();
    for (const key of ["ArrowRight", "ArrowRight", "ArrowDown"]) await page.keyboard.press(key);
    await expect
      .poll(() => cell(1, 2).evaluate((one) => one === document.activeElement))
      .toBe(true);
    await page.keyboard.press("End");
    await expect
      .poll(() => cell(1, 13).evaluate((one) => one === document.activeElement))
      .toBe(true);
    await page.keyboard.press("Control+Home");
    await expect.poll(() => cell(0, 0).getAttribute("tabindex")).toBe("0");
    expect(await page.locator('[role=gridcell][tabindex="0"]').count()).toBe(1);
  });

  it("overrides a day by keyboard alone, shows it live, and takes it back", async () => {
    await openBoard();
    const { page } = desk;
    const numbers = cell(0, 2).locator("span").first();
    const before = await numbers.textContent();
    const [used, limit] = (before ?? "").split("/").map(Number);
    await cell(0, 2).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Raise or lower" }).focus();
    await page.keyboard.press("Enter");
    const delta = page.getByLabel("Places more or fewer");
    await delta.focus();
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type("3");
    await expect.poll(() => page.getByText("What will change").count()).toBe(1);

    await page.getByRole("button", { name: "Make the override" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("Say why, in at least three characters.").waitFor();

    await page.getByLabel("Reason").focus();
    await page.keyboard.type("Two colleagues help out");
    await page.getByRole("button", { name: "Make the override" }).focus();
    await page.keyboard.press("Enter");

    await page.getByRole("button", { name: /Undo/ }).waitFor();
    await expect.poll(() => numbers.textContent()).toBe(`${used}/${(limit ?? 0) + 3}`);
    // There are ten seconds for this: whatever else is to be looked at comes later.
    await page.getByRole("button", { name: /Undo/ }).click();
    await page.getByText("Taken back.").waitFor();
    await expect.poll(() => numbers.textContent()).toBe(before);

    const trail = await ask<{ items: { action: string; reason: string }[] }>(
      page,
      "/api/admin/audit?limit=2",
    );
    expect(trail.items[1]).toMatchObject({
      action: "override-created",
      reason: "Two colleagues help out",
    });
    expect(trail.items[0]?.action).toBe("override-revoked");
    expect(trail.items[0]?.reason).toContain("Two colleagues help out");
    // Both stand in the day's own history, and in the trail of everything.
    await page.getByText("Override made").first().waitFor();
    await page.goto(`${site.url}/admin/audit`);
    await page.getByText("Override revoked").first().waitFor();
    await page.getByText("Two colleagues help out", { exact: true }).first().waitFor();
  });

  it("shows a day that has moved before anybody decides on numbers that are gone", async () => {
    await openBoard();
    const { page } = desk;
    const other = await atDesk(browser, site, "admin");
    await cell(0, 5).click();
    await page.getByRole("button", { name: "Set the limit" }).click();
    await page.getByLabel("Limit of this day").fill("15");
    await page.getByLabel("Reason").fill("A colleague is back");
    expect(await raiseElsewhere(other.page, await place(5))).toBe(201);
    await page.getByText("The day has changed while this was open").waitFor();

    const submit = page.getByRole("button", { name: "Set the limit" }).last();
    await submit.click();
    await page.getByText("The day has changed while this was open").waitFor({ state: "detached" });
    const { teamId, day } = await place(5);
    const path = `/api/admin/capacity?teamId=${teamId}&from=${day}&to=${day}`;
    const baseLimit = async () =>
      (await ask<{ items: { baseLimit: number }[] }>(page, path)).items[0]?.baseLimit;
    expect(await baseLimit()).not.toBe(15);
    await submit.click();
    await page.getByText(/: the limit is set\./).waitFor();
    expect(await baseLimit()).toBe(15);
    await other.context.close();
  });

  it("refuses a limit below what is booked before it is sent", async () => {
    const { page } = desk;
    await openBoard();
    await cell(0, 2).click();
    await page.getByRole("button", { name: "Raise or lower" }).click();
    await page.getByLabel("Places more or fewer").fill("-12");
    await page.getByText(/The day would be short of/).waitFor();
    expect(await page.getByRole("button", { name: "Make the override" }).isDisabled()).toBe(true);
  });

  it("shows what somebody else changes without being asked again", async () => {
    await openBoard();
    const other = await atDesk(browser, site, "admin");
    const number = cell(0, 3).locator("span").first();
    const before = await number.textContent();
    expect(await raiseElsewhere(other.page, await place(3))).toBe(201);
    await expect.poll(() => number.textContent()).not.toBe(before);
    await other.context.close();
  });

  it("closes a day and opens it again", async () => {
    await openBoard();
    const { page } = desk;
    await cell(1, 4).click();
    await page.getByRole("button", { name: "Close the day" }).click();
    await page.getByLabel("Reason").fill("Works outing");
    await page.getByRole("button", { name: "Close the day" }).last().click();
    await page.getByText(/is closed\./).waitFor();
    await expect.poll(() => cell(1, 4).getAttribute("data-level")).toBe("closed");
    await page.getByRole("button", { name: /Undo/ }).click();
    await page.getByText("Taken back.").waitFor();
    await expect.poll(() => cell(1, 4).getAttribute("data-level")).not.toBe("closed");
  });

  it("left nothing in the console", () => {
    expect(desk.errors).toEqual([]);
  });
});

import type { Browser } from "playwright-core";
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
    await expect.poll(() => cell(0, 3).getAttribute("data-level")).not.toBe("unknown");
  };

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
    expect(await page.locator('[role=gridcell][tabindex="0"]').count()).toBe(1);
    expect(await cell(0, 0).getAttribute("tabindex")).toBe("0");
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
    const trail = await ask<{ items: { action: string; reason: string }[] }>(
      page,
      "/api/admin/audit?limit=1",
    );
    expect(trail.items[0]).toMatchObject({
      action: "override-created",
      reason: "Two colleagues help out",
    });
    await page.getByText("Override made").first().waitFor();

    await page.getByRole("button", { name: /Undo/ }).click();
    await page.getByText("Taken back.").waitFor();
    await expect.poll(() => numbers.textContent()).toBe(before);
    const after = await ask<{ items: { action: string; reason: string }[] }>(
      page,
      "/api/admin/audit?limit=1",
    );
    expect(after.items[0]?.action).toBe("override-revoked");
    expect(after.items[0]?.reason).toContain("Two colleagues help out");
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
    const { page } = desk;
    const other = await atDesk(browser, site, "admin");
    const number = cell(0, 3).locator("span").first();
    const before = await number.textContent();
    const teams = await ask<{ items: { id: string; name: string }[] }>(page, "/api/admin/teams");
    const name = await page.locator("tbody th[scope=row]").first().textContent();
    const team = teams.items.find((one) => one.name === name);
    const day = await page.evaluate(() => {
      const inThree = new Date(Date.now() + 3 * 86_400_000);
      return new Intl.DateTimeFormat("en-CA", { timeZone: "Europe/Berlin" }).format(inThree);
    });
    const status = await other.page.evaluate(
      async ([teamId, date]) => {
        const path = `/api/admin/capacity/${teamId}/${date}/overrides`;
        const response = await fetch(path, {
          method: "POST",
          headers: {
            "content-type": "application/json",
            "idempotency-key": crypto.randomUUID(),
          },
          body: JSON.stringify({ delta: 1, reason: "One more van" }),
        });
        return response.status;
      },
      [team?.id, day] as const,
    );
    expect(status).toBe(201);
    await expect.poll(() => number.textContent(), { timeout: 15_000 }).not.toBe(before);
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
    await page.getByRole("button", { name: "Open the day" }).waitFor();
    await expect.poll(() => cell(1, 4).getAttribute("data-level")).toBe("closed");
    await page.getByRole("button", { name: /Undo/ }).click();
    await page.getByText("Taken back.").waitFor();
    await expect.poll(() => cell(1, 4).getAttribute("data-level")).not.toBe("closed");
  });

  it("left nothing in the console", () => {
    expect(desk.errors).toEqual([]);
  });
});

import { readFileSync } from "node:fs";

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ask, atDesk, type Desk, firstIn, type Listed, order } from "./desk";
import { missing, openBrowser, openSite, type Site } from "./harness";

describe.skipIf(missing() !== undefined && process.env.CI === undefined)("requests", () => {
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
  const rows = () => desk.page.locator("tbody tr");

  it("keeps the filter in the address, and shows the same to whoever opens it", async () => {
    const { page } = desk;
    await page.goto(`${site.url}/admin/requests`);
    await rows().first().waitFor();
    await page.getByRole("button", { name: "Waiting" }).click();
    await expect.poll(() => new URL(page.url()).search).toBe("?status=waitlisted&sort=startsAt");
    await expect.poll(() => rows().count()).toBe(2);
    await page.getByLabel("Search requests").fill("Carla");
    await expect.poll(() => new URL(page.url()).searchParams.get("q")).toBe("Carla");
    await expect.poll(() => rows().count()).toBe(1);

    const copy = await desk.context.newPage();
    await copy.goto(page.url());
    await copy.getByText("Carla Client").waitFor();
    expect(await copy.locator("tbody tr").count()).toBe(1);
    expect(await copy.getByLabel("Search requests").inputValue()).toBe("Carla");
    await copy.close();
  });

  it("saves a view and finds it again", async () => {
    const { page } = desk;
    await page.goto(`${site.url}/admin/requests?q=Carla`);
    await page.getByRole("button", { name: "Save this view" }).click();
    await page.getByLabel("Name of the view").fill("Carla's");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.goto(`${site.url}/admin/requests`);
    await page.getByRole("button", { name: "Carla's", exact: true }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get("q")).toBe("Carla");
  });

  it("is gone through by j, k and x, unless that is switched off", async () => {
    const { page } = desk;
    await page.goto(`${site.url}/admin/requests`);
    await rows().first().waitFor();
    await page.locator("h1").click();
    for (const key of ["j", "j", "k", "j", "x"]) await page.keyboard.press(key);
    const focused = () =>
      page.evaluate(() => document.activeElement?.closest("tr")?.rowIndex ?? -1);
    expect(await focused()).toBe(2);
    await page.getByText("1 selected").waitFor();
    await page.keyboard.press("/");
    await expect
      .poll(() =>
        page.getByLabel("Search requests").evaluate((one) => one === document.activeElement),
      )
      .toBe(true);
    await page.locator("h1").click();
    await page.keyboard.press("?");
    await page.getByLabel("Single-key shortcuts").click();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    const before = await focused();
    await page.keyboard.press("j");
    expect(await focused()).toBe(before);
    await page.evaluate(() => localStorage.removeItem("daybook.admin.keys"));
  });

  it("goes anywhere from the palette", async () => {
    const { page } = desk;
    await page.goto(`${site.url}/admin/`);
    await page.locator("#main h1").waitFor();
    await page.keyboard.press("Control+k");
    await page.getByLabel("Page, team, reference or name").fill("Audit");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/admin/audit");
  });

  it("confirms many at once, and says what came of each", async () => {
    const { page } = desk;
    await page.goto(`${site.url}/admin/requests?status=pending&sort=startsAt`);
    await rows().first().waitFor();
    await rows().nth(0).getByRole("checkbox").check();
    await rows().nth(1).getByRole("checkbox").check();
    const chosen = await rows()
      .locator("a[data-row]")
      .evaluateAll((links) =>
        links.slice(0, 2).map((link) => (link as HTMLElement).dataset.row ?? ""),
      );
    await page.getByRole("button", { name: "Confirm 2" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Confirm 2" }).click();
    await page.getByText("2 bookings were changed.").waitFor();
    for (const id of chosen) {
      const now = await ask<{ status: string }>(page, `/api/admin/service-requests/${id}`);
      expect(now.status).toBe("confirmed");
    }
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
  });

  it("asks for a reason before it cancels", async () => {
    const { page } = desk;
    await page.goto(`${site.url}/admin/requests?status=pending&sort=startsAt`);
    await rows().first().waitFor();
    await rows().nth(0).getByRole("checkbox").check();
    await page.getByRole("button", { name: "Cancel 1" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Cancel 1" }).click();
    await page.getByText("Say why, in at least three characters.").waitFor();
    await dialog.getByLabel("Reason").fill("The van broke down");
    await dialog.getByRole("button", { name: "Cancel 1" }).click();
    await page.getByText("1 booking was changed.").waitFor();
  });

  it("exports what the filter shows, and leaves a trace", async () => {
    const { page } = desk;
    await page.goto(`${site.url}/admin/requests?status=waitlisted&sort=startsAt`);
    await rows().first().waitFor();
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Export as CSV" }).click(),
    ]);
    const lines = readFileSync(await file.path(), "utf8")
      .trim()
      .split("\r\n");
    expect(lines[0]).toContain('"reference","status"');
    expect(lines).toHaveLength(3);
    expect(lines.slice(1).every((line) => line.includes('"waitlisted"'))).toBe(true);
    await page.getByText("The file is complete.", { exact: false }).waitFor();
    await page.goto(`${site.url}/admin/audit`);
    await page.getByText("Requests exported").first().waitFor();
  });

  it("shows what has changed meanwhile before it overwrites it", async () => {
    const { page } = desk;
    const request = await firstIn(page, "pending");
    await page.goto(`${site.url}/admin/requests/${request.id}`);
    await page.getByRole("button", { name: "Cancel the booking" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Reason").fill("The client called");

    const path = `/api/admin/service-requests/${request.id}/confirm`;
    expect(await order(page, path, request.rev, {})).toBe(200);

    await page.getByText("It has changed while you were looking").waitFor();
    await dialog.getByRole("cell", { name: "Confirmed" }).waitFor();
    expect(await dialog.getByRole("button", { name: "Cancel the booking" }).isDisabled()).toBe(
      true,
    );
    await dialog.getByRole("button", { name: "I have seen it, go on" }).click();
    await dialog.getByRole("button", { name: "Cancel the booking" }).click();
    await page.getByText(`${request.reference} is cancelled.`).waitFor();
    const now = await ask<{ status: string; cancellation: { reason: string } }>(
      page,
      `/api/admin/service-requests/${request.id}`,
    );
    expect(now).toMatchObject({
      status: "cancelled",
      cancellation: { reason: "The client called" },
    });
  });

  it("shows the refusal when the page had not heard of the change", async () => {
    const { page } = desk;
    const request = await firstIn(page, "pending");
    // The page is deaf: neither stream nor new reads arrive, as in a tunnel.
    await page.route("**/api/portal/realtime**", (route) => route.abort());
    await page.goto(`${site.url}/admin/requests/${request.id}`);
    await page.getByRole("button", { name: "Assign" }).click();
    const other = await atDesk(browser, site, "admin");
    const path = `/api/admin/service-requests/${request.id}/confirm`;
    expect(await order(other.page, path, request.rev, {})).toBe(200);
    await other.context.close();
    await page.getByRole("dialog").getByRole("button", { name: "Assign" }).click();
    await page.getByText("It has changed while you were looking").waitFor();
    await page.unroute("**/api/portal/realtime**");
  });

  it("moves a booking to another time that is free", async () => {
    const { page } = desk;
    const request = await firstIn(page, "confirmed", "-startsAt");
    await page.goto(`${site.url}/admin/requests/${request.id}`);
    await page.getByRole("button", { name: "Reschedule" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("radio").first().check();
    await dialog.getByRole("button", { name: "Reschedule" }).click();
    await page.getByText(`${request.reference} is moved.`).waitFor();
    await page.getByText("Rescheduled").first().waitFor();
  });

  it("lets a member see its own teams, and nothing of the others", async () => {
    const member = await atDesk(browser, site, "member");
    const { page } = member;
    const links = await page.locator("nav a").allTextContents();
    expect(links).not.toContain("Audit trail");
    expect(links).not.toContain("Accounts");
    await page.goto(`${site.url}/admin/availability`);
    await page.locator("tbody th[scope=row]").first().waitFor();
    expect(await page.locator("tbody th[scope=row]").allTextContents()).toEqual([
      "Berlin North",
      "Berlin South",
    ]);
    const all = await ask<Listed>(page, "/api/admin/service-requests?limit=100");
    expect(all.items.length).toBeGreaterThan(0);
    expect(all.items.filter(({ team }) => !team.name.startsWith("Berlin"))).toEqual([]);
    await page.locator('[data-row="0"][data-column="2"]').click();
    await page.getByText("Bookings").first().waitFor();
    expect(await page.getByRole("button", { name: "Raise or lower" }).count()).toBe(0);
    await page.goto(`${site.url}/admin/audit`);
    await page.getByText("There is nothing at this address").waitFor();
    expect(member.errors).toEqual([]);
    await member.context.close();
  });

  it("left nothing in the console", () => {
    expect(desk.errors).toEqual([]);
  });
});

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { serviceOf, takeEverywhere } from "./elsewhere";
import { type Site, newVisitor, openBrowser, openSite, violations } from "./harness";
import { book, fillDetails, openTimes, takeFirstTime } from "./steps";

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

describe("the wizard", () => {
  it("books for a guest, and shows the booking by its link", async () => {
    const { page, context, errors } = await newVisitor(browser);
    const reference = await book(site, page);
    expect(reference).toMatch(/^DB-/);
    await page.getByRole("link", { name: "Show the booking" }).click();
    await page.getByRole("heading", { name: "Handyman hour", level: 1 }).waitFor();
    expect(await page.getByText(reference).count()).toBeGreaterThan(0);
    await page.goto(`${site.url}/portal/bookings`);
    await page.getByText(reference).waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });

  it("asks for availability once per month that is shown", async () => {
    const { page, context } = await newVisitor(browser);
    const calls: string[] = [];
    page.on("request", (request) => {
      const { pathname, searchParams } = new URL(request.url());
      const isMonth = pathname === "/api/bookings/availability" && searchParams.get("days") !== "1";
      if (isMonth) calls.push(request.url());
    });
    await page.goto(`${site.url}/book/handyman-hour?step=time`);
    await page.locator("[data-state=open]").first().waitFor();
    expect(calls).toHaveLength(1);
    await page.getByRole("button", { name: "Next month" }).click();
    await page.locator("[data-state=open]").first().waitFor();
    await page.waitForTimeout(300);
    expect(calls).toHaveLength(2);
    await context.close();
  });

  it("keeps what was typed and chosen when going back and reloading", async () => {
    const { page, context } = await newVisitor(browser);
    await openTimes(site, page);
    await page.getByRole("radio").nth(1).check();
    const chosen = await page.getByRole("radio").nth(1).getAttribute("value");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("heading", { name: "Once, or regularly?" }).waitFor();
    await page.getByRole("button", { name: "Continue" }).click();
    await fillDetails(page);
    await page.getByRole("button", { name: "Back" }).click();
    await page.getByRole("button", { name: "Back" }).click();
    expect(await page.locator("input[type=radio]:checked").getAttribute("value")).toBe(chosen);
    await page.reload();
    await page.locator("input[type=radio]:checked").waitFor({ state: "attached" });
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("heading", { name: "Once, or regularly?" }).waitFor();
    await page.getByRole("button", { name: "Continue" }).click();
    expect(await page.getByLabel("Name").inputValue()).toBe("Grace Guest");
    await context.close();
  });

  it("says what is wrong with the details, and leads there", async () => {
    const { page, context } = await newVisitor(browser);
    await openTimes(site, page);
    await takeFirstTime(page);
    await page.getByLabel("Email").fill("no mail");
    await page.getByRole("button", { name: "Continue" }).click();
    const alert = page.getByRole("alert");
    await alert.waitFor();
    expect(await alert.innerText()).toContain("2 entries need another look");
    expect(await alert.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await violations(page)).toEqual([]);
    await context.close();
  });

  it("shows every visit of a series before it is booked", async () => {
    const { page, context } = await newVisitor(browser);
    await openTimes(site, page);
    await page.getByRole("radio").first().check();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByLabel("Repeat regularly").check();
    await page.getByRole("table").waitFor();
    expect(await page.getByRole("row").count()).toBe(6);
    expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "Continue" }).click();
    await fillDetails(page);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("button", { name: "Book now" }).click();
    await page.getByText(/visits? (is|are) booked/).waitFor();
    await context.close();
  });

  it("is done by the keyboard alone", async () => {
    const { page, context } = await newVisitor(browser);
    await page.goto(`${site.url}/book`);
    await page.getByRole("link", { name: /Handyman hour/ }).waitFor();
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(
      "Skip to the content",
    );
    await page.keyboard.press("Enter");
    const focusOn = async (pattern: RegExp) => {
      for (let press = 0; press < 40; press += 1) {
        await page.keyboard.press("Tab");
        const name = await page.evaluate(() => {
          const active = document.activeElement;
          if (active === document.body) return "";
          const label = active instanceof HTMLInputElement ? active.labels?.[0]?.textContent : "";
          return `${active?.getAttribute("aria-label") ?? ""} ${active?.textContent ?? ""} ${label ?? ""}`;
        });
        if (pattern.test(name)) return;
      }
      throw new Error(`no way to ${pattern} by Tab`);
    };
    const heading = (name: string) => page.getByRole("heading", { name }).waitFor();
    await focusOn(/Handyman hour/);
    await page.keyboard.press("Enter");
    await heading("Who should come?");
    await focusOn(/Continue/);
    await page.keyboard.press("Enter");
    await heading("When suits you?");
    await page.locator("[data-state=open]").first().waitFor();
    await focusOn(/free time|nothing offered|full/);
    await page.keyboard.press("PageDown");
    await page.locator("[data-state=open]").first().waitFor();
    for (let step = 0; step < 10; step += 1) {
      if (
        await page.evaluate(() => document.activeElement?.getAttribute("data-state") === "open")
      ) {
        break;
      }
      await page.keyboard.press("ArrowRight");
    }
    await page.keyboard.press("Enter");
    await page.getByRole("radio").first().waitFor();
    await focusOn(/^\s+\s*\d\d:\d\d/);
    await page.keyboard.press("Space");
    await focusOn(/Continue/);
    await page.keyboard.press("Enter");
    await heading("Once, or regularly?");
    await focusOn(/Continue/);
    await page.keyboard.press("Enter");
    await heading("Your details");
    await focusOn(/Name/);
    await page.keyboard.type("Kay Board");
    await page.keyboard.press("Tab");
    await page.keyboard.type("kay@example.com");
    await page.keyboard.press("Enter");
    await heading("Price and payment");
    await page.getByRole("button", { name: "Book now", disabled: false }).waitFor();
    await focusOn(/Book now/);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: /^(Confirmed|Received)/ }).waitFor();
    await context.close();
  });
});

describe("a start that is taken elsewhere", () => {
  it("flips in the open page, is announced, and does not move", async () => {
    const { page, context } = await newVisitor(browser);
    const shown = page.waitForResponse((answer) => answer.url().includes("/api/bookings/availab"));
    await openTimes(site, page, "kitchen-planning");
    await shown;
    const slot = page.getByRole("radio").first();
    const start = (await slot.getAttribute("value")) ?? "";
    await slot.check();
    const times = await page.getByRole("radio").count();
    const { id: serviceId } = await serviceOf(site.api, "kitchen-planning");
    // Several teams and people may have the start: it is gone once nobody has it.
    const taken = await takeEverywhere(site.api, serviceId, start);
    const from = Date.now();
    expect(taken).toBeGreaterThan(0);
    await page.getByText("has just been taken by somebody else").waitFor({ state: "attached" });
    expect(Date.now() - from).toBeLessThan(2_000);
    expect(await page.getByRole("radio").count()).toBe(times);
    expect(await page.getByRole("radio", { name: /taken/ }).first().isDisabled()).toBe(true);
    expect(await page.locator("input[type=radio]:checked").count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    await context.close();
  });
});

describe("own bookings", () => {
  it("are moved and called off by their client", async () => {
    const { page, context, errors } = await newVisitor(browser);
    await book(site, page, "window-cleaning");
    await page.getByRole("link", { name: "Show the booking" }).click();
    await page.getByRole("button", { name: "Move to another time" }).click();
    await page.getByRole("button", { name: "Next month" }).click();
    await page.locator("[data-state=open]").nth(5).click();
    await page
      .getByRole("radio", { name: /\d\d:\d\d/ })
      .first()
      .check();
    await page.getByRole("button", { name: /^Move to \d/ }).click();
    await page.getByText(/^Moved to/).waitFor();
    await page.getByRole("button", { name: "Cancel the booking" }).click();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "Cancel the booking" }).click();
    await page.getByText("Cancelled").first().waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });
});

import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { PASSWORD, type Site, missing, openBrowser, openSite } from "./harness";
import { Front, person } from "./stage";
import { openTimes, signIn } from "./steps";

const reason = missing();
if (reason !== undefined) console.warn(`skipped: ${reason}`);

describe.skipIf(reason !== undefined)("a session that ends while something waits", () => {
  let site: Site;
  let front: Front;
  let browser: Browser;
  let context: BrowserContext;

  beforeAll(async () => {
    site = await openSite();
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });
  beforeEach(async () => {
    front = await Front.start(site.api);
    context = await person(browser, front);
  });
  afterEach(async () => {
    await context.close();
    front.stop();
  });

  /** A client's booking that waits on the device, with the session gone. */
  async function leftBehind(page: Page): Promise<void> {
    await signIn({ ...site, url: front.url }, page);
    await openTimes({ ...site, url: front.url }, page);
    await page.getByRole("radio").first().check();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("heading", { name: "Once, or regularly?" }).waitFor();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByLabel("Name").waitFor();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("button", { name: "Book now" }).waitFor();
    await context.setOffline(true);
    await page.getByRole("button", { name: "Save and send later" }).click();
    await page.getByRole("heading", { name: /not confirmed yet/ }).waitFor();
    await context.clearCookies();
    await context.setOffline(false);
  }

  async function signInAs(page: Page, mail: string): Promise<void> {
    await page.goto("/signin?next=/portal/settings");
    await page.getByLabel("Email").fill(mail);
    await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
    await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Waiting to send" }).waitFor();
  }

  it("asks for signing in, and sends it under the same account", async () => {
    const page = await context.newPage();
    await leftBehind(page);
    await page.goto("/portal/settings");
    const card = page.locator("article");
    await card.getByText("Sign in to send").waitFor();
    expect(front.posts).toEqual([]);

    await signInAs(page, "client@daybook.example");

    await card.getByText("Confirmed", { exact: true }).waitFor();
    expect(front.posts.map(({ status }) => status)).toEqual([201]);
  });

  it("sends nothing under another account, and shows none of it", async () => {
    const page = await context.newPage();
    await leftBehind(page);
    await page.goto("/portal/settings");
    await page.locator("article").getByText("Sign in to send").waitFor();

    await signInAs(page, "member@daybook.example");

    await page.getByText("1 request of another account waits").waitFor();
    expect(await page.locator("article").count()).toBe(0);
    await page.waitForTimeout(1_500);
    expect(front.posts).toEqual([]);
  });
});

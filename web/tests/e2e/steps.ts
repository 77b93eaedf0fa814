import type { Page } from "playwright-core";

import { PASSWORD, type Site } from "./harness";

/** Opens the step of day and time, and the first day that has a start. */
export async function openTimes(site: Site, page: Page, service = "handyman-hour"): Promise<void> {
  await page.goto(`${site.url}/book/${service}?step=time`);
  await page.getByRole("button", { name: "Next month" }).click();
  await page.locator("[data-state=open]").first().click();
  await page.getByRole("radio").first().waitFor();
}

export async function fillDetails(page: Page): Promise<void> {
  await page.getByLabel("Name").fill("Grace Guest");
  await page.getByLabel("Email").fill("grace@example.com");
}

/** From the times to the details, with the first start. */
export async function takeFirstTime(page: Page): Promise<void> {
  await page.getByRole("radio").first().check();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { name: "Once, or regularly?" }).waitFor();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Name").waitFor();
}

/** Everything but the last press of the button, which is ready. */
export async function almostBook(
  site: Site,
  page: Page,
  { service, isGuest = true }: { service?: string | undefined; isGuest?: boolean } = {},
): Promise<void> {
  await openTimes(site, page, service);
  await takeFirstTime(page);
  if (isGuest) await fillDetails(page);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Book now", disabled: false }).waitFor();
}

/** From the times to the confirmation, with the first start. */
export async function book(site: Site, page: Page, service?: string): Promise<string> {
  await almostBook(site, page, { service });
  await page.getByRole("button", { name: "Book now" }).click();
  await page.getByRole("heading", { name: /^(Confirmed|Received)/ }).waitFor();
  return page.locator("strong[translate=no]").innerText();
}

/** Signs in and goes to a page; whoever calls knows by what it is there. */
export async function signInAs(site: Site, page: Page, mail: string, next?: string): Promise<void> {
  await page.goto(`${site.url}/signin${next === undefined ? "" : `?next=${next}`}`);
  await page.getByLabel("Email").fill(mail);
  await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await page.getByRole("main").getByRole("button", { name: "Sign in", exact: true }).click();
}

export async function signIn(site: Site, page: Page): Promise<void> {
  await signInAs(site, page, "client@daybook.example");
  await page.getByRole("heading", { name: "My bookings", level: 1 }).waitFor();
}

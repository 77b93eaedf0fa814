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

/** From the times to the confirmation, with the first start. */
export async function book(site: Site, page: Page, service?: string): Promise<string> {
  await openTimes(site, page, service);
  await page.getByRole("radio").first().check();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { name: "Once, or regularly?" }).waitFor();
  await page.getByRole("button", { name: "Continue" }).click();
  await fillDetails(page);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Book now" }).click();
  await page.getByRole("heading", { name: /^(Confirmed|Received)/ }).waitFor();
  return page.locator("strong[translate=no]").innerText();
}

export async function signIn(site: Site, page: Page): Promise<void> {
  await page.goto(`${site.url}/signin`);
  await page.getByLabel("Email").fill("client@daybook.example");
  await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "My bookings", level: 1 }).waitFor();
}

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ask, atDesk, type Desk } from "./desk";
import { missing, openBrowser, openSite, type Site, violations } from "./harness";

interface Promos {
  items: { id: string; code: string; state: string }[];
}

describe.skipIf(missing() !== undefined && process.env.CI === undefined)("prices", () => {
  let site: Site;
  let browser: Browser;
  let desk: Desk;

  beforeAll(async () => {
    [site, browser] = await Promise.all([openSite(), openBrowser()]);
    desk = await atDesk(browser, site, "admin");
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  const dialog = () => desk.page.getByRole("dialog").last();
  const stored = async (code: string) =>
    (await ask<Promos>(desk.page, "/api/admin/promos")).items.find((one) => one.code === code);

  it("tries a promo on a visit before it is stored, and puts faults beside their fields", async () => {
    const { page } = desk;
    await page.goto(`${site.url}/admin/promos?edit=new`);
    await dialog().getByLabel("Code").fill("welcome 10");
    await dialog().getByLabel("Name").fill("Twenty off");
    await dialog().getByLabel("Percent", { exact: true }).fill("20");
    await dialog().getByText("Try it on a visit").click();
    const show = dialog().getByRole("button", { name: "Show the price" });
    await show.click();
    // The code is WELCOME10's, which is taken.
    await dialog().getByText("It cannot be stored like this:").waitFor();
    await dialog().getByRole("button", { name: "Create" }).click();
    await dialog().getByRole("alert").waitFor();
    expect(await violations(page)).toEqual([]);
    await dialog().getByLabel("Percent", { exact: true }).fill("200");
    await dialog().getByLabel("Code").fill("!");
    await dialog().getByRole("button", { name: "Create" }).click();
    await dialog().locator("[aria-invalid=true]").first().waitFor();
    expect(await dialog().getByLabel("Name").inputValue()).toBe("Twenty off");
    await dialog().getByLabel("Percent", { exact: true }).fill("20");

    await dialog().getByLabel("Code").fill("twenty 20");
    await show.click();
    await dialog()
      .getByText(/^Takes off /)
      .waitFor();
    await dialog().getByRole("rowheader", { name: "TWENTY20" }).waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await stored("TWENTY20")).toBeUndefined();
    await dialog().getByRole("button", { name: "Create" }).click();
    await page.getByRole("button", { name: "TWENTY20: Twenty off" }).waitFor();
  });

  it("tells what somebody would pay, with a promo and without", async () => {
    const { page } = desk;
    await page.goto(`${site.url}/admin/simulator`);
    await page.getByRole("button", { name: "Show the price" }).click();
    await page.getByRole("heading", { name: "Price", exact: true }).waitFor();
    await page.getByRole("rowheader", { name: "Base price" }).waitFor();
    expect(await violations(page)).toEqual([]);
    const total = page.getByRole("row").filter({ hasText: "Total" }).locator("td");
    const before = await total.innerText();

    await page.getByLabel("As an emergency").check();
    await page.getByRole("button", { name: "Show the price" }).click();
    await expect.poll(() => total.innerText()).not.toBe(before);

    await page.getByRole("combobox", { name: "Promo" }).click();
    await page.getByRole("option", { name: "TWENTY20: Twenty off" }).click();
    await page.getByRole("button", { name: "Show the price" }).click();
    await page.getByRole("heading", { name: "Without the promo" }).waitFor();
    await page.getByText(/^Takes off /).waitFor();
    const id = (await stored("TWENTY20"))?.id;
    expect(new URL(page.url()).searchParams.get("promo")).toBe(id);

    await page.getByRole("combobox", { name: "Promo" }).click();
    await page.getByRole("option", { name: /^LASTSUMMER/ }).click();
    await page.getByRole("button", { name: "Show the price" }).click();
    await page.getByText("The promo does not apply").waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it("changes a promo, deletes one that nobody used, and ends another for good", async () => {
    const { page } = desk;
    await page.goto(`${site.url}/admin/promos`);
    await page.getByRole("button", { name: "TWENTY20: Twenty off" }).click();
    await dialog().getByLabel("Name").fill("Twenty percent off");
    await dialog().getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "TWENTY20: Twenty percent off" }).click();
    await dialog().getByRole("button", { name: "Delete" }).click();
    await dialog().getByRole("button", { name: "Delete" }).last().click();
    await expect.poll(() => stored("TWENTY20")).toBeUndefined();

    await page.getByRole("button", { name: /^FIFTEEN:/ }).click();
    await dialog().getByLabel("End it for good").check();
    await dialog().getByRole("button", { name: "Save" }).click();
    await dialog().waitFor({ state: "detached" });
    expect((await stored("FIFTEEN"))?.state).toBe("ended");
  });

  it("is for members and dispatchers to ask, and for administrators to change", async () => {
    const other = await atDesk(browser, site, "dispatcher");
    await other.page.goto(`${site.url}/admin/simulator`);
    await other.page.getByRole("button", { name: "Show the price" }).click();
    await other.page.getByRole("rowheader", { name: "Base price" }).waitFor();
    await other.page.goto(`${site.url}/admin/promos`);
    await other.page.getByRole("button", { name: /^WELCOME10/ }).waitFor();
    expect(await other.page.getByRole("button", { name: "Add a promo" }).count()).toBe(0);
    await other.page.goto(`${site.url}/admin/feeds`);
    await other.page.getByText("There is nothing at this address").waitFor();
    await other.context.close();
  });

  it("left nothing in the console", () => {
    expect(desk.errors).toEqual([]);
  });
});

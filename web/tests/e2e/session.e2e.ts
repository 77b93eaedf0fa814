import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";

import { missing } from "./harness";
import { setStage } from "./stage";
import { almostBook, signIn, signInAs } from "./steps";

const reason = missing();
if (reason !== undefined) console.warn(`skipped: ${reason}`);

describe.skipIf(reason !== undefined)("a session that ends while something waits", () => {
  const stage = setStage();

  /** A client's booking that waits on the device, with the session gone. */
  async function leftBehind(page: Page): Promise<void> {
    await signIn(stage.site, page);
    await almostBook(stage.site, page, { isGuest: false });
    await stage.context.setOffline(true);
    await page.getByRole("button", { name: "Save and send later" }).click();
    await page.getByRole("heading", { name: /not confirmed yet/ }).waitFor();
    await stage.context.clearCookies();
    await stage.context.setOffline(false);
  }

  async function signBackIn(page: Page, mail: string): Promise<void> {
    await signInAs(stage.site, page, mail, "/portal/settings");
    await page.getByRole("heading", { name: "Waiting to send" }).waitFor();
  }

  it("asks for signing in, and sends it under the same account", async () => {
    const page = await stage.context.newPage();
    await leftBehind(page);
    await page.goto("/portal/settings");
    const card = page.locator("article");
    await card.getByText("Sign in to send").waitFor();
    expect(stage.front.posts).toEqual([]);

    await signBackIn(page, "client@daybook.example");

    await card.getByText("Confirmed", { exact: true }).waitFor();
    expect(stage.front.posts.map(({ status }) => status)).toEqual([201]);
  });

  it("sends nothing under another account, and shows none of it", async () => {
    const page = await stage.context.newPage();
    await leftBehind(page);
    await page.goto("/portal/settings");
    await page.locator("article").getByText("Sign in to send").waitFor();

    await signBackIn(page, "member@daybook.example");

    await page.getByText("1 request of another account waits").waitFor();
    expect(await page.locator("article").count()).toBe(0);
    await page.waitForTimeout(1_500);
    expect(stage.front.posts).toEqual([]);
  });
});

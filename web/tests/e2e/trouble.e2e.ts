/** What may befall a booking on its way, and what its person is told: nothing lost, nothing doubled. */

import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";

import { order, placeAt } from "./elsewhere";
import { missing, violationsInBothSchemes } from "./harness";
import { ageEntries, fillStorage, readOutbox } from "./outbox";
import { setStage } from "./stage";
import { almostBook } from "./steps";

const reason = missing();
if (reason !== undefined) console.warn(`skipped: ${reason}`);

describe.skipIf(reason !== undefined)("a booking in trouble", () => {
  const stage = setStage();

  const bookNow = (page: Page) => page.getByRole("button", { name: "Book now" }).click();
  const confirmed = (page: Page) =>
    page.getByRole("heading", { name: /^(Confirmed|Received)/ }).waitFor();
  const statuses = () => stage.front.posts.map(({ status }) => status);
  /** Everything typed, and the booking kept on the device without a connection. */
  async function savedOffline(page: Page): Promise<void> {
    await almostBook(stage.site, page);
    await stage.context.setOffline(true);
    await page.getByRole("button", { name: "Save and send later" }).click();
    await page.getByRole("heading", { name: /not confirmed yet/ }).waitFor();
  }

  it("whose key was used for something else is shown, and sent as a new one when asked", async () => {
    const page = await stage.context.newPage();
    await savedOffline(page);
    const [entry] = await readOutbox(page);
    const place = await placeAt(stage.site.api, page.url());
    const client = { name: "Other Body", email: "other@example.com" };
    const first = await order(stage.site.api, { ...place, client }, entry?.id);
    expect(first.status).toBe(201);

    await stage.context.setOffline(false);

    const alert = page.getByRole("alert");
    await alert.getByText("This was sent before with other values").waitFor();
    expect(statuses()).toEqual([422]);
    expect((await readOutbox(page)).map(({ status }) => status)).toEqual(["rejected"]);
    expect(await alert.getByRole("link", { name: "Look at my bookings" }).count()).toBe(1);
    expect(await violationsInBothSchemes(page)).toEqual([]);

    await alert.getByRole("button", { name: "Send it as a new request" }).click();
    await page.getByRole("heading", { name: "Price and payment" }).waitFor();
    await bookNow(page);
    await confirmed(page);

    expect(statuses()).toEqual([422, 201]);
    expect(new Set(stage.front.posts.map(({ key }) => key)).size).toBe(2);
    const left = await readOutbox(page);
    expect(left.map(({ status }) => status)).toEqual(["done"]);
  });

  it("that waited for too long is not sent, says so, and can be chosen again", async () => {
    const page = await stage.context.newPage();
    await savedOffline(page);
    await ageEntries(page);

    await stage.context.setOffline(false);

    await page.getByRole("heading", { name: "Not sent in time" }).waitFor();
    expect(await violationsInBothSchemes(page)).toEqual([]);
    await page.goto("/portal/settings");
    const card = page.locator("article");
    await card.getByText("Not sent in time").waitFor();
    expect(stage.front.posts).toEqual([]);

    await card.getByRole("link", { name: "Choose again" }).click();
    await page.getByRole("heading", { name: "When suits you?" }).waitFor();
  });

  it("for which the device has no room is sent without being kept, once", async () => {
    const page = await stage.context.newPage();
    await almostBook(stage.site, page);
    await fillStorage(page, true);
    await bookNow(page);

    const alert = page.getByRole("alert");
    await alert.getByText("This device has no room left").waitFor();
    expect(await readOutbox(page)).toEqual([]);
    expect(stage.front.posts).toEqual([]);
    expect(await violationsInBothSchemes(page)).toEqual([]);

    await alert.getByRole("button", { name: "Book without saving it here" }).click();
    await confirmed(page);
    expect(statuses()).toEqual([201]);
    await page.getByRole("link", { name: "Show the booking" }).click();
    await page.getByRole("heading", { name: "Handyman hour", level: 1 }).waitFor();
  });

  it("that waits stays as it is while the device is full, and goes out once there is room", async () => {
    // The worker shares the device, but not what this test does to the page.
    await stage.context.addInitScript(() => {
      delete (ServiceWorkerRegistration.prototype as { sync?: unknown }).sync;
    });
    const errors: string[] = [];
    const page = await stage.context.newPage();
    page.on("pageerror", (error) => errors.push(String(error)));
    await savedOffline(page);
    await fillStorage(page, true);

    await stage.context.setOffline(false);

    await page.getByText("This device has no room left").waitFor();
    await page.getByText("once this device has room again").waitFor();
    expect((await readOutbox(page)).map(({ status }) => status)).toEqual(["queued"]);
    expect(stage.front.posts).toEqual([]);
    expect(await violationsInBothSchemes(page)).toEqual([]);

    await fillStorage(page, false);
    await confirmed(page);
    await page.getByText("This device has no room left").waitFor({ state: "detached" });
    expect(statuses()).toEqual([201]);
    expect(errors).toEqual([]);
  });

  it("whose answer finds the device full is asked about again, and is one booking", async () => {
    const page = await stage.context.newPage();
    await almostBook(stage.site, page);
    stage.front.troubles = [{ type: "delay" }];
    await bookNow(page);
    await expect.poll(() => stage.front.posts.length).toBe(1);
    await fillStorage(page, true);
    stage.front.letThrough();
    await page.getByText("This device has no room left").waitFor();
    await fillStorage(page, false);

    await confirmed(page);

    expect(statuses()).toEqual([201, 201]);
    expect(new Set(stage.front.posts.map(({ key }) => key)).size).toBe(1);
  });
});

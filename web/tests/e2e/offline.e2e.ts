import type { Browser, Page } from "playwright-core";
import { describe, expect, it } from "vitest";

import { takeAll } from "./elsewhere";
import { missing } from "./harness";
import { readOutbox } from "./outbox";
import { setStage } from "./stage";
import { almostBook, fillDetails, openTimes } from "./steps";

const reason = missing();
if (reason !== undefined) console.warn(`skipped: ${reason}`);

describe.skipIf(reason !== undefined)("a booking without a connection", () => {
  const stage = setStage();

  const almostBooked = (page: Page) => almostBook(stage.site, page);
  const bookNow = (page: Page) =>
    page.getByRole("button", { name: /^(Book now|Save and send later)$/ }).click();
  const confirmed = (page: Page) =>
    page.getByRole("heading", { name: /^(Confirmed|Received)/ }).waitFor();
  const controlled = (page: Page) =>
    page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  const keys = () => [...new Set(stage.front.posts.map(({ key }) => key))];

  it("is kept, survives a reload, and is confirmed once the network is back", async () => {
    const page = await stage.context.newPage();
    await almostBooked(page);
    await controlled(page);
    await stage.context.setOffline(true);
    await bookNow(page);
    await page.getByRole("heading", { name: /not confirmed yet/ }).waitFor();

    await page.goto("/portal/settings");
    await page.getByRole("heading", { name: "Waiting to send" }).waitFor();
    const card = page.locator("article");
    await card.getByText("Not sent yet").waitFor();
    await card.getByText(/when there is a connection/).waitFor();
    await page.reload();
    await card.getByText("Not sent yet").waitFor();
    expect(stage.front.posts).toEqual([]);

    await stage.context.setOffline(false);
    await card.getByText("Confirmed", { exact: true }).waitFor();

    expect(stage.front.posts.map(({ status }) => status)).toEqual([201]);
    expect((await readOutbox(page)).map(({ status }) => status)).toEqual(["done"]);
  });

  it("gets through a server that says 503, under one key", async () => {
    stage.front.troubles = [
      { type: "answer", status: 503, retryAfter: 1 },
      { type: "answer", status: 503, retryAfter: 1 },
    ];
    const page = await stage.context.newPage();
    // The hold of the place is a change as well: trouble is for the booking alone.
    const troubles = stage.front.troubles.splice(0);
    await almostBooked(page);
    stage.front.troubles = troubles;
    await bookNow(page);
    await page.getByRole("heading", { name: /not confirmed yet/ }).waitFor();
    await confirmed(page);

    expect(stage.front.posts.map(({ status }) => status)).toEqual([503, 503, 201]);
    expect(keys()).toHaveLength(1);
  });

  it("is one booking when the answer is lost on its way", async () => {
    const page = await stage.context.newPage();
    await almostBooked(page);
    stage.front.troubles = [{ type: "lose-answer" }];
    await bookNow(page);
    await confirmed(page);

    expect(stage.front.posts.map(({ status }) => status)).toEqual([201, 201]);
    expect(keys()).toHaveLength(1);
  });

  it("is finished by another tab when its own is closed in the middle of a try", async () => {
    const other = await stage.context.newPage();
    await other.goto("/portal/settings");
    await other.getByText("Nothing is waiting").waitFor();
    const page = await stage.context.newPage();
    await almostBooked(page);
    stage.front.troubles = [{ type: "hang" }];
    await bookNow(page);
    await expect.poll(() => stage.front.posts.length).toBe(1);

    await page.close();

    await other.locator("article").getByText("Confirmed", { exact: true }).waitFor();
    expect(stage.front.posts.map(({ status }) => status)).toEqual([null, 201]);
    expect(keys()).toHaveLength(1);
    const [entry] = await readOutbox(other);
    expect(entry?.log.map(({ event }) => event)).toContain("sender-lost");
  });

  it("has one key for all tries of two tabs and the worker", async () => {
    const page = await stage.context.newPage();
    await almostBooked(page);
    await controlled(page);
    const other = await stage.context.newPage();
    await other.goto("/portal/settings");
    await other.getByText("Nothing is waiting").waitFor();
    await stage.context.setOffline(true);
    await bookNow(page);
    await other.locator("article").waitFor();
    stage.front.troubles = [{ type: "answer", status: 503, retryAfter: 1 }];

    await stage.context.setOffline(false);
    await sync(stage.browser, page, stage.front.url);

    await confirmed(page);
    await other.locator("article").getByText("Confirmed", { exact: true }).waitFor();
    expect(keys()).toHaveLength(1);
    expect(stage.front.posts.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it("is finished by the worker when no page of ours is open", async () => {
    const page = await stage.context.newPage();
    await almostBooked(page);
    await controlled(page);
    await stage.context.setOffline(true);
    await bookNow(page);
    await page.getByRole("heading", { name: /not confirmed yet/ }).waitFor();
    await page.goto("about:blank");
    await stage.context.setOffline(false);
    expect(stage.front.posts).toEqual([]);

    await sync(stage.browser, page, stage.front.url);

    await expect.poll(() => stage.front.posts.map(({ status }) => status)).toEqual([201]);
    await page.goto(`${stage.front.url}/portal/settings`);
    await page.locator("article").getByText("Confirmed", { exact: true }).waitFor();
    expect(stage.front.posts).toHaveLength(1);
  });

  it("that is taken before it arrives offers other times", async () => {
    const page = await stage.context.newPage();
    await openTimes(stage.site, page);
    await page.getByRole("radio").first().check();
    // Offline no place is held, so somebody else may take it.
    await stage.context.setOffline(true);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("button", { name: "Continue" }).click();
    await fillDetails(page);
    await page.getByRole("button", { name: "Continue" }).click();
    await bookNow(page);
    await page.getByRole("heading", { name: /not confirmed yet/ }).waitFor();
    await takeAll(stage.site.api, page.url());

    await stage.context.setOffline(false);

    await page.getByRole("alert").waitFor();
    const others = page.getByRole("alert").getByRole("button");
    expect(await others.count()).toBeGreaterThan(1);
    expect((await readOutbox(page)).map(({ status }) => status)).toEqual(["conflict"]);
    await others.first().click();
    await page.getByRole("heading", { level: 2 }).first().waitFor();
    expect(page.url()).toContain("step=details");
  });

  it("works where there are neither Web Locks nor Background Sync", async () => {
    await stage.context.addInitScript(() => {
      Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
      delete (ServiceWorkerRegistration.prototype as { sync?: unknown }).sync;
    });
    const page = await stage.context.newPage();
    await almostBooked(page);
    await stage.context.setOffline(true);
    await bookNow(page);
    await page.getByRole("heading", { name: /not confirmed yet/ }).waitFor();

    await stage.context.setOffline(false);

    await confirmed(page);
    expect(stage.front.posts).toHaveLength(1);
  });
});

/** What the browser does once it believes that the network is back. */
async function sync(browser: Browser, page: Page, origin: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const registrations: { registrationId: string; scopeURL: string }[] = [];
  session.on("ServiceWorker.workerRegistrationUpdated", (event) => {
    registrations.push(...event.registrations);
  });
  await session.send("ServiceWorker.enable");
  await expect.poll(() => registrations.length).toBeGreaterThan(0);
  const own = registrations.find(({ scopeURL }) => scopeURL.startsWith(origin));
  await session.send("ServiceWorker.dispatchSyncEvent", {
    origin,
    registrationId: own?.registrationId ?? "",
    tag: "daybook-outbox",
    lastChance: false,
  });
  expect(browser.isConnected()).toBe(true);
}

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ask, atDesk, type Desk } from "./desk";
import { MailSink, Receiver } from "./desk-mailbox";
import { bookVisit } from "./desk-till";
import { missing, openBrowser, openSite, type Site, violations } from "./harness";

const CLIENT = "lost@example.com";

describe.skipIf(missing() !== undefined && process.env.CI === undefined)("the office", () => {
  let site: Site;
  let browser: Browser;
  let desk: Desk;
  let mail: MailSink;
  let receiver: Receiver;

  beforeAll(async () => {
    [mail, receiver] = await Promise.all([MailSink.start(), Receiver.start()]);
    // This file has a process of its own, and the server inherits its environment.
    process.env.DAYBOOK__MAIL__TRANSPORT = "smtp";
    process.env.DAYBOOK__MAIL__SMTP__HOST = "127.0.0.1";
    process.env.DAYBOOK__MAIL__SMTP__PORT = String(mail.port);
    process.env.DAYBOOK__MAIL__SMTP__SECURITY = "none";
    process.env.DAYBOOK__WEBHOOKS__ALLOW_PRIVATE = "true";
    [site, browser] = await Promise.all([openSite(), openBrowser()]);
    desk = await atDesk(browser, site, "admin");
    await desk.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    mail?.stop();
    receiver?.stop();
  });

  const dialog = () => desk.page.getByRole("dialog").last();
  const copied = () => desk.page.evaluate(() => navigator.clipboard.readText());

  it("gives a team's calendar an address once, another one, and none", async () => {
    const { page } = desk;
    // The address has the server's public name; where it is reached here is another matter.
    const read = async (url: string) => {
      const answer = await fetch(site.api + new URL(url).pathname);
      return [answer.status, await answer.text()] as const;
    };
    await page.goto(`${site.url}/admin/feeds`);
    await page.getByRole("button", { name: "Make an address: Berlin North" }).click();
    await dialog().getByText("It is shown this once", { exact: false }).waitFor();
    expect(await violations(page)).toEqual([]);
    await dialog().getByRole("button", { name: "Copy" }).click();
    await dialog().getByRole("button", { name: "Copied" }).waitFor();
    const first = await copied();
    expect((await read(first))[0]).toBe(200);
    expect((await read(first))[1]).toContain("BEGIN:VCALENDAR");
    await dialog().getByRole("button", { name: "I have kept it" }).click();
    await page.getByText("Has an address").waitFor();
    expect(await page.getByText(first).count()).toBe(0);

    await page.getByRole("button", { name: "New address: Berlin North" }).click();
    await dialog().getByText("stops working at once", { exact: false }).waitFor();
    expect(await violations(page)).toEqual([]);
    await dialog().getByRole("button", { name: "New address", exact: true }).click();
    await dialog().getByRole("button", { name: "Copy" }).click();
    await dialog().getByRole("button", { name: "Copied" }).waitFor();
    const second = await copied();
    expect(second).not.toBe(first);
    expect((await read(first))[0]).toBe(404);
    expect((await read(second))[0]).toBe(200);
    await dialog().getByRole("button", { name: "I have kept it" }).click();

    await page.getByRole("button", { name: "End it: Berlin North" }).click();
    await dialog().getByRole("button", { name: "End it", exact: true }).click();
    await page.getByText("Berlin North: the calendar has ended.").waitFor();
    expect((await read(second))[0]).toBe(404);
    await page.getByRole("button", { name: "Make an address: Berlin North" }).waitFor();
    // A member's is another one.
    await page.getByRole("button", { name: "Make an address: Jonas Keller" }).click();
    await dialog().getByText("Jonas Keller: the calendar's address").waitFor();
    await page.keyboard.press("Escape");
  });

  it("adds an endpoint, shows its secret once, another secret, and sends again", async () => {
    const { page } = desk;
    await page.goto(`${site.url}/admin/webhooks?edit=new`);
    await dialog().getByLabel("Address").fill("nowhere");
    await dialog().getByRole("button", { name: "Create" }).click();
    await dialog().locator("[aria-invalid=true]").waitFor();
    await dialog().getByLabel("Address").fill(receiver.url);
    await dialog().getByLabel("What it is for").fill("The books");
    await dialog().getByRole("button", { name: "Create" }).click();
    await dialog().getByText("The secret that signs").waitFor();
    expect(await dialog().locator("pre").innerText()).toMatch(/^whsec_/);
    expect(await violations(page)).toEqual([]);
    await dialog().getByRole("button", { name: "I have kept it" }).click();

    await bookVisit(site, { daysAhead: 25, paymentMethod: "cod", email: "hook@example.com" });
    await expect.poll(() => receiver.heard.length).toBeGreaterThan(0);
    const [first] = receiver.heard;
    await page.getByRole("button", { name: receiver.url }).click();
    await dialog()
      .getByText(first?.type ?? "")
      .first()
      .waitFor();
    await dialog().getByText("answered 204", { exact: false }).first().waitFor();
    expect(await violations(page)).toEqual([]);

    await dialog().getByRole("button", { name: "New secret" }).click();
    await dialog().getByText("The secret that signs").waitFor();
    await dialog().getByRole("button", { name: "I have kept it" }).click();
    await dialog().getByText("signs as well until", { exact: false }).waitFor();

    // A round that is under way still signs as it began, so the second one tells.
    for (const _round of ["under way", "the next"]) {
      const before = receiver.heard.length;
      await dialog()
        .getByRole("button", { name: /^Send again/ })
        .first()
        .click();
      await page.getByText("It is sent again.").waitFor();
      await expect.poll(() => receiver.heard.length).toBeGreaterThan(before);
      expect(receiver.heard.at(-1)?.id).toBe(first?.id);
    }
    // The secret before signs as well.
    expect(receiver.heard.at(-1)?.signature.split(" ")).toHaveLength(2);
  });

  it("shows an endpoint that wants to hear no more as switched off", async () => {
    const { page } = desk;
    receiver.status = 410;
    await bookVisit(site, { daysAhead: 26, paymentMethod: "cod", email: "hook@example.com" });
    await page.goto(`${site.url}/admin/webhooks`);
    const path = "/api/admin/webhooks";
    await expect
      .poll(async () => (await ask<{ items: { isActive: boolean }[] }>(page, path)).items[0])
      .toMatchObject({ isActive: false });
    await page.reload();
    await page.getByRole("button", { name: receiver.url }).click();
    await dialog().getByText("Switched off:", { exact: false }).waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it("runs a job now, and refuses a time that no clock shows", async () => {
    const { page } = desk;
    await page.goto(`${site.url}/admin/schedule`);
    await page.getByRole("button", { name: "Run now: Reconciliation" }).click();
    await page.getByText("Reconciliation: runs now.").waitFor();
    const row = page.getByRole("row").filter({ hasText: "Reconciliation" });
    await row.getByText("Run: done").waitFor();

    await page.getByRole("button", { name: "Reconciliation", exact: true }).click();
    await dialog().getByText("asked for", { exact: false }).first().waitFor();
    expect(await violations(page)).toEqual([]);
    const cron = dialog().getByLabel("Minute, hour, day, month, weekday");
    await cron.fill("99 3 * * *");
    await dialog().getByRole("button", { name: "Save" }).click();
    await dialog().locator("[aria-invalid=true]").waitFor();
    await cron.fill("41 3 * * *");
    await dialog().getByRole("button", { name: "Save" }).click();
    await page.getByText("Reconciliation: saved.").waitFor();
    await page.keyboard.press("Escape");
    await row.getByText("41 3 * * *").waitFor();
  });

  it("lists a letter that was given up with what came back, and sends it again", async () => {
    const { page } = desk;
    mail.refused = CLIENT;
    const { reference } = await bookVisit(site, {
      daysAhead: 27,
      paymentMethod: "cod",
      email: CLIENT,
    });
    const dead = "/api/admin/letters?state=dead";
    await expect
      .poll(async () => (await ask<{ items: unknown[] }>(page, dead)).items.length, {
        timeout: 30_000,
      })
      .toBe(1);
    await page.goto(`${site.url}/admin/letters`);
    await page.getByText("nobody of that name here", { exact: false }).waitFor();
    expect(await violations(page)).toEqual([]);
    mail.refused = "";
    await page.getByRole("button", { name: new RegExp(`^Try again: .*${reference}`) }).click();
    await page.getByText("The letter is sent again.").waitFor();
    await expect.poll(() => mail.taken.includes(CLIENT), { timeout: 30_000 }).toBe(true);
    await page.getByText("No letter here").waitFor();
  });

  it("makes, changes and removes a rule for reminders, and refuses what makes no sense", async () => {
    const { page } = desk;
    await page.goto(`${site.url}/admin/reminders?edit=new`);
    await dialog().getByLabel("Hours before").fill("99999");
    await dialog().getByRole("button", { name: "Create" }).click();
    await dialog().locator("[aria-invalid=true]").waitFor();
    await dialog().getByLabel("Hours before").fill("3");
    await dialog().getByLabel("Keep quiet hours").check();
    expect(await violations(page)).toEqual([]);
    await dialog().getByRole("button", { name: "Create" }).click();
    await page.getByRole("button", { name: "3 hrs before" }).click();
    await dialog().getByRole("radio", { name: "On a day before, at a time" }).check();
    await dialog().getByLabel("Days before").fill("2");
    expect(await violations(page)).toEqual([]);
    await dialog().getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "2 days before at 18:00" }).click();
    await dialog().getByRole("button", { name: "Delete" }).click();
    await dialog().getByRole("button", { name: "Delete" }).last().click();
    await page.getByText("deleted", { exact: false }).waitFor();
    await expect
      .poll(() => page.getByRole("button", { name: "2 days before at 18:00" }).count())
      .toBe(0);
  });

  it("left nothing in the console", () => {
    expect(desk.errors).toEqual([]);
  });
});

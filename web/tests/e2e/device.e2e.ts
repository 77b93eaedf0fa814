import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";

import { missing, overflow, violations } from "./harness";
import { fillOutbox, readOutbox } from "./outbox";
import { setStage } from "./stage";
import { signIn, signInAs } from "./steps";

const reason = missing();
if (reason !== undefined) console.warn(`skipped: ${reason}`);

const SETTINGS = "/portal/settings";

describe.skipIf(reason !== undefined)("the device", () => {
  const stage = setStage();

  const state = (page: Page) => page.locator("#connection [role=status]").innerText();
  const fact = (page: Page, name: string) =>
    page.locator("#connection dl > div").filter({ hasText: name }).locator("dd").innerText();

  describe("live", () => {
    it("eight tabs share one stream, and another leads when the leader is closed", async () => {
      const pages: Page[] = [];
      for (let index = 0; index < 8; index += 1) {
        const page = await stage.context.newPage();
        await page.goto(SETTINGS);
        await expect.poll(() => state(page)).toBe("Live");
        pages.push(page);
      }
      const roles = () => Promise.all(pages.map((page) => fact(page, "This tab")));
      // A tab that joins has the leader open its stream anew: for a moment there are two, or none.
      await expect.poll(() => stage.front.streamsOpen).toBe(1);
      await expect
        .poll(async () => (await roles()).filter((role) => role.startsWith("Holds")))
        .toHaveLength(1);

      const [leader] = pages.splice(0, 1);
      await leader?.close();

      await expect
        .poll(async () => (await roles()).filter((one) => one.startsWith("Holds")))
        .toHaveLength(1);
      await expect.poll(() => stage.front.streamsOpen).toBe(1);
      for (const page of pages) await expect.poll(() => state(page)).toBe("Live");
    });

    it("comes back by itself after the connection was cut", async () => {
      const page = await stage.context.newPage();
      await page.goto(SETTINGS);
      await expect.poll(() => state(page)).toBe("Live");

      stage.front.isDown = true;
      stage.front.cut();
      await expect.poll(() => state(page)).not.toBe("Live");
      stage.front.isDown = false;

      await expect.poll(() => state(page), { timeout: 15_000 }).toBe("Live");
      expect(Number(await fact(page, "Reconnects"))).toBeGreaterThan(0);
    });

    it("is a socket for staff, and a stream again for whoever comes after", async () => {
      const page = await stage.context.newPage();
      await signInAs(stage.site, page, "dispatcher@daybook.example", "/portal/settings");
      await page.getByRole("heading", { name: "Live connection" }).waitFor();
      await expect.poll(() => fact(page, "Way"), { timeout: 10_000 }).toBe("WebSocket");
      await expect.poll(() => state(page)).toBe("Live");

      await page.getByRole("banner").getByRole("button", { name: "Sign out" }).click();

      await expect.poll(() => fact(page, "Way"), { timeout: 10_000 }).toBe("Event stream");
      await expect.poll(() => state(page)).toBe("Live");
    });

    it("asks again and again where no stream comes through", async () => {
      await stage.context.addInitScript(() => {
        Object.defineProperty(Response.prototype, "body", { get: () => null });
      });
      const page = await stage.context.newPage();
      await page.goto(SETTINGS);

      await expect.poll(() => fact(page, "Way"), { timeout: 15_000 }).toContain("Asking");
      await expect.poll(() => state(page), { timeout: 40_000 }).toBe("Live");
    });
  });

  describe("the settings", () => {
    it.each([
      { name: "light", colorScheme: "light", language: "en", width: 1280 },
      { name: "dark, narrow", colorScheme: "dark", language: "de", width: 320 },
      { name: "right to left", colorScheme: "light", language: "ar", width: 1280 },
      { name: "right to left, dark, narrow", colorScheme: "dark", language: "ar", width: 320 },
    ] as const)("are accessible and fit: $name", async ({ colorScheme, language, width }) => {
      const page = await stage.context.newPage();
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.goto(`${SETTINGS}?lng=${language}`);
      await page.locator("#queue").waitFor();
      expect(await violations(page)).toEqual([]);

      await fillOutbox(page);
      await page.reload();
      await page.locator("article").first().waitFor();
      await page
        .locator("details")
        .evaluateAll((all) => all.forEach((one) => one.setAttribute("open", "")));

      expect(await violations(page)).toEqual([]);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
    });

    it("discard what waits only after asking", async () => {
      const page = await stage.context.newPage();
      await page.goto(SETTINGS);
      await page.getByText("Nothing is waiting").waitFor();
      await fillOutbox(page);
      await page.reload();
      const cards = page.locator("article");
      await expect.poll(() => cards.count()).toBe(6);

      await cards
        .filter({ hasText: "Window cleaning" })
        .getByRole("button", { name: "Discard" })
        .click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("button", { name: "Keep it" }).click();
      await dialog.waitFor({ state: "hidden" });
      expect(await cards.count()).toBe(6);
      await cards
        .filter({ hasText: "Window cleaning" })
        .getByRole("button", { name: "Discard" })
        .click();
      expect(await violations(page)).toEqual([]);
      await dialog.getByRole("button", { name: "Discard" }).click();

      await expect.poll(() => cards.count()).toBe(5);
    });
  });

  describe("signing out", () => {
    it("warns of what would be lost, and then leaves nothing behind", async () => {
      const page = await stage.context.newPage();
      await signIn(stage.site, page);
      await fillOutbox(page);
      await page.goto(SETTINGS);
      await page.locator("article").first().waitFor();

      const leave = page.getByRole("banner").getByRole("button", { name: "Sign out" });
      await leave.click();
      await page.getByRole("button", { name: "Stay signed in" }).click();
      expect((await readOutbox(page)).length).toBe(6);
      await leave.click();
      await page.getByRole("button", { name: "Erase and sign out" }).click();

      await page.getByRole("link", { name: "Sign in" }).first().waitFor();
      await expect.poll(async () => (await readOutbox(page)).length).toBe(0);
    });
  });

  describe("the worker", () => {
    it("opens every page of the portal without a network, and none of staff's", async () => {
      const page = await stage.context.newPage();
      await page.goto(SETTINGS);
      await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
      await page.goto("/book");
      const service = page.getByRole("link", { name: /Handyman/ }).first();
      await service.waitFor();
      await stage.context.setOffline(true);

      for (const path of ["/book", "/portal/bookings", SETTINGS]) {
        await page.goto(path);
        await page.getByRole("heading", { level: 1 }).waitFor();
      }
      await page.goto("/book");
      await service.waitFor();
      await expect(page.goto("/admin")).rejects.toThrow();
      await expect(page.goto("/c/some-token")).rejects.toThrow();
    });

    it("offers a new version, and not in the middle of a booking", async () => {
      const page = await stage.context.newPage();
      await page.goto(SETTINGS);
      await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
      stage.front.workerSuffix = "\n// another version";
      await page.evaluate(async () => (await navigator.serviceWorker.ready).update());

      const offer = page.getByText("A new version is ready.");
      await offer.waitFor();
      await page.goto("/book/handyman-hour?step=time");
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.getByRole("button", { name: "Next month" }).waitFor();
      expect(await offer.count()).toBe(0);

      await page.goto(SETTINGS);
      await offer.waitFor();
      await Promise.all([
        page.waitForEvent("load"),
        page.getByRole("button", { name: "Reload" }).click(),
      ]);
      await page.getByRole("heading", { name: "Settings" }).waitFor();
      await page.waitForTimeout(500);
      expect(await offer.count()).toBe(0);
    });

    it("and the manifest make the portal installable", async () => {
      const page = await stage.context.newPage();
      await page.goto(SETTINGS);
      await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
      const session = await stage.context.newCDPSession(page);
      const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
      const { errors } = await session.send("Page.getAppManifest");

      expect(errors).toEqual([]);
      // A context of a test is a private window, which is all that may stand in the way.
      expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual(["in-incognito"]);
    });
  });
});

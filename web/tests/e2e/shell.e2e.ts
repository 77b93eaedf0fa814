/** The very first visit without a network, and the one after it. */

import { describe, expect, it } from "vitest";

import { missing } from "./harness";
import { setStage } from "./stage";

const reason = missing();
if (reason !== undefined) console.warn(`skipped: ${reason}`);

describe.skipIf(reason !== undefined)("without a network", () => {
  const stage = setStage();

  it("the first visit has nothing to show, and the second the shell", async () => {
    const page = await stage.context.newPage();
    await stage.context.setOffline(true);
    await expect(page.goto("/book")).rejects.toThrow(/ERR_INTERNET_DISCONNECTED/);

    await stage.context.setOffline(false);
    await page.goto("/book");
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await stage.context.setOffline(true);

    await page.goto("/portal/bookings");
    await page.getByRole("heading", { name: "My bookings", level: 1 }).waitFor();
    await page
      .getByText(/^You are offline/)
      .first()
      .waitFor();
  });
});

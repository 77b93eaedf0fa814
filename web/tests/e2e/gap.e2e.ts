/** News that never arrived: the page finds out, begins anew, and shows what is true. */

import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";

import { change, daysOf, serviceOf, takeEverywhere } from "./elsewhere";
import { missing, violations } from "./harness";
import { setStage } from "./stage";
import { book, openTimes } from "./steps";

const reason = missing();
if (reason !== undefined) console.warn(`skipped: ${reason}`);

describe.skipIf(reason !== undefined)("a gap in the stream", () => {
  const stage = setStage();

  /** The link of the booking that was made in this page. */
  const linkIn = (page: Page) =>
    page.evaluate(() => {
      const [link] = JSON.parse(localStorage.getItem("daybook.links") ?? "[]") as {
        id: string;
        token: string;
      }[];
      return link ?? { id: "", token: "" };
    });

  it("in the news of a booking has it begin anew", async () => {
    const { api } = stage.site;
    const page = await stage.context.newPage();
    await book(stage.site, page, "plumbing-repair");
    await page.getByRole("link", { name: "Show the booking" }).click();
    await page.getByRole("button", { name: "Cancel the booking" }).waitFor();
    const link = await linkIn(page);
    const topic = `request:${link.id}`;
    await expect.poll(() => stage.front.streams.some((one) => one.includes(topic))).toBe(true);
    await page.waitForFunction(() => document.readyState === "complete");
    const { id } = await serviceOf(api, "plumbing-repair");
    const later = (await daysOf(api, id, "2027-01-11", 5)).find(({ slots }) => slots.length > 0);
    expect(later).toBeDefined();
    const opened = stage.front.streams.length;

    stage.front.swallow = 1;
    const place = { startsAt: later?.slots[0]?.startsAt, teamId: later?.teamId };
    const rev = await change(api, { ...link, rev: 1 }, "reschedule", place);
    await expect.poll(() => stage.front.swallow).toBe(0);
    await change(api, { ...link, rev }, "cancel");

    await page.getByText("Cancelled").first().waitFor();
    // It asked for the topic as if it knew nothing of it.
    await expect
      .poll(() => stage.front.streams.slice(opened).some((one) => one.includes(topic)))
      .toBe(true);
    expect(stage.front.streams.slice(opened).some((one) => one.includes(`${topic}@`))).toBe(false);
    expect(await violations(page)).toEqual([]);
  });

  it("that is longer than what the server keeps ends with what is true", async () => {
    const { api, startServer, stopServer } = stage.site;
    const page = await stage.context.newPage();
    await openTimes(stage.site, page, "kitchen-planning");
    await expect.poll(() => stage.front.streamsOpen).toBe(1);
    const slot = page.getByRole("radio").first();
    const start = (await slot.getAttribute("value")) ?? "";
    await slot.check();
    const { id } = await serviceOf(api, "kitchen-planning");

    stage.front.isDown = true;
    stage.front.cut();
    // What it kept for those who come back goes with it.
    await stopServer();
    await startServer();
    expect(await takeEverywhere(api, id, start)).toBeGreaterThan(0);
    expect(await slot.isChecked()).toBe(true);
    const opened = stage.front.streams.length;
    stage.front.isDown = false;

    await page
      .getByText("has just been taken by somebody else")
      .waitFor({ state: "attached", timeout: 40_000 });
    expect(await page.locator("input[type=radio]:checked").count()).toBe(0);
    await expect
      .poll(() => stage.front.streams.slice(opened).length, { timeout: 40_000 })
      .toBeGreaterThan(0);
    await expect.poll(() => stage.front.streamsOpen, { timeout: 40_000 }).toBe(1);
  });
});

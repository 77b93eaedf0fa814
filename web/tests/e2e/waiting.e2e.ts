/** A day that is full: waiting for it, being offered a place, and taking it. */

import { describe, expect, it } from "vitest";

import { type Made, atOffice, change, daysOf, order, serviceOf } from "./elsewhere";
import { missing, violationsInBothSchemes } from "./harness";
import { tokenOf } from "../../src/portal/links";
import { setStage } from "./stage";
import { fillDetails } from "./steps";

const reason = missing();
if (reason !== undefined) console.warn(`skipped: ${reason}`);

describe.skipIf(reason !== undefined)("a day that is full", () => {
  const stage = setStage();

  /** A day of one team that has room for one visit, which somebody has booked. */
  async function fullDay(slug: string): Promise<{ date: string; made: Made }> {
    const { api } = stage.site;
    const office = await atOffice(api);
    const { id } = await serviceOf(api, slug);
    const team = (await daysOf(api, id, "2027-01-18", 5)).find(({ slots }) => slots.length > 4);
    if (team === undefined) throw new Error("the demo offers nothing then");
    await office.changeService(slug, { teamIds: [team.teamId] });
    const start = { serviceId: id, teamId: team.teamId, startsAt: team.slots[0]?.startsAt };
    const client = { name: "First Comer", email: "first@example.com" };
    const { status, body } = await order(api, { ...start, client });
    expect([status, body.code]).toEqual([201, undefined]);
    await office.limitDay(team.teamId, team.date, 1);
    const token = tokenOf(body.links.manage) ?? "";
    return { date: team.date, made: { ...body, token } };
  }

  it("is waited for, offered when somebody calls off, and taken", async () => {
    const { date, made } = await fullDay("kitchen-planning");
    const page = await stage.context.newPage();
    await page.goto(`/book/kitchen-planning?step=time&zone=Europe/Berlin&date=${date}`);
    await page.getByText(/is full$/).waitFor();
    expect(await violationsInBothSchemes(page)).toEqual([]);
    await page.getByRole("button", { name: "Tell me if this day opens" }).click();
    await fillDetails(page);
    await page.getByRole("button", { name: "Join the waiting list" }).click();
    await page.getByText(/^You are on the waiting list/).waitFor();
    await page.getByText("Your place in the line: 1").waitFor();
    expect(await violationsInBothSchemes(page)).toEqual([]);
    await page.getByRole("link", { name: "Show the booking" }).click();
    await page.getByRole("heading", { name: "You are waiting for this day" }).waitFor();

    await change(stage.site.api, made, "cancel");

    // Nobody reloads the page: the stream says it.
    await page.getByRole("heading", { name: "A place has come free" }).waitFor();
    expect(await violationsInBothSchemes(page)).toEqual([]);
    expect(await page.getByText(/too late to change/).count()).toBe(0);
    await page.getByRole("button", { name: "Take it" }).click();
    await page.getByText("Confirmed").first().waitFor();
    await page
      .getByRole("heading", { name: "A place has come free" })
      .waitFor({ state: "detached" });
  });
});

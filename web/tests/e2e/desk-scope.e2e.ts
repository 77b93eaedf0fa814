import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ask, atDesk, type Desk, type Listed, order } from "./desk";
import { missing, openBrowser, openSite, type Site } from "./harness";

interface Told {
  type?: string;
  topic?: string;
  data?: { teamId?: string };
}

/** What frames say: each is a message, or a list of them. */
const messagesOf = (frames: readonly string[]): Told[] =>
  frames.flatMap((frame) => JSON.parse(frame) as Told | Told[]);

/** What came in on every stream of a page that is opened from now on. */
function listen(desk: Desk): string[] {
  const frames: string[] = [];
  desk.page.on("websocket", (socket) => {
    socket.on("framereceived", ({ payload }) => frames.push(payload.toString()));
  });
  return frames;
}

describe.skipIf(missing() !== undefined && process.env.CI === undefined)("what is heard", () => {
  let site: Site;
  let browser: Browser;

  beforeAll(async () => {
    [site, browser] = await Promise.all([openSite(), openBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  it("by a member is about its own teams, while the desk hears of all", async () => {
    const [member, dispatcher, other] = await Promise.all([
      atDesk(browser, site, "member"),
      atDesk(browser, site, "dispatcher"),
      atDesk(browser, site, "admin"),
    ]);
    const [heardByMember, heardByDesk] = [listen(member), listen(dispatcher)];
    const path = "/api/admin/service-requests?status=pending&limit=100&sort=startsAt";
    const { items } = await ask<Listed>(other.page, path);
    const ofTeam = (isOwn: boolean) =>
      items.filter(({ team }) => team.name.startsWith("Berlin") === isOwn);
    const [own, foreign] = [ofTeam(true), ofTeam(false)];
    expect(own.length).toBeGreaterThan(0);
    expect(foreign.length).toBeGreaterThan(1);
    const { teamIds } = await ask<{ teamIds: string[] }>(member.page, "/api/auth/me");
    expect(teamIds.length).toBeGreaterThan(0);

    await Promise.all(
      [member, dispatcher].map(async ({ page }) => {
        await page.goto(`${site.url}/admin/requests?status=pending&sort=startsAt`);
        await page.locator("tbody tr").first().waitFor();
      }),
    );
    const subscribed = (frames: string[]) =>
      messagesOf(frames).some(({ type }) => type === "subscribed");
    await expect.poll(() => subscribed(heardByMember) && subscribed(heardByDesk)).toBe(true);

    const confirm = (request: (typeof items)[number]) =>
      order(other.page, `/api/admin/service-requests/${request.id}/confirm`, request.rev, {});
    for (const request of [...foreign.slice(0, 5), own[0]]) {
      if (request !== undefined) expect(await confirm(request)).toBe(200);
    }
    // What concerns it comes last: whatever came before it would be there by now.
    const last = own[0];
    await expect
      .poll(() => heardByMember.some((frame) => frame.includes(last?.id ?? "")))
      .toBe(true);
    await expect
      .poll(() => foreign.slice(0, 5).every(({ id }) => heardByDesk.join().includes(id)))
      .toBe(true);

    const ids = new Set(messagesOf(heardByMember).flatMap(({ data }) => data?.teamId ?? []));
    expect([...ids].filter((id) => !teamIds.includes(id))).toEqual([]);
    const told = heardByMember.join();
    for (const { id, reference, team } of foreign) {
      expect(told).not.toContain(id);
      expect(told).not.toContain(reference);
      expect(told).not.toContain(team.id);
    }
    await Promise.all([member, dispatcher, other].map(({ context }) => context.close()));
  });

  it("is asked for in so few messages that the server reads all of them", async () => {
    const desk = await atDesk(browser, site, "dispatcher");
    const { page } = desk;
    const heard = listen(desk);
    const said: string[] = [];
    page.on("websocket", (socket) => {
      socket.on("framesent", ({ payload }) => said.push(payload.toString()));
    });
    await page.goto(`${site.url}/admin/availability`);
    const days = () =>
      messagesOf(heard).filter(
        ({ type, topic }) => type === "subscribed" && topic?.startsWith("availability:"),
      );
    await expect.poll(() => days().length).toBeGreaterThanOrEqual(40);
    expect(messagesOf(heard).filter(({ type }) => type === "error")).toEqual([]);
    expect(said.length).toBeLessThanOrEqual(10);
    await desk.context.close();
  });

  it("is refused when a member asks for another team's log", async () => {
    const member = await atDesk(browser, site, "member");
    const admin = await atDesk(browser, site, "admin");
    const { teamIds } = await ask<{ teamIds: string[] }>(member.page, "/api/auth/me");
    const teams = await ask<{ items: { id: string }[] }>(admin.page, "/api/admin/teams");
    const foreign = teams.items.find(({ id }) => !teamIds.includes(id))?.id ?? "";
    const answers = await member.page.evaluate(
      async (topics) => {
        const made = await fetch("/api/realtime/tickets", { method: "POST" });
        const { ticket } = (await made.json()) as { ticket: string };
        const address = `${location.origin.replace("http", "ws")}/api/portal/realtime`;
        const socket = new WebSocket(address, "daybook.v1");
        const heard: { type: string; topic?: string }[] = [];
        await new Promise((resolve, reject) => {
          setTimeout(() => reject(new Error(JSON.stringify(heard))), 15_000);
          socket.onmessage = ({ data }) => {
            const told = [JSON.parse(String(data))].flat() as typeof heard;
            heard.push(...told);
            if (told.some(({ type }) => type === "hello")) {
              const wanted = topics.map((topic) => ({ topic }));
              socket.send(JSON.stringify({ type: "subscribe", id: 1, topics: wanted }));
            }
            if (topics.every((topic) => heard.some((one) => one.topic === topic)))
              resolve(undefined);
          };
          socket.onerror = () => reject(new Error("the socket did not open"));
          socket.onopen = () => socket.send(JSON.stringify({ type: "auth", ticket }));
        });
        socket.close();
        return heard;
      },
      [`team:${foreign}`, "admin:bookings", `team:${teamIds[0]}`],
    );
    const typeOf = (topic: string) => answers.find((one) => one.topic === topic)?.type;
    expect(typeOf(`team:${foreign}`)).toBe("error");
    expect(typeOf("admin:bookings")).toBe("error");
    expect(typeOf(`team:${teamIds[0]}`)).toBe("subscribed");
    await member.context.close();
    await admin.context.close();
  });
});

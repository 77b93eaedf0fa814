/**
 * How long a start that somebody else takes still looks free in an open wizard: from the moment that
 * the other one is answered, and from the moment that the other one asked. A measurement, not a test.
 */

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, it } from "vitest";

import { newVisitor, openBrowser, openSite, type Site } from "./harness";
import { openTimes } from "./steps";

const ROUNDS = Number(process.env.ROUNDS ?? 20);
const SERVICE = "kitchen-planning";
const TEAMS_MAX = 20;
const GOAL_MS = 250;

declare global {
  interface Window {
    /** When the start that is watched stopped looking free. */
    goneAt?: Promise<number>;
  }
}

/** Notes in the page when a start cannot be chosen any more: no polling from outside is as exact. */
function watch(page: Page, start: string): Promise<void> {
  return page.evaluate((value) => {
    const isGone = () => {
      const radio = document.querySelector<HTMLInputElement>(`input[value="${value}"]`);
      return radio === null || radio.disabled;
    };
    window.goneAt = new Promise((resolve) => {
      const observer = new MutationObserver(() => {
        if (!isGone()) return;
        observer.disconnect();
        resolve(Date.now());
      });
      observer.observe(document.body, { subtree: true, childList: true, attributes: true });
    });
  }, start);
}

describe("from taken elsewhere to seen", () => {
  let site: Site;

  beforeAll(async () => {
    site = await openSite();
  });
  afterAll(() => site?.close());

  it(`${ROUNDS} rounds`, { timeout: 600_000 }, async () => {
    const services = (await (await fetch(`${site.api}/api/portal/services`)).json()) as {
      items: { id: string; slug: string }[];
    };
    const serviceId = services.items.find(({ slug }) => slug === SERVICE)?.id ?? "";
    const offering = async (start: string): Promise<string | undefined> => {
      const query = `serviceId=${serviceId}&from=${start.slice(0, 10)}&days=1`;
      const answer = await fetch(`${site.api}/api/bookings/availability?${query}`);
      const { days } = (await answer.json()) as {
        days: { teamId: string; slots: { startsAt: string }[] }[];
      };
      return days.find(({ slots }) => slots.some(({ startsAt }) => startsAt === start))?.teamId;
    };
    const take = async (start: string, teamId: string) => {
      const answer = await fetch(`${site.api}/api/portal/service-requests`, {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": crypto.randomUUID() },
        body: JSON.stringify({
          serviceId,
          teamId,
          startsAt: start,
          paymentMethod: "cod",
          client: { name: "Else Where", email: "else@example.com" },
        }),
      });
      if (answer.status !== 201) throw new Error(`taking it: ${answer.status}`);
    };

    const browser = await openBrowser();
    const { page } = await newVisitor(browser);
    await openTimes(site, page, SERVICE);
    const [fromAnswer, fromAsking]: [number[], number[]] = [[], []];
    for (let day = 0; fromAnswer.length < ROUNDS; day += 1) {
      await page.locator("[data-state=open]").nth(day).click();
      await page.locator("input[type=radio]:enabled").first().waitFor();
      // The stream of that day has begun once the page is quiet.
      await page.waitForTimeout(1_000);
      for (;;) {
        const free = page.locator("input[type=radio]:enabled");
        if (fromAnswer.length >= ROUNDS || (await free.count()) === 0) break;
        const start = (await free.first().getAttribute("value")) ?? "";
        await watch(page, start);
        let [askedAt, answeredAt, taken] = [0, 0, 0];
        for (let team = await offering(start); team !== undefined; team = await offering(start)) {
          if ((taken += 1) > TEAMS_MAX) throw new Error(`${start} is never gone`);
          askedAt = Date.now();
          await take(start, team);
          answeredAt = Date.now();
        }
        if (taken === 0) break;
        const goneAt = await page.evaluate(() => window.goneAt);
        if (goneAt === undefined) throw new Error("nothing was watched");
        fromAnswer.push(goneAt - answeredAt);
        fromAsking.push(goneAt - askedAt);
      }
    }
    await browser.close();
    const told = (tookMs: number[]) => {
      const sorted = [...tookMs].sort((a, b) => a - b);
      const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
      return `median ${at(0.5)} ms, p95 ${at(0.95)} ms, worst ${at(1)} ms`;
    };
    console.log(`taken elsewhere to seen, ${ROUNDS} rounds, from the answer: ${told(fromAnswer)}`);
    console.log(`from asking: ${told(fromAsking)} (goal: p95 ${GOAL_MS} ms)`);
  });
});

/**
 * The pages as they are delivered: by the server itself, under the policy it sends, compressed as it
 * does. The other tests have a server for pages between, which knows no policy.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { atDesk } from "./desk";
import { type Site, newVisitor, openBrowser, openSite } from "./harness";
import { book } from "./steps";

let site: Site;
let browser: Browser;

beforeAll(async () => {
  const own = await openSite();
  site = { ...own, url: own.api };
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await site.close();
});

/** What the page was refused by its policy, from now on. */
async function watchPolicy(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const refused: string[] = [];
    Object.assign(window, { refused });
    document.addEventListener("securitypolicyviolation", (event) => {
      refused.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
    });
  });
  return () => page.evaluate(() => (window as unknown as { refused: string[] }).refused);
}

describe("what the server delivers", () => {
  it("is what was built, and small", async () => {
    const built: unknown = JSON.parse(
      readFileSync(join(import.meta.dirname, "../../dist/build.json"), "utf8"),
    );
    expect(await (await fetch(`${site.url}/build.json`)).json()).toEqual(built);

    const shell = await fetch(site.url, { headers: { accept: "text/html" } });
    expect(shell.headers.get("content-security-policy")).toContain("require-trusted-types-for");
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(await shell.text())?.[1];
    for (const encoding of ["br", "gzip"]) {
      const answer = await fetch(site.url + script, { headers: { "accept-encoding": encoding } });
      expect(answer.headers.get("content-encoding")).toBe(encoding);
      expect(answer.headers.get("cache-control")).toContain("immutable");
    }
  });

  it("books under the policy, and opens again without a network", async () => {
    const { page, context, errors } = await newVisitor(browser);
    const refused = await watchPolicy(page);
    expect(await book(site, page)).toMatch(/^[A-Z0-9-]+$/);
    expect(await refused()).toEqual([]);

    await page.goto(`${site.url}/book`);
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await page.reload();
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await context.setOffline(true);
    await page.reload();
    await page.locator("h1").first().waitFor();
    expect(await refused()).toEqual([]);
    expect(errors).toEqual([]);
    await context.close();
  });

  it("shows the board to staff under the policy", async () => {
    const { page, context, errors } = await atDesk(browser, site, "dispatcher");
    const refused = await watchPolicy(page);
    await page.goto(`${site.url}/admin/availability`);
    await page.locator("[role=gridcell]").first().waitFor();
    expect(await refused()).toEqual([]);
    expect(errors).toEqual([]);
    await context.close();
  });
});

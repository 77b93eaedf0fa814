/**
 * The stage for tests of what a lost connection does: between the real server and the browser stands
 * a front that serves the built pages and fails on demand.
 */

import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";

import { Front } from "./front";
import { type Site, openBrowser, openSite } from "./harness";

/** A fresh person behind the front: own storage, own cookies. */
export async function person(browser: Browser, front: Front): Promise<BrowserContext> {
  const context = await browser.newContext({
    baseURL: front.url,
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    viewport: { width: 1280, height: 900 },
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(20_000);
  return context;
}

/** A server for all tests of a `describe`, and for each of them a front and a person of its own. */
export interface Stage {
  /** The site as the person sees it, through the front. */
  readonly site: Site;
  readonly front: Front;
  readonly browser: Browser;
  readonly context: BrowserContext;
}

/** Sets the stage of the `describe` it is called in. What it returns is there once a test runs. */
export function setStage(settings?: Record<string, string>): Stage {
  let site: Site | undefined;
  let browser: Browser | undefined;
  let front: Front | undefined;
  let context: BrowserContext | undefined;

  beforeAll(async () => {
    site = await openSite(settings);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });
  beforeEach(async () => {
    front = await Front.start(there(site).api);
    context = await person(there(browser), front);
  });
  afterEach(async () => {
    await context?.close();
    front?.stop();
  });
  return {
    get site() {
      return { ...there(site), url: there(front).url };
    },
    get front() {
      return there(front);
    },
    get browser() {
      return there(browser);
    },
    get context() {
      return there(context);
    },
  };
}

function there<T>(part: T | undefined): T {
  if (part === undefined) throw new Error("the stage is set when the first test runs");
  return part;
}

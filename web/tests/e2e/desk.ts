import type { Browser, BrowserContext, Page } from "playwright-core";

import { type Look, newVisitor, PASSWORD, type Site } from "./harness";

export type StaffName = "admin" | "dispatcher" | "member";

export interface Desk {
  context: BrowserContext;
  page: Page;
  errors: string[];
}

/** Somebody of the staff, signed in by the form, with the first page open. */
export async function atDesk(
  browser: Browser,
  site: Site,
  who: StaffName,
  look: Look = {},
): Promise<Desk> {
  const visitor = await newVisitor(browser, look);
  const { page } = visitor;
  await page.goto(`${site.url}/admin`);
  await page.locator("input[type=email]").fill(`${who}@daybook.example`);
  await page.locator("input[autocomplete=current-password]").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.locator("#main h1").waitFor();
  return visitor;
}

/** Something that the server says of itself, asked with the page's own session. */
export function ask<T>(page: Page, path: string): Promise<T> {
  return page.evaluate(async (address) => {
    const response = await fetch(address);
    if (!response.ok) throw new Error(`${address}: ${response.status}`);
    return (await response.json()) as never;
  }, path) as Promise<T>;
}

/** Changes something behind the page's back, as another dispatcher would. */
export function order(page: Page, path: string, rev: number, body: object): Promise<number> {
  return page.evaluate(
    async ([address, ifMatch, json]) => {
      const response = await fetch(address, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "idempotency-key": crypto.randomUUID(),
          "if-match": ifMatch,
        },
        body: json,
      });
      return response.status;
    },
    [path, `"${rev}"`, JSON.stringify(body)] as const,
  );
}

export interface Listed {
  items: {
    id: string;
    reference: string;
    rev: number;
    status: string;
    team: { id: string; name: string };
    client: { name: string };
  }[];
}

/** The request in `status` that is next, or furthest ahead. */
export async function firstIn(page: Page, status: string, sort = "startsAt") {
  const path = `/api/admin/service-requests?limit=1&status=${status}&sort=${sort}`;
  const [first] = (await ask<Listed>(page, path)).items;
  if (first === undefined) throw new Error(`the demo has no request that is ${status}`);
  return first;
}

/** Waits until a page has its heading, nothing of it is still on its way, and nothing moves. */
export async function settled(page: Page): Promise<void> {
  await page.locator("#main h1").waitFor();
  await page.waitForFunction(() => {
    const isLoading =
      document.querySelector("[aria-busy=true], .mantine-Skeleton-root, [data-loading=true]") !==
      null;
    const isMoving = document.getAnimations().some(({ playState }) => playState === "running");
    return !isLoading && !isMoving;
  });
}

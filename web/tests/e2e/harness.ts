import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Browser, type BrowserContext, type Page, chromium } from "playwright-core";
import { type PreviewServer, preview } from "vite";
import { expect } from "vitest";

const web = join(import.meta.dirname, "../..");
const READY_MS_MAX = 20_000;
export const PASSWORD = "Correct-horse-9";

/** The binary under test; built by `cargo build`, or named. */
const binary = process.env.DAYBOOK_BIN ?? join(web, "../target/debug/daybook");
const chromiumPath = process.env.CHROMIUM_BIN ?? "/usr/bin/chromium";

/** What Chromium needs where it has neither display nor sandbox, and what keeps it quiet. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];

/** Why the browser tests cannot run here, if they cannot. Where they must, that is a failure. */
export function missing(): string | undefined {
  if (!existsSync(binary)) return `no server at ${binary}: cargo build, or set DAYBOOK_BIN`;
  if (!existsSync(chromiumPath)) return `no browser at ${chromiumPath}: set CHROMIUM_BIN`;
  if (!existsSync(join(web, "dist/index.html"))) return "no dist: npm run build";
  return undefined;
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function ready(url: string, server: ChildProcess): Promise<void> {
  const end = Date.now() + READY_MS_MAX;
  while (Date.now() < end) {
    if (server.exitCode !== null) throw new Error(`the server ended with ${server.exitCode}`);
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the server at ${url} did not get ready`);
}

/** A server of one's own with demo data, behind the built pages. */
export interface Site {
  /** Where the pages are. */
  url: string;
  /** Where the server itself is. */
  api: string;
  /** Resolves once it is gone, and its port with it. */
  stopServer: () => Promise<void>;
  startServer: () => Promise<void>;
  close: () => Promise<void>;
}

/** @param settings of the server, as its environment names them */
export async function openSite(settings: Record<string, string> = {}): Promise<Site> {
  const reason = missing();
  if (reason !== undefined) throw new Error(reason);
  const dataDir = mkdtempSync(join(tmpdir(), "daybook-e2e-"));
  const port = await freePort();
  const env = {
    ...process.env,
    DAYBOOK__DATA_DIR: dataDir,
    DAYBOOK__HTTP__PORT: String(port),
    DAYBOOK__RATE_LIMIT__ENABLED: "false",
    DAYBOOK_DEMO_PASSWORD: PASSWORD,
    ...settings,
  };
  execFileSync(binary, ["migrate"], { env, stdio: "ignore" });
  execFileSync(binary, ["seed", "--demo"], { env, stdio: "ignore" });
  const api = `http://127.0.0.1:${port}`;
  let server: ChildProcess | undefined;
  const startServer = async () => {
    server = spawn(binary, ["serve"], { env, stdio: "ignore" });
    await ready(api, server);
  };
  const stopServer = async () => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, "exit");
    server.kill("SIGTERM");
    await gone;
  };
  await startServer();

  process.env.DAYBOOK_URL = api;
  const pages: PreviewServer = await preview({
    root: web,
    logLevel: "error",
    preview: { port: await freePort(), host: "127.0.0.1", strictPort: true },
  });
  const address = pages.httpServer.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    api,
    stopServer,
    startServer,
    close: async () => {
      await Promise.all([stopServer(), pages.close()]);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath, args: FLAGS });
}

export interface Look {
  colorScheme?: "light" | "dark";
  locale?: string;
  width?: number;
  height?: number;
  timezoneId?: string;
}

/** A browser of somebody who was never here. Errors in its console end up in `errors`. */
export async function newVisitor(
  browser: Browser,
  look: Look = {},
): Promise<{ context: BrowserContext; page: Page; errors: string[] }> {
  const context = await browser.newContext({
    colorScheme: look.colorScheme ?? "light",
    locale: look.locale ?? "en-GB",
    timezoneId: look.timezoneId ?? "Europe/Berlin",
    viewport: { width: look.width ?? 1280, height: look.height ?? 900 },
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    const isOwn =
      message.type() === "error" && !message.text().startsWith("Failed to load resource");
    if (isOwn) errors.push(message.text());
  });
  return { context, page, errors };
}

const axeSource = readFileSync(join(web, "node_modules/axe-core/axe.min.js"), "utf8");
const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe finds wrong, as short lines: none is what we promise. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  return page.evaluate(async (tags) => {
    const { axe } = window as unknown as {
      axe: {
        run: (
          root: Document,
          options: object,
        ) => Promise<{
          violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
        }>;
      };
    };
    const found = await axe.run(document, { runOnly: { type: "tag", values: tags } });
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ""}`),
    );
  }, AXE_TAGS);
}

/** How far the page is wider than the window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

/** The same for the page in light and in dark. */
export async function violationsInBothSchemes(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    // Colours follow the scheme in several steps: what is drawn between them is nobody's page.
    await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
    await page.evaluate(async () => {
      // What is half under the sticky bar counts as too small, and can be scrolled from there.
      window.scrollTo(0, 0);
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      await frame();
      await frame();
      const ending = document
        .getAnimations()
        .filter(({ effect }) => effect?.getTiming().iterations !== Infinity);
      await Promise.allSettled(ending.map(({ finished }) => finished));
    });
    await picture(page, colorScheme);
    found.push(...(await violations(page)).map((fault) => `${colorScheme} ${fault}`));
  }
  await page.emulateMedia({ colorScheme: "light" });
  return found;
}

/** Where pictures go: outside the repository, because they change with every look. */
export function shotsFolder(): string {
  const folder = process.env.DAYBOOK_SHOTS ?? join(tmpdir(), "daybook-shots");
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** A picture of a state that is hard to come by, for whoever asks by `DAYBOOK_SHOTS`. */
async function picture(page: Page, colorScheme: string): Promise<void> {
  const folder = process.env.DAYBOOK_SHOTS;
  if (folder === undefined) return;
  const name = (expect.getState().currentTestName ?? "state").replaceAll(/[^a-z0-9]+/gi, "-");
  await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), fullPage: true });
}

// Fails when a first visit would fetch more than we allow ourselves. Sizes are gzip's.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { filesOf, readChunks } from "./chunks.mjs";

const web = join(import.meta.dirname, "..");
const KB = 1_000;

const chunks = readChunks(web);

/** @param {string[]} files @param {RegExp} kind */
function sizeOf(files, kind) {
  return files
    .filter((file) => kind.test(file))
    .map((file) => gzipSync(readFileSync(join(web, "dist", file)), { level: 9 }).length)
    .reduce((sum, bytes) => sum + bytes, 0);
}

/**
 * @param {string} entry
 * @param {string[]} routes modules of what the first page shows
 */
function firstVisit(entry, routes) {
  const missing = routes.filter((route) => chunks[route] === undefined);
  if (missing.length > 0) throw new Error(`no such chunk: ${missing.join(", ")}`);
  const files = [entry, ...routes].flatMap((name) => filesOf(chunks, name, false));
  return [...new Set(files)];
}

const portal = firstVisit("index.html", ["src/i18n/en/common.json"]);
const admin = firstVisit("admin.html", ["src/i18n/en/common.json", "src/i18n/en/admin.json"]);
const worker = existsSync(join(web, "dist/sw.js")) ? ["sw.js"] : [];

/** @type {[string, number, number][]} */
const budgets = [
  ["portal, first route, JavaScript", sizeOf(portal, /\.js$/), 170 * KB],
  ["portal, first route, CSS", sizeOf(portal, /\.css$/), 40 * KB],
  ["admin, first route, JavaScript", sizeOf(admin, /\.js$/), 220 * KB],
  ["worker", sizeOf(worker, /\.js$/), 15 * KB],
];

for (const [name, bytes, bytesMax] of budgets) {
  const isOver = bytes > bytesMax;
  const size = `${(bytes / KB).toFixed(1)} of ${bytesMax / KB} kB gz`;
  console.log(`${isOver ? "OVER" : "ok  "} ${name}: ${size}`);
  if (isOver) process.exitCode = 1;
}

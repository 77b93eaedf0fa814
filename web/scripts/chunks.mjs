import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @typedef {{ file: string, css?: string[], assets?: string[], imports?: string[], dynamicImports?: string[] }} Chunk
 */

/** Where the build leaves its list of chunks. Not served: nobody else needs it. */
export const MANIFEST = ".build/manifest.json";

/**
 * @param {string} web the `web/` folder
 * @returns {Record<string, Chunk>}
 */
export function readChunks(web) {
  return JSON.parse(readFileSync(join(web, MANIFEST), "utf8"));
}

/**
 * The files that an entry needs: at once, or ever.
 *
 * @param {Record<string, Chunk>} chunks
 * @param {string} entry
 * @param {boolean} isLazyIncluded
 * @returns {string[]}
 */
export function filesOf(chunks, entry, isLazyIncluded) {
  /** @type {Set<string>} */
  const seen = new Set();
  /** @type {Set<string>} */
  const files = new Set();
  const visit = (/** @type {string} */ name) => {
    const chunk = chunks[name];
    if (chunk === undefined || seen.has(name)) return;
    seen.add(name);
    [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])].forEach((file) => files.add(file));
    (chunk.imports ?? []).forEach(visit);
    if (isLazyIncluded) (chunk.dynamicImports ?? []).forEach(visit);
  };
  visit(entry);
  return [...files].sort();
}

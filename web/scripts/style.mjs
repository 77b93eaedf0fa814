// Rules that no compiler knows: logical properties in CSS, small files, plain characters in code.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";

const web = join(import.meta.dirname, "..");
const LINES_MAX = 320;

/** Properties and values that only fit pages that run left to right. */
const PHYSICAL =
  /\b(?:margin|padding|border)-(?:left|right)\b|(?:^|[\s{;])(?:left|right)\s*:|text-align:\s*(?:left|right)|\b(?:ml|mr|pl|pr)=/;

/** Code is plain ASCII; words for people live in the catalogues. */
const NOT_ASCII = /[^\x09\x0a\x20-\x7e]/;
const MAY_SPEAK = ["src/i18n/languages.ts", "src/i18n/pseudo.ts"];

/** @param {string} folder @returns {string[]} */
function filesUnder(folder) {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? filesUnder(path) : [path]));
}

/** @param {string} path @returns {string[]} */
function faultsOf(path) {
  const name = relative(web, path);
  if (name === "src/api/schema.d.ts" || !/\.(tsx?|mjs|css)$/.test(name)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  const faults = lines.flatMap((line, index) => {
    const at = `${name}:${index + 1}`;
    const found = [];
    if (PHYSICAL.test(line)) found.push(`${at}: use logical properties: ${line.trim()}`);
    if (NOT_ASCII.test(line) && !MAY_SPEAK.includes(name) && !name.startsWith("tests/")) {
      found.push(`${at}: write it in ASCII, or put it into a catalogue: ${line.trim()}`);
    }
    if (/eslint-disable|@ts-ignore|: any\b|as any\b/.test(line) && !name.startsWith("scripts/")) {
      found.push(`${at}: give it a type: ${line.trim()}`);
    }
    return found;
  });
  if (lines.length > LINES_MAX) faults.push(`${name}: ${lines.length} lines, at most ${LINES_MAX}`);
  return faults;
}

const faults = ["src", "scripts", "tests"].flatMap((folder) =>
  filesUnder(join(web, folder)).flatMap(faultsOf),
);
faults.forEach((fault) => console.error(fault));
process.exitCode = faults.length > 0 ? 1 : 0;

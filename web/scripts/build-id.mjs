import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** Length of a build id, in hexadecimal digits: short enough to read out, long enough not to collide. */
const ID_DIGITS = 12;

/** What a build is made of. */
const INPUTS = ["src", "public", "index.html", "admin.html", "vite.config.ts", "package-lock.json"];

/** @param {string} path @returns {string[]} */
function filesUnder(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesUnder(join(path, name)));
}

/**
 * Names a build by what went into it, so that the same sources give the same id on every machine.
 *
 * @param {string} root the `web/` folder
 */
export function buildId(root) {
  const hash = createHash("sha256");
  for (const path of INPUTS.flatMap((name) => filesUnder(join(root, name)))) {
    hash.update(relative(root, path).split(sep).join("/")).update("\0");
    hash.update(readFileSync(path)).update("\0");
  }
  return hash.digest("hex").slice(0, ID_DIGITS);
}

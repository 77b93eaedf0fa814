// What follows Vite's own build: the service worker with its list of files, the build id, and a
// brotli and a gzip sibling of whatever is text.
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, relative, sep } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { build } from "vite";

import { buildId } from "./build-id.mjs";
import { MANIFEST, filesOf, readChunks } from "./chunks.mjs";

const web = join(import.meta.dirname, "..");
const dist = join(web, "dist");
const id = buildId(web);

/** Below this, a compressed sibling saves less than a packet. */
const COMPRESS_BYTES_MIN = 512;
const COMPRESSIBLE = /\.(?:html|js|css|svg|json|txt|webmanifest)$/;
/** Named after their content, so that their name is their revision. */
const HASHED = /^assets\//;

/** @param {string} folder @returns {string[]} */
function filesUnder(folder) {
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? filesUnder(path) : [path]));
}

function keepManifest() {
  mkdirSync(join(web, ".build"), { recursive: true });
  renameSync(join(dist, ".vite/manifest.json"), join(web, MANIFEST));
  rmSync(join(dist, ".vite"), { recursive: true });
}

/** The portal's shell, for the worker to keep. Staff's code is none of its business. */
function precacheList() {
  const chunks = filesOf(readChunks(web), "index.html", true);
  const fixed = readdirSync(dist).filter((name) => /\.(?:svg|png|webmanifest|ico)$/.test(name));
  return ["index.html", ...fixed.sort(), ...chunks].map((url) => ({
    url: `/${url}`,
    revision: HASHED.test(url)
      ? null
      : createHash("sha256")
          .update(readFileSync(join(dist, url)))
          .digest("hex")
          .slice(0, 16),
  }));
}

async function buildWorker() {
  const source = join(web, "src/sw.ts");
  if (!existsSync(source)) return;
  await build({
    configFile: false,
    root: web,
    publicDir: false,
    logLevel: "warn",
    define: {
      "process.env.NODE_ENV": JSON.stringify("production"),
      "self.__WB_MANIFEST": JSON.stringify(precacheList()),
      __BUILD_ID__: JSON.stringify(id),
    },
    build: {
      target: "es2022",
      outDir: dist,
      emptyOutDir: false,
      lib: { entry: source, formats: ["iife"], name: "worker", fileName: () => "sw.js" },
    },
  });
}

function compress() {
  for (const path of filesUnder(dist).filter((one) => COMPRESSIBLE.test(one))) {
    const bytes = readFileSync(path);
    if (bytes.length < COMPRESS_BYTES_MIN) continue;
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    };
    writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
    writeFileSync(`${path}.gz`, gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }));
  }
}

keepManifest();
writeFileSync(join(dist, "build.json"), `${JSON.stringify({ build: id })}\n`);
await buildWorker();
compress();

const shown = filesUnder(dist).map((path) => relative(dist, path).split(sep).join("/"));
console.log(`build ${id}: ${shown.length} files in dist`);

import { defineConfig } from "vitest/config";

/** What is not a test: pictures, and times. */
const KINDS: Record<string, string> = { screenshots: "shots", measure: "measure" };

/** Against the built pages, the real server and a real browser. `--mode screenshots` takes pictures. */
export default defineConfig(({ mode }) => ({
  test: {
    include: [`tests/e2e/**/*.${KINDS[mode] ?? "e2e"}.ts`],
    environment: "node",
    // One browser at a time: timings are part of what is tested.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    passWithNoTests: true,
  },
}));

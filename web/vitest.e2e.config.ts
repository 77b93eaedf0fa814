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
    // A browser on a busy machine is late now and then; what fails twice is broken.
    retry: 1,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // What is waited for may be late on a busy machine; what never comes still fails.
    expect: { poll: { timeout: 15_000 } },
    passWithNoTests: true,
  },
}));

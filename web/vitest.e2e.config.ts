import { defineConfig } from "vitest/config";

/** Against the built pages, the real server and a real browser. `--mode screenshots` takes pictures. */
export default defineConfig(({ mode }) => ({
  test: {
    include: [mode === "screenshots" ? "tests/e2e/**/*.shots.ts" : "tests/e2e/**/*.e2e.ts"],
    environment: "node",
    // One browser at a time: timings are part of what is tested.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    passWithNoTests: true,
  },
}));

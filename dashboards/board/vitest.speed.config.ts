// How fast the built board is in a browser: a table, no verdict.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["e2e/speed.ts"], testTimeout: 3_600_000, hookTimeout: 60_000, fileParallelism: false, disableConsoleIntercept: true },
});

// Makes the pictures of docs/screenshots with the built board.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["e2e/screens.ts"], testTimeout: 120_000, hookTimeout: 60_000, fileParallelism: false },
});

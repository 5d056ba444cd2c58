// How much a phone has to fetch before it shows anything.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";

const KIB_MAX = 120;

test("all script together is at most 120 KiB, compressed", () => {
  const assets = join(import.meta.dirname, "..", "dist", "assets");
  const scripts = readdirSync(assets).filter((name) => name.endsWith(".js"));
  const bytes = scripts.reduce((sum, name) => sum + gzipSync(readFileSync(join(assets, name))).length, 0);
  expect(scripts.length).toBeGreaterThan(0);
  expect(bytes).toBeLessThanOrEqual(KIB_MAX * 1024);
});

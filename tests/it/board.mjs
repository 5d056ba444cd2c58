// Opens the board and tells, one JSON line each, what a person at it sees:
// node board.mjs ADDRESS SCREENSHOT, then one line with `WARD/BED` on standard
// input for each bed whose next change is to be told.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(new URL("../../dashboards/board/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const [address, screenshot] = process.argv.slice(2);
const PATIENCE = { timeout: 60_000 };

const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"],
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});
const tell = (seen) => console.log(JSON.stringify(seen));
try {
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
  const faults = [];
  page.on("pageerror", (error) => faults.push(error.message));
  await page.goto(address);
  await page.locator("[data-bed]").first().waitFor(PATIENCE);
  tell({ beds: await page.locator("[data-bed]").count() });
  for await (const bed of createInterface({ input: process.stdin })) {
    const state = await page.locator(`[data-bed="${bed}"]`).getAttribute("data-state", PATIENCE);
    tell({ bed, state });
  }
  await page.screenshot({ path: screenshot });
  tell({ faults });
} finally {
  await browser.close();
}

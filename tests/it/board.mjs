// Opens the board and tells, one JSON line each, what a person at it sees:
// node board.mjs ADDRESS SCREENSHOT, then one line with `WARD/BED` on standard
// input for each bed whose next change is to be told; `*` for the next of any bed.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(new URL("../../dashboards/board/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const [address, screenshot] = process.argv.slice(2);
const PATIENCE = { timeout: 180_000 };

const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"],
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});
const tell = (seen) => console.log(JSON.stringify(seen));

/** The first bed whose state becomes another than it is now. */
async function nextChange(page) {
  const states = () => Object.fromEntries([...document.querySelectorAll("[data-bed]")].map((b) => [b.dataset.bed, b.dataset.state]));
  const before = await page.evaluate(states);
  const changed = (before) => [...document.querySelectorAll("[data-bed]")].find((b) => before[b.dataset.bed] !== b.dataset.state)?.dataset.bed;
  return (await page.waitForFunction(changed, before, PATIENCE)).jsonValue();
}

try {
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
  const faults = [];
  page.on("pageerror", (error) => faults.push(error.message));
  await page.goto(address);
  await page.locator("[data-bed]").first().waitFor(PATIENCE);
  tell({ beds: await page.locator("[data-bed]").count() });
  for await (const bed of createInterface({ input: process.stdin })) {
    if (bed === "*") {
      tell({ bed: await nextChange(page) });
      continue;
    }
    const state = await page.locator(`[data-bed="${bed}"]`).getAttribute("data-state", PATIENCE);
    tell({ bed, state });
  }
  await page.screenshot({ path: screenshot });
  tell({ faults });
} finally {
  await browser.close();
}

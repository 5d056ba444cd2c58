// Chromium by remote control: `node browser.mjs`, one JSON line on standard input for each thing
// that a person does or looks for, one line back with what came of it. It ends with its input.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(new URL("../../dashboards/board/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const PATIENCE_MS = 180_000;

const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"],
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});
const pages = new Map();

/** Opens a page of its own, as another device would; `clockMs` is what its clock says. */
async function open({ page: name, address, clockMs, everyNth, lateMs, ...options }) {
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 }, ...options });
  const faults = [];
  page.on("pageerror", (error) => faults.push(error.message));
  pages.set(name, { page, faults });
  if (clockMs !== undefined) await page.clock.install({ time: clockMs });
  if (everyNth !== undefined) await delay(page, everyNth, lateMs);
  await page.goto(address);
  await page.locator("main").first().waitFor({ timeout: PATIENCE_MS });
}

/** Every so many frames of the server come late, and what follows waits behind them, as in a network. */
async function delay(page, everyNth, lateMs) {
  let frames = 0;
  await page.routeWebSocket(/\/live/, (toPage) => {
    const toServer = toPage.connectToServer();
    let line = Promise.resolve();
    toServer.onMessage((frame) => {
      const wait = ++frames % everyNth === 0 ? lateMs : 0;
      line = line.then(() => new Promise((sent) => setTimeout(sent, wait))).then(() => toPage.send(frame));
    });
  });
}

/** Waits until what is looked for says this; how long it took, in milliseconds. */
async function shows({ page, selector, text }) {
  const began = performance.now();
  const found = page.locator(selector).filter({ hasText: text }).first();
  await found.waitFor({ state: "attached", timeout: PATIENCE_MS });
  return performance.now() - began;
}

/** Waits until an attribute has this value; how long it took, in milliseconds. */
async function becomes({ page, selector, attribute, value }) {
  const began = performance.now();
  await page.locator(`${selector}[${attribute}="${value}"]`).first().waitFor({ state: "attached", timeout: PATIENCE_MS });
  return performance.now() - began;
}

/** Presses Tab until what has the focus is called so, as somebody without a mouse does. */
async function tabTo({ page, name, most }) {
  for (let pressed = 0; pressed < most; pressed++) {
    const at = await page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent?.trim());
    if (at === name) return pressed;
    await page.keyboard.press("Tab");
  }
  throw new Error(`${most} times Tab, and never at ${name}`);
}

const DOES = {
  shows,
  becomes,
  tabTo,
  count: ({ page, selector }) => page.locator(selector).count(),
  text: ({ page, selector }) => page.locator(selector).first().innerText(),
  attributes: ({ page, selector, attribute }) => page.locator(selector).evaluateAll((all, name) => all.map((one) => one.getAttribute(name)), attribute),
  clicks: ({ page, selector, button }) => page.locator(selector).getByRole("button", { name: button }).first().click({ timeout: PATIENCE_MS }),
  presses: ({ page, keys }) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve()),
  types: ({ page, text }) => page.keyboard.type(text),
  chooses: ({ page, list, option }) => page.getByRole("combobox", { name: list }).selectOption(option),
  goes: ({ page, hash }) => page.evaluate((to) => void (location.hash = to), hash),
  /** The lid is closed for a while: timers fire once at most, and clocks have moved on. */
  sleeps: ({ page, ms }) => page.clock.fastForward(ms),
  /** Time passes for the page, with all its timers, faster than for anybody else. */
  waits: ({ page, ms }) => page.clock.runFor(ms),
  pictures: ({ page, path }) => page.screenshot({ path }),
  evaluates: ({ page, script }) => page.evaluate(script),
  /** What the page complained of. */
  faults: ({ faults }) => faults,
};

try {
  for await (const line of createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line);
    try {
      if (asked.does === "opens") await open(asked);
      const { page, faults } = pages.get(asked.page);
      const is = asked.does === "opens" ? null : await DOES[asked.does]({ ...asked, page, faults });
      console.log(JSON.stringify({ is: is ?? null }));
    } catch (error) {
      const seen = await pages.get(asked.page)?.page.locator("body").innerText().catch(() => "");
      console.log(JSON.stringify({ error: `${error.message}\n--- seen:\n${seen}` }));
    }
  }
} finally {
  await browser.close();
}

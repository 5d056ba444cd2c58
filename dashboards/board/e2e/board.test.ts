// The board as a charge nurse meets it, in a browser.
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { launch } from "./browser";
import { faintTexts } from "./contrast";
import { dirtied } from "./hospital";
import { source, TestServer } from "./server";

const MINUTE = 60_000;
const TWO_O_CLOCK = Date.UTC(2026, 10, 22, 14, 3, 20);

let browser: Browser;
let server: TestServer;
let url: string;
/** What the page complained of, and every request that left our server. */
let faults: string[];

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());
beforeEach(async () => {
  faults = [];
  server = new TestServer(TWO_O_CLOCK);
  url = await server.start();
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  await server.stop();
});

async function open(query = "", options: BrowserContextOptions = {}): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 }, timezoneId: "UTC", ...options });
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (line) => line.type() === "error" && faults.push(line.text()));
  page.on("request", (request) => request.url().startsWith(url) || faults.push(request.url()));
  await page.goto(url + query);
  await page.locator("[data-bed]").first().waitFor();
  return page;
}

function bed(page: Page, name: string) {
  return page.locator(`[data-bed="${name}"]`);
}

function known(label: string) {
  const found = server.hospital.beds.find((one) => one.label === label);
  if (!found) throw new Error(`no bed ${label}`);
  return found;
}

function shows(page: Page, selector: string, text: string, timeout = 3_000) {
  const words = async () => (await page.locator(selector).innerText()).replace(/\s+/g, " ");
  return expect.poll(words, { timeout, interval: 20 }).toContain(text);
}

test("the first line names the beds that can take a patient, what is next, who comes and leaves", async () => {
  const page = await open();
  await shows(page, "#free", "6 beds free now");
  const names = await page.locator("#free .name").allInnerTexts();
  expect(names).toEqual(["C-03", "K-01", "K-04", "M-10", "S-02", "S-07"]);
  await shows(page, "#free", "Next S-10 in 5 min");
  await shows(page, "#next li:first-child", "in 5 min cleaning 22 min, usually 27 min");
  await shows(page, "#next li:nth-child(3)", "Intensive care I-08 27 min once begun dirty 43 min, usually 58 min");
  await shows(page, "#coming li:first-child", "no bed yet, waits 66 min");
  await shows(page, "#leaving li:first-child", "Intensive care I-05");
  expect((await page.content()).includes("v-7f3c"), "a whole pseudonym").toBe(false);
  expect(faults).toEqual([]);
});

test("a bed that turns dirty shows within a second, and its clock runs", async () => {
  const page = await open();
  server.change({ beds: [dirtied(known("C-01"), server.cellMs)] });
  await shows(page, '[data-bed="CARD/C-01"]', "Dirty 0 min", 1_000);
  expect(await bed(page, "CARD/C-01").getAttribute("data-state")).toBe("dirty");
  server.pass(MINUTE);
  await shows(page, '[data-bed="CARD/C-01"]', "Dirty 1 min");
});

test("a bed whose clocks disagree says who says otherwise, with a mark and since when", async () => {
  const page = await open();
  const since_ms = server.cellMs - 34 * MINUTE;
  const conflict = { since_ms, against: ["sensor"] as const };
  server.change({ beds: [{ ...known("C-01"), sensor: { occupied: false, since_ms }, confidence: "disputed", conflict }] });
  await shows(page, '[data-bed="CARD/C-01"] .conflict', "\u2260 Sensor says empty 34 min", 1_000);
  await shows(page, '[data-bed="CARD/C-01"]', "Occupied");
});

test("an alert appears at once above the lesser ones, and is said once", async () => {
  const page = await open();
  server.change({
    alerts: [
      {
        id: "new",
        ward: "SURG",
        rule: "bed_dirty",
        subject: "S-08",
        priority: "high",
        state: "raised",
        since_ms: server.cellMs - 70 * MINUTE,
      },
    ],
  });
  await shows(page, "#alerts li:nth-child(1)", "*** High 70 min Bed still dirty Surgery S-08");
  await shows(page, "[aria-live]", "1 new alert: Bed still dirty.", 6_000);
});

test("silent pads age, are greyed, and then are not shown; beds of quiet wards stay", async () => {
  const page = await open();
  const free = bed(page, "CARD/C-03");
  expect(await free.getAttribute("data-age")).toBe("live");
  server.pass(3 * MINUTE);
  await shows(page, '[data-bed="CARD/C-03"]', "3 min ago");
  server.pass(3 * MINUTE);
  await shows(page, '[data-bed="CARD/C-03"]', "6 min ago");
  expect(await free.getAttribute("data-age")).toBe("stale");
  await shows(page, "#free", "3 beds free now");
  await shows(page, "#free", "3 more beds were free, but the data is old");
  await shows(page, '[data-ward="CARD"]', "10 beds with old data");
  server.pass(10 * MINUTE);
  await shows(page, '[data-bed="CARD/C-03"]', "Not known");
  await shows(page, '[data-bed="CARD/C-03"]', "last 14:03");
  expect(await bed(page, "MED/M-10").getAttribute("data-age")).toBe("live");
});

test("?ward= shows one ward, and leads back to all", async () => {
  const page = await open("?ward=CARD");
  expect(await page.locator("[data-ward]").count()).toBe(1);
  expect(await page.locator("#free .name").allInnerTexts()).toEqual(["C-03"]);
  expect(await page.locator("#alerts li").count()).toBe(1);
  await page.getByRole("link", { name: "All wards" }).click();
  await expect.poll(() => page.locator("[data-ward]").count()).toBe(6);
  await page.getByRole("link", { name: "Surgery" }).press("Enter");
  await expect.poll(() => page.locator("[data-ward]").count()).toBe(1);
});

test("beds are a table for those who hear the board", async () => {
  const page = await open();
  const table = page.getByRole("table", { name: "Cardiology" });
  expect(await table.getByRole("row").count()).toBe(11);
  expect(await table.getByRole("rowheader", { name: "C-05" }).count()).toBe(1);
  expect(await table.getByRole("columnheader").count()).toBe(4);
});

test.each([320, 360, 390, 1024, 1920, 3840])("nothing scrolls sideways at %d px", async (width) => {
  const page = await open("", { viewport: { width, height: 800 } });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
});

test("on a television the beds are named in capitals of 46 px or more", async () => {
  const page = await open();
  const size = await page.locator("#free .name").first().evaluate((name) => parseFloat(getComputedStyle(name).fontSize));
  expect(size * 0.716).toBeGreaterThanOrEqual(46);
});

test.each(["light", "dark"] as const)("every text stands out in %s", async (colorScheme) => {
  const page = await open("", { colorScheme });
  expect(await page.evaluate(faintTexts, 4.5)).toEqual([]);
  server.pass(6 * MINUTE);
  await shows(page, '[data-bed="CARD/C-03"]', "6 min ago");
  expect(await page.evaluate(faintTexts, 4.5)).toEqual([]);
});

test("whatever can be pressed is 44 px large", async () => {
  const page = await open("", { viewport: { width: 360, height: 800 } });
  const small = await page.locator("a:not(.skip), button").evaluateAll((all) =>
    all.filter((one) => one.getBoundingClientRect().width < 44 || one.getBoundingClientRect().height < 44).length,
  );
  expect(small).toBe(0);
});

test("a chosen theme stays", async () => {
  const page = await open("", { colorScheme: "light" });
  const scheme = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
  await page.getByRole("button", { name: "Colours" }).press("Enter");
  await page.getByRole("button", { name: "Colours" }).press("Enter");
  await expect.poll(scheme).toBe("dark");
  await page.reload();
  await expect.poll(scheme).toBe("dark");
});

test("a lost connection is said, everything ages, and it comes back by itself", async () => {
  const page = await open();
  await shows(page, "[data-link]", "Connected");
  server.disconnect();
  await shows(page, "[data-link]", "Not connected");
  server.change({ beds: [dirtied(known("C-01"), server.cellMs)] });
  expect(await bed(page, "CARD/C-01").getAttribute("data-state")).toBe("occupied");
  server.disconnect(false);
  await shows(page, "[data-link]", "Connected", 15_000);
  await shows(page, '[data-bed="CARD/C-01"]', "Dirty");
});

test("without a server the clock goes on and the data grows old", async () => {
  const page = await open();
  await page.clock.install();
  await page.reload();
  await page.locator("[data-bed]").first().waitFor();
  server.disconnect();
  await page.clock.runFor(20 * MINUTE);
  await shows(page, '[data-bed="CARD/C-03"]', "Not known");
  await shows(page, '[data-bed="MED/M-10"]', "Not known");
  await shows(page, "#free", "No bed is known to be free: the data is old");
  await shows(page, "header", "20 min ago");
  await shows(page, "#alerts", "As they were at 14:03: the data is old.");
  expect(await page.locator("#coming li.old").count()).toBe(3);
});

test("a server that falls silent is left and called again", async () => {
  const page = await open();
  server.silent = true;
  await shows(page, "[data-link]", "No heartbeat", 5_000);
  await shows(page, "[data-link]", "the server fell silent", 5_000);
  server.silent = false;
  await shows(page, "[data-link]", "Connected", 15_000);
});

test("after a missed frame the board asks for the whole picture", async () => {
  const page = await open();
  server.change({ beds: [dirtied(known("C-02"), server.cellMs)] }, true);
  await shows(page, '[data-bed="CARD/C-02"]', "Dirty", 5_000);
});

test("the server's warning stands on the board", async () => {
  server.warning = "no sign-in: loopback only";
  const page = await open();
  await shows(page, ".banner", "no sign-in: loopback only");
});

test("each source has its name, and one that is late or lost says since when and what it means", async () => {
  const page = await open();
  await expect.poll(() => page.locator('[data-source][data-state="live"]').count()).toBe(3);
  server.sources = {
    mqtt: source("lost", server.cellMs - 3 * MINUTE),
    kafka: source("late", server.cellMs - MINUTE, 200 * MINUTE),
    clickhouse: source("live", 0),
  };
  await shows(page, '[data-source="mqtt"]', "Sensors (MQTT) lost since 14:00 (3 min): no pad and no device is heard");
  await shows(page, '[data-source="kafka"]', "Live data (Kafka) late since 14:02 (1 min): catching up, 3 h 20 behind");
  expect(await page.locator('[data-source="clickhouse"]').getAttribute("data-state")).toBe("live");
});

test("a site that is larger than a board says that something is missing", async () => {
  const page = await open();
  expect(await page.locator(".banner").count()).toBe(0);
  server.full = true;
  await shows(page, ".banner", "Not everything is shown");
});

test("a source of facts that is silent says since when, and what it means, on every board", async () => {
  const page = await open("?ward=MED");
  const site = { label: "North campus", time_zone: "UTC" };
  const visits = { source: "hl7:ADT", feed: "visits", heard_ms: server.cellMs - 40 * MINUTE };
  server.change({ site: { ...site, silent: [{ ...visits, level: "stale" }] } });
  const silent = '[data-silent="hl7:ADT/visits"]';
  await shows(page, silent, "Visits (ADT) from hl7:ADT stale, last heard at 13:23");
  await shows(page, silent, "numbers that it feeds are not certain");
  server.change({ site: { ...site, silent: [{ ...visits, level: "lost" }] } });
  await shows(page, silent, "numbers that it feeds can't be trusted");
  server.change({ site: { ...site, silent: [] } });
  await expect.poll(() => page.locator(silent).count()).toBe(0);
  expect(faults).toEqual([]);
});

test("a bed that leaves the bed master leaves the board", async () => {
  const page = await open();
  server.change({ gone: [{ ward: "CARD", bed: "C-03" }] });
  await expect.poll(() => bed(page, "CARD/C-03").count()).toBe(0);
  await shows(page, "#free", "5 beds free now");
});

test("the site is called as it calls itself, and its own clock hangs on the wall", async () => {
  const page = await open();
  await shows(page, "h1", "main");
  server.change({ site: { label: "North campus", time_zone: "Asia/Kolkata" } });
  await shows(page, "h1", "North campus");
  await shows(page, ".clock", "19:33");
  await shows(page, ".clock", "Asia/Kolkata");
  await shows(page, '[data-ward="ICU"]', "Occupied, hour to 19:30");
});

test("whatever is shown tells how old it is", async () => {
  const page = await open();
  for (const rows of ["#next li", "#coming li", "#leaving li", "#alerts li", "#free .bed", "[data-bed]"]) {
    const all = page.locator(rows);
    const aged = all.filter({ hasText: /ago|last \d\d:\d\d|never heard/ });
    expect([await aged.count(), rows]).toEqual([await all.count(), rows]);
    expect(await all.count(), rows).toBeGreaterThan(0);
  }
  await shows(page, '[data-ward="CARD"]', "Occupied, hour to 14:00");
});

// A browser at a ward's board: what every test of the page begins with.
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import type { Bed } from "../src/protocol";
import { launch } from "./browser";
import { TestServer } from "./server";

export const MINUTE = 60_000;
const TWO_O_CLOCK = Date.UTC(2026, 10, 22, 14, 3, 20);

export interface OnWard {
  server: TestServer;
  url: string;
  /** What the page complained of, and every request that left our server. */
  faults: string[];
  open(query?: string, options?: BrowserContextOptions, prepare?: (page: Page) => Promise<unknown>): Promise<Page>;
  known(label: string): Bed;
}

/** One browser for a file, a hospital for each of its tests. */
export function onWard(): OnWard {
  let browser: Browser;
  const ward = {} as OnWard;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    ward.faults = [];
    ward.server = new TestServer(TWO_O_CLOCK);
    ward.url = await ward.server.start();
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    await ward.server.stop();
  });
  ward.open = async (query = "", options = {}, prepare) => {
    const page = await browser.newPage({ viewport: { width: 1920, height: 1080 }, timezoneId: "UTC", ...options });
    page.on("pageerror", (error) => ward.faults.push(error.message));
    page.on("console", (line) => line.type() === "error" && ward.faults.push(line.text()));
    page.on("request", (request) => request.url().startsWith(ward.url) || ward.faults.push(request.url()));
    await prepare?.(page);
    await page.goto(ward.url + query);
    await page.locator("main").first().waitFor();
    return page;
  };
  ward.known = (label) => {
    const found = ward.server.hospital.beds.find((one) => one.label === label);
    if (!found) throw new Error(`no bed ${label}`);
    return found;
  };
  return ward;
}

export function shows(page: Page, selector: string, text: string, timeout = 3_000) {
  const words = async () => (await page.locator(selector).innerText()).replace(/\s+/g, " ");
  return expect.poll(words, { timeout, interval: 20 }).toContain(text);
}

export function bed(page: Page, name: string) {
  return page.locator(`[data-bed="${name}"]`);
}

/** Every view by its address. */
export const VIEWS = {
  site: "#/site",
  ward: "#/ward/CARD",
  table: "#/ward/CARD?as=table",
  arrivals: "#/arrivals",
  alerts: "#/alerts",
  bottleneck: "#/bottleneck",
  bed: "#/bed/CARD/C-05",
  number: `#/number/occupancy/ICU?stat=value&resolution=3600&window=${Date.UTC(2026, 10, 22, 13)}`,
} as const;

/** Waits until a view shows all that it asks for. */
export async function settled(page: Page, view: string): Promise<void> {
  if (view === "bed") await page.locator("main svg[role=img]").first().waitFor({ state: "attached" });
  if (view === "number") await page.locator(".value").waitFor();
  await page.locator("[data-link=open]").first().waitFor({ state: "attached" });
}

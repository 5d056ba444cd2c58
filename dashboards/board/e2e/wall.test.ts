// Screens on walls: large enough, whole without scrolling, and they turn their pages.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { MINUTE, onWard, shows } from "./ward";

const here = onWard();
const SCREENS = { "1080p": [1920, 1080], "4K": [3840, 2160], portrait: [2160, 3840], "1080p portrait": [1080, 1920] } as const;

/** The least size of any text that is seen. */
function smallest(page: Page): Promise<number> {
  return page.evaluate(() => {
    let least = Infinity;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const place = node.parentElement;
      if (!place || !node.textContent?.trim() || place.closest(".sr, script, noscript, svg")) continue;
      least = Math.min(least, parseFloat(getComputedStyle(place).fontSize));
    }
    return least;
  });
}

test.each([
  ["4K", 92],
  ["portrait", 92],
  ["1080p", 46],
] as const)("at 5 m on 55 inches %s, capitals have at least %d px", async (screen, capital) => {
  const [width, height] = SCREENS[screen];
  for (const view of ["site", "ward/CARD"]) {
    const page = await here.open(`#/wall/${view}?m=5&in=55`, { viewport: { width, height } });
    await page.locator("main > div").first().waitFor();
    expect((await smallest(page)) * 0.7).toBeGreaterThanOrEqual(capital);
  }
});

test.each(Object.entries(SCREENS))("a wall of %s has no scroll bar and cuts no cell", async (_, [width, height]) => {
  for (const view of ["site", "ward/SURG"]) {
    const page = await here.open(`#/wall/${view}?m=5&in=55`, { viewport: { width, height } });
    await page.locator("main > div").first().waitFor();
    const [wide, high] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]);
    expect([wide! <= width, high! <= height]).toEqual([true, true]);
    const cut = await page.locator("main").evaluate((main) => {
      const { bottom, right } = main.getBoundingClientRect();
      return [...main.children].filter((one) => {
        const box = one.getBoundingClientRect();
        return box.bottom > bottom + 1 || box.right > right + 1;
      }).length;
    });
    expect(cut).toBe(0);
  }
});

test("pages turn by themselves until every bed was shown, those that want somebody first", async () => {
  const page = await here.open("#/wall/ward/SURG?m=8&in=42", {}, (fresh) => fresh.clock.install());
  const beds = () => page.locator("[data-bed]").evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset["bed"] ?? ""));
  await page.clock.runFor(500);
  await page.locator("[data-bed]").first().waitFor();
  const seen = new Set<string>();
  let turned = 0;
  for (let i = 0; i < 12 && seen.size < 10; i++) {
    const before = seen.size;
    for (const one of await beds()) seen.add(one);
    if (seen.size > before) turned++;
    here.server.pass(0);
    await page.clock.runFor(12_000);
  }
  expect([seen.size, turned > 1]).toEqual([10, true]);
});

test("a wall shows the alerts, its clock, and says when it is not connected or its data is old", async () => {
  const page = await here.open("#/wall/site");
  await shows(page, "#alerts", "*** 2 High");
  await shows(page, "#alerts", "Patient waits for a bed");
  await shows(page, ".clock", "14:03");
  expect(await page.locator("button, a, input").count()).toBe(0);
  expect(await page.evaluate(() => getComputedStyle(document.body).cursor)).toBe("none");
  here.server.disconnect();
  await shows(page, "[data-link]", "Not connected");
  here.server.disconnect(false);
  await expect.poll(() => page.locator("[data-link]").count(), { timeout: 20_000 }).toBe(0);
  here.server.pass(6 * MINUTE);
  await shows(page, '[data-ward="CARD"]', "Free 0–10");
});

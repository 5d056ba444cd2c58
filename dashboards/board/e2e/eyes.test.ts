// What everybody can see, read and press: axe, contrast, targets, small screens and large ones.
import axe from "axe-core";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { faintTexts } from "./contrast";
import { MINUTE, onWard, settled, shows, VIEWS } from "./ward";

const here = onWard();
const THEMES = ["light", "dark", "night"] as const;
const views = Object.entries(VIEWS);

function dress(page: Page, theme: string): Promise<void> {
  return page.evaluate((chosen) => void (document.documentElement.dataset["theme"] = chosen), theme);
}

/** Rules that are broken on the page as it is, and where first. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe: run } = window as unknown as { axe: typeof import("axe-core") };
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const found = await run.run(document, { runOnly: tags, resultTypes: ["violations"] });
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.length} ${nodes[0]?.html.slice(0, 200) ?? ""} ${nodes[0]?.failureSummary ?? ""}`);
  });
}

test.each(views)("axe finds nothing on %s in any theme, and every text stands out", async (view, address) => {
  const page = await here.open(address);
  await settled(page, view);
  for (const theme of THEMES) {
    await dress(page, theme);
    expect([theme, ...(await violations(page))]).toEqual([theme]);
    expect([theme, ...(await page.evaluate(faintTexts, 4.5))]).toEqual([theme]);
  }
});

test("old data stands out as well", async () => {
  const page = await here.open();
  here.server.pass(6 * MINUTE);
  await shows(page, '[data-bed="CARD/C-03"]', "6 min ago");
  for (const theme of THEMES) {
    await dress(page, theme);
    expect([theme, ...(await page.evaluate(faintTexts, 4.5))]).toEqual([theme]);
    expect([theme, ...(await violations(page))]).toEqual([theme]);
  }
});

test("axe finds nothing on the sheet of help and settings", async () => {
  const page = await here.open();
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  expect(await violations(page)).toEqual([]);
});

test.each(views)("whatever can be pressed on %s is 44 px large", async (view, address) => {
  const page = await here.open(address, { viewport: { width: 360, height: 800 } });
  await settled(page, view);
  const small = await page.locator("a:not(.skip):visible, button:visible, select:visible, input:visible").evaluateAll((all) =>
    all
      .filter((one) => {
        const after = parseFloat(getComputedStyle(one, "::after").height) || 0;
        const { width, height } = one.getBoundingClientRect();
        return Math.max(width, after) < 43.9 || Math.max(height, after) < 43.9;
      })
      .map((one) => one.outerHTML.slice(0, 120)),
  );
  expect(small).toEqual([]);
});

test.each(views)("no text on %s is smaller than 12 px", async (view, address) => {
  const page = await here.open(address);
  await settled(page, view);
  const tiny = await page.evaluate(() => {
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const place = node.parentElement;
      if (!place || !node.textContent?.trim() || place.closest(".sr, script, noscript, svg, datalist, dialog")) continue;
      if (parseFloat(getComputedStyle(place).fontSize) < 12) found.push(node.textContent.trim());
    }
    return found;
  });
  expect(tiny).toEqual([]);
});

// 320 px is what is left of 1280 px at 400 %.
test.each(views)("nothing on %s scrolls sideways, from 320 px to 4K", async (view, address) => {
  const page = await here.open(address);
  await settled(page, view);
  for (const width of [320, 360, 1024, 1920, 3840]) {
    await page.setViewportSize({ width, height: 800 });
    expect([width, (await page.evaluate(() => document.documentElement.scrollWidth)) <= width]).toEqual([width, true]);
  }
});

test("at 400 % the band leaves most of the page to the rest", async () => {
  const page = await here.open("#/ward/CARD", { viewport: { width: 320, height: 256 } });
  const box = await page.locator("#alerts").boundingBox();
  expect(box?.height).toBeLessThan(100);
});

test("what has the focus is not hidden behind the band", async () => {
  const page = await here.open("#/ward/CARD", { viewport: { width: 1024, height: 500 } });
  const links = page.locator("main a[data-go]");
  for (let i = (await links.count()) - 1; i >= 0; i--) {
    await links.nth(i).focus();
    const [link, band] = [await links.nth(i).boundingBox(), await page.locator("#alerts").boundingBox()];
    expect(link!.y).toBeGreaterThanOrEqual(band!.y + band!.height - 1);
  }
});

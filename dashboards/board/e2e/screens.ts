// Pictures of every view for docs/screenshots: one sheet each, with the view on a desk, on a
// large screen, upright and on a phone, in its three themes. `make screenshots` runs it.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { test } from "vitest";
import { onWard, settled, VIEWS } from "./ward";

const FOLDER = join(import.meta.dirname, "..", "..", "..", "docs", "screenshots");
const README = join(FOLDER, "..", "board.png");
/** Size and theme of each picture, and how wide it is on the sheet. */
const SCREENS = [
  { name: "1080p", width: 1920, height: 1080, theme: "light", shown: 700 },
  { name: "4K", width: 3840, height: 2160, theme: "dark", shown: 700 },
  { name: "portrait", width: 1080, height: 1920, theme: "light", shown: 452 },
  { name: "phone", width: 390, height: 844, theme: "night", shown: 372 },
] as const;
const here = onWard();

mkdirSync(FOLDER, { recursive: true });

test.each(Object.entries({ ...VIEWS, wall: "#/wall/site", "wall-ward": "#/wall/ward/SURG" }))("%s", async (view, address) => {
  const pictures = [];
  let last: Page | undefined;
  for (const { name, width, height, theme, shown } of SCREENS) {
    const page = await here.open(address, { viewport: { width, height } }, (fresh) =>
      fresh.addInitScript((chosen) => localStorage.setItem("board.theme", chosen), theme),
    );
    if (address.startsWith("#/wall")) await page.locator("main > div").first().waitFor();
    else await settled(page, view);
    const png = await page.screenshot();
    if (view === "site" && name === "1080p") await page.screenshot({ path: README });
    pictures.push(`<figure><img width="${shown}" src="data:image/png;base64,${png.toString("base64")}"><figcaption>${name}</figcaption></figure>`);
    last = page;
  }
  // A page of nowhere: the board's own may show no picture that is not the server's.
  const sheet = last!;
  await sheet.goto("about:blank");
  await sheet.setViewportSize({ width: 1584, height: 848 });
  await sheet.setContent(
    `<style>body{margin:12px;background:#8a919a;font:14px sans-serif;color:#000}main{display:flex;gap:12px;align-items:start}
      figure{margin:0 0 8px}img{display:block}</style>
      <main><div>${pictures[0]}${pictures[1]}</div>${pictures[2]}${pictures[3]}</main>`,
  );
  await sheet.screenshot({ path: join(FOLDER, `${view}.png`) });
});

// The views: their addresses, what each shows, and how they are worked by keyboard.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { bed, MINUTE, onWard, settled, shows, VIEWS } from "./ward";

const here = onWard();
const hash = (page: Page) => page.evaluate(() => location.hash);

test("an old link to a ward still leads there, and its address is one to hand on", async () => {
  const page = await here.open("?ward=CARD");
  expect(await page.locator("[data-ward]").count()).toBe(1);
  expect(await hash(page)).toBe("#/ward/CARD");
  expect(await page.locator("#free .name").allInnerTexts()).toEqual(["C-03"]);
  await page.getByRole("link", { name: "Site" }).click();
  await expect.poll(() => page.locator("[data-ward]").count()).toBe(6);
  await page.getByRole("link", { name: "Surgery" }).press("Enter");
  await expect.poll(() => hash(page)).toBe("#/ward/SURG");
  await page.goBack();
  await expect.poll(() => hash(page)).toBe("#/site");
});

test("the board comes back to the view that was looked at last", async () => {
  const page = await here.open("#/ward/SURG?as=table&show=occupied");
  await page.goto(here.url);
  await expect.poll(() => hash(page)).toBe("#/ward/SURG?as=table&show=occupied");
  await shows(page, ".hidden", "5 beds hidden by the filter");
});

test("a token in the link is no view, and does not stay in the address", async () => {
  const page = await here.open("#token=secret");
  await expect.poll(() => hash(page)).toBe("#/site");
  expect(await page.locator("main").getAttribute("data-view")).toBe("site");
});

test("wards come by pressure, the worst first", async () => {
  const page = await here.open();
  expect(await page.locator("[data-ward]").evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset["ward"]))).toEqual([
    "ICU",
    "MED",
    "CARD",
    "SURG",
    "MAT",
    "OPD",
  ]);
});

test("beds are a plan by rooms and a table, and both name every bed", async () => {
  const page = await here.open("#/ward/CARD");
  const plan = page.getByRole("table", { name: "Cardiology" });
  expect(await plan.getByRole("row").count()).toBe(11);
  expect(await plan.getByRole("rowheader", { name: "C-05" }).count()).toBe(1);
  expect(await plan.getByRole("columnheader").count()).toBe(4);
  expect(await page.locator("[data-room]").count()).toBe(5);
  await page.getByRole("button", { name: "Table" }).click();
  const table = page.getByRole("table", { name: "Cardiology" });
  expect(await table.getByRole("row").count()).toBe(11);
  expect(await table.getByRole("columnheader").count()).toBe(9);
  await shows(page, '[data-bed="CARD/C-05"]', "Dirty 43 min");
});

test("who comes and who leaves, all of them, of the site or of a ward", async () => {
  const page = await here.open("#/arrivals");
  await shows(page, "#coming tbody tr:first-child", "CK 94 Intensive care no bed yet 12:57 66 min");
  expect(await page.locator("#coming tbody tr").count()).toBe(3);
  await page.getByLabel("Choose a ward").selectOption("CARD");
  expect(await page.locator("#coming tbody tr").count()).toBe(1);
  expect(await hash(page)).toBe("#/arrivals?ward=CARD");
});

test("staff read who lies there, who has the same name, and who is not to be named", async () => {
  const page = await here.open("#/ward/CARD");
  const label = (name: string) => page.locator(`[data-bed="${name}"] [data-visit]`).innerText();
  await expect.poll(() => label("CARD/C-04")).toMatch(/^[A-Z]{2} \d\d$/);
  await expect.poll(() => label("CARD/C-01")).toMatch(/^[A-Z]{2} \d\d\s?\u2260 same name$/);
  await expect.poll(() => label("CARD/C-06")).toBe("not named");
  here.server.hospital.unnamed = here.known("C-04").visit;
  await page.reload();
  await expect.poll(() => label("CARD/C-04")).toBe("not named");
});

test("whoever is not staff asks for no names", async () => {
  const asked: string[] = [];
  here.server.tier = "corridor";
  const page = await here.open("#/ward/CARD", {}, async (fresh) => {
    fresh.on("request", (request) => asked.push(new URL(request.url()).pathname));
  });
  await bed(page, "CARD/C-04").waitFor();
  here.server.pass(MINUTE);
  expect(asked.filter((path) => path.endsWith("/labels"))).toEqual([]);
});

test("the bottleneck is named, with its share, its minutes and who waits now", async () => {
  const page = await here.open("#/bottleneck");
  await shows(page, "#bottleneck", "In the hour to 14:00: Cleaning held the flow up for 62 % of the hour.");
  await shows(page, '[data-stage="cleaning"]', "62 % 171");
  await shows(page, '[data-stage="room"]', "5 36 min");
});

test("a bed shows what its clocks say, what they have said, and where they disagreed", async () => {
  const page = await here.open(VIEWS.bed);
  await settled(page, "bed");
  await shows(page, ".bed", "C-05 Dirty 43 min");
  const table = page.getByRole("table", { name: "What its three clocks have said" });
  expect(await table.getByRole("row").count()).toBe(4);
  await expect.poll(() => table.innerText()).toContain("empty, since 10:43");
  expect(await page.locator("rect.conflict").count()).toBe(1);
  expect(here.faults).toEqual([]);
});

test("without the history a bed still shows what it is", async () => {
  here.server.historyAway = true;
  const page = await here.open(VIEWS.bed);
  await shows(page, "main", "The history does not answer.", 10_000);
  await shows(page, ".bed", "C-05 Dirty");
});

test("a number tells what it means, how well it is covered, and its records", async () => {
  const page = await here.open();
  await page.locator('[data-ward="ICU"] dd a').click();
  await settled(page, "number");
  await shows(page, "main", "Which share of the staffed beds was occupied?");
  await shows(page, "main", "Covered by its sources 88 %");
  await shows(page, "main", "corrected 1 time");
  await page.getByRole("button", { name: "Show its records" }).click();
  await shows(page, "main", "the same.");
  await shows(page, "main", "It follows from 5 records");
});

test("a bed that is not there, and a ward that is not there, are said to be not there", async () => {
  const page = await here.open("#/bed/CARD/C-99");
  await shows(page, "main", "This site has no bed C-99.");
  await page.goto(`${here.url}#/ward/NONE`);
  await shows(page, "main", "This site has no ward NONE.");
});

test("the board is worked by keyboard alone", async () => {
  const page = await here.open();
  await page.keyboard.press("2");
  await expect.poll(() => hash(page)).toContain("#/ward/");
  await page.keyboard.press("t");
  await expect.poll(() => hash(page)).toContain("as=table");
  await page.keyboard.press("/");
  await page.keyboard.type("C-05");
  await page.keyboard.press("Enter");
  await expect.poll(() => hash(page)).toBe("#/bed/CARD/C-05");
  await page.locator("h1").click();
  await page.keyboard.press("Escape");
  await expect.poll(() => hash(page)).toBe("#/ward/CARD");
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
  await page.keyboard.press("n");
  await expect.poll(() => hash(page)).toBe("#/alerts");
  const chosen = () => page.evaluate(() => document.activeElement?.textContent?.replace(/\s+/g, " "));
  await expect.poll(chosen).toContain("66 min Patient waits for a bed Intensive care CK 94");
});

test("arrows go from bed to bed as they lie, and from view to view", async () => {
  const page = await here.open("#/ward/CARD");
  await page.locator('[data-bed="CARD/C-01"] a').focus();
  const at = () => page.evaluate(() => document.activeElement?.textContent?.trim());
  await page.keyboard.press("ArrowRight");
  expect(await at()).toBe("C-02");
  await page.keyboard.press("ArrowLeft");
  expect(await at()).toBe("C-01");
  await page.getByRole("link", { name: "Site" }).focus();
  await page.keyboard.press("ArrowLeft");
  expect(await at()).toBe("Bottleneck");
});

test("single keys can be turned off, and stay off", async () => {
  const page = await here.open();
  await page.keyboard.press("?");
  await page.getByLabel("Single keys do something").uncheck();
  await page.reload();
  await page.locator("main").waitFor();
  await page.keyboard.press("5");
  expect(await hash(page)).toBe("#/site");
});

test("no filter and no scrolling hides the active alerts", async () => {
  const page = await here.open("#/ward/MAT?show=free", { viewport: { width: 390, height: 500 } });
  for (const view of ["#/ward/MAT?show=free", "#/alerts?ward=MAT", "#/arrivals", "#/bottleneck"]) {
    await page.goto(here.url + view);
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await shows(page, "#alerts", "*** 2 High ** 2 Medium * 1 Low oldest 66 min");
    const { y, height } = (await page.locator("#alerts").boundingBox())!;
    expect([view, y >= 0 && y + height <= 500]).toEqual([view, true]);
  }
});

test("a silence is listed with its countdown, names what it covers, and can be ended", async () => {
  const page = await here.open("#/alerts");
  const first = [...here.server.hospital.alerts].find((one) => one.rule === "device_silent")!;
  const silence = {
    id: "s1", ward: first.ward, rule: first.rule, subject: "", since_ms: here.server.cellMs,
    until_ms: here.server.cellMs + 5 * MINUTE, by: "Ann", reason: "being mended",
  };
  here.server.change({ silences: [silence], alerts: [{ ...first, revision: 2, suppressed_by: "silence:s1" }] });
  const row = `[data-silence="silence:${first.ward}/device_silent/"]`;
  await shows(page, row, "being mended by Ann");
  await shows(page, row, "4:5");
  await shows(page, "#alerts [data-silences]", "1 rule silent, first back in 4:5");
  await shows(page, "main [data-silenced]", "silent for another 4:5");
  await shows(page, `${row} button`, "End the silence");
  here.server.change({ silences: [], alerts: [{ ...first, revision: 3, suppressed_by: "" }] });
  await expect.poll(() => page.locator("[data-silence]").count()).toBe(0);
  expect(here.faults).toEqual([]);
});

test("a shelved alert stays in the band, with a countdown that runs", async () => {
  const page = await here.open("#/alerts");
  const [first] = here.server.hospital.alerts;
  const shelved = { ...first!, revision: 2, shelved_until_ms: here.server.cellMs + 5 * MINUTE, shelve_reason: "being mended", shelved_by: "Ann" };
  here.server.change({ alerts: [shelved] });
  await shows(page, "main [data-shelved]", "being mended by Ann");
  await shows(page, "#alerts [data-shelved]", "1 shelved, first back in 4:5");
  await shows(page, "#alerts", "* 1 Low");
});

test("somebody else's acknowledgement shows at once, with its end", async () => {
  const page = await here.open("#/alerts");
  const full = here.server.hospital.alerts.find((one) => one.rule === "ward_full")!;
  here.server.change({ alerts: [{ ...full, acknowledged_by: "Ben", acknowledged_until_ms: here.server.cellMs + 30 * MINUTE }] });
  await shows(page, 'main [data-rule="ward_full"]', "acknowledged by Ben, rings again in 30 min", 1_000);
});

test("the language is the browser's, until one is chosen", async () => {
  const page = await here.open("", { locale: "de-AT" });
  await shows(page, "#free", "6 Betten jetzt frei");
  expect(await page.evaluate(() => document.documentElement.lang)).toBe("de");
  await page.keyboard.press("?");
  await page.getByRole("combobox", { name: "Sprache" }).selectOption("af");
  await page.reload();
  await shows(page, "#free", "6 beddens nou vry");
  await page.goto(`${here.url}?again#/site?lang=fr`);
  await shows(page, "#free", "6 lits libres maintenant");
});

test("a chosen theme stays", async () => {
  const page = await here.open("", { colorScheme: "light" });
  const theme = () => page.evaluate(() => document.documentElement.dataset["theme"]);
  await page.getByRole("button", { name: "Help and settings" }).click();
  await page.getByRole("button", { name: "Night" }).click();
  await expect.poll(theme).toBe("night");
  await page.reload();
  await expect.poll(theme).toBe("night");
});

test("sound is off until it is turned on", async () => {
  const page = await here.open();
  await page.keyboard.press("?");
  const off = page.getByRole("group", { name: "Sound for alerts" }).getByRole("button", { name: "off" });
  expect(await off.getAttribute("aria-pressed")).toBe("false");
});

test("a bed's tile leads to the bed", async () => {
  const page = await here.open("#/ward/CARD");
  await bed(page, "CARD/C-05").locator(".state").click({ force: true });
  await expect.poll(() => hash(page)).toBe("#/bed/CARD/C-05");
});

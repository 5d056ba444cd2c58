// The board as a charge nurse meets it, in a browser: what it shows, and how it ages.
import { expect, test } from "vitest";
import { dirtied } from "./hospital";
import { source } from "./server";
import { bed, MINUTE, onWard, shows } from "./ward";

const here = onWard();

test("the first line names the beds that can take a patient, what is next, who comes and leaves", async () => {
  const page = await here.open();
  await shows(page, "#free", "6 beds free now");
  const names = await page.locator("#free .name").allInnerTexts();
  expect(names).toEqual(["C-03", "K-01", "K-04", "M-10", "S-02", "S-07"]);
  await shows(page, "#free", "Next S-10 in 5 min");
  await shows(page, "#next li:first-child", "in 5 min cleaning 22 min, usually 27 min");
  await shows(page, "#next li:nth-child(3)", "Intensive care I-08 27 min once begun dirty 43 min, usually 58 min");
  await shows(page, "#coming li:first-child", "no bed yet, waits 66 min");
  await shows(page, "#leaving li:first-child", "Intensive care I-05");
  expect((await page.content()).includes("v-7f3c"), "a whole pseudonym").toBe(false);
  expect(here.faults).toEqual([]);
});

test("a bed that turns dirty shows within a second, and its clock runs", async () => {
  const page = await here.open("#/ward/CARD");
  here.server.change({ beds: [dirtied(here.known("C-01"), here.server.cellMs)] });
  await shows(page, '[data-bed="CARD/C-01"]', "Dirty 0 min", 1_000);
  expect(await bed(page, "CARD/C-01").getAttribute("data-state")).toBe("dirty");
  here.server.pass(MINUTE);
  await shows(page, '[data-bed="CARD/C-01"]', "Dirty 1 min");
});

test("a bed whose clocks disagree says who says otherwise, with a mark and since when", async () => {
  const page = await here.open("#/ward/CARD");
  const since_ms = here.server.cellMs - 34 * MINUTE;
  const conflict = { since_ms, against: ["sensor"] as const };
  here.server.change({ beds: [{ ...here.known("C-01"), sensor: { occupied: false, since_ms }, confidence: "disputed", conflict }] });
  await shows(page, '[data-bed="CARD/C-01"] .conflict', "\u2260 Sensor says empty 34 min", 1_000);
  await shows(page, '[data-bed="CARD/C-01"]', "Occupied");
});

test("an alert appears at once above the lesser ones, and is said once", async () => {
  const page = await here.open();
  here.server.change({
    alerts: [
      {
        id: "new",
        ward: "SURG",
        rule: "bed_dirty",
        subject: "S-08",
        priority: "high",
        state: "raised",
        since_ms: here.server.cellMs - 70 * MINUTE,
      },
    ],
  });
  await shows(page, "#alerts li:nth-child(1)", "*** High 70 min Bed still dirty Surgery S-08");
  await shows(page, "[data-news]", "1 new alert: Bed still dirty.", 6_000);
});

test("silent pads age, are greyed, and then are not shown; beds of quiet wards stay", async () => {
  const page = await here.open();
  const free = bed(page, "CARD/C-03");
  expect(await free.getAttribute("data-age")).toBe("live");
  here.server.pass(3 * MINUTE);
  await shows(page, '[data-bed="CARD/C-03"]', "3 min ago");
  here.server.pass(3 * MINUTE);
  await shows(page, '[data-bed="CARD/C-03"]', "6 min ago");
  expect(await free.getAttribute("data-age")).toBe("stale");
  await shows(page, "#free", "3 beds free now");
  await shows(page, "#free", "3 more beds were free, but the data is old");
  await shows(page, '[data-ward="CARD"]', "10 beds with old data");
  await shows(page, '[data-ward="CARD"]', "Occupied 0–10/10");
  await shows(page, '[data-ward="CARD"]', "0 % of the beds known");
  here.server.pass(10 * MINUTE);
  await shows(page, '[data-bed="CARD/C-03"]', "Not known");
  await shows(page, '[data-bed="CARD/C-03"]', "last 14:03");
  expect(await bed(page, "MED/M-10").getAttribute("data-age")).toBe("live");
});

test("a lost connection is said, everything ages, and it comes back by itself", async () => {
  const page = await here.open("#/ward/CARD");
  await shows(page, "[data-link]", "Connected");
  here.server.disconnect();
  await shows(page, "[data-link]", "Not connected");
  here.server.change({ beds: [dirtied(here.known("C-01"), here.server.cellMs)] });
  expect(await bed(page, "CARD/C-01").getAttribute("data-state")).toBe("occupied");
  here.server.disconnect(false);
  await shows(page, "[data-link]", "Connected", 15_000);
  await shows(page, '[data-bed="CARD/C-01"]', "Dirty");
});

test("without a server the clock goes on and the data grows old", async () => {
  const page = await here.open();
  await page.clock.install();
  await page.reload();
  await page.locator("[data-bed]").first().waitFor();
  here.server.disconnect();
  await page.clock.runFor(20 * MINUTE);
  await shows(page, '[data-bed="CARD/C-03"]', "Not known");
  await shows(page, '[data-bed="MED/M-10"]', "Not known");
  await shows(page, "#free", "No bed is known to be free: the data is old");
  await shows(page, "header", "20 min ago");
  await shows(page, "#alerts", "As they were at 14:03: the data is old.");
  expect(await page.locator("#coming li.old").count()).toBe(3);
});

test("a server that falls silent is left and called again", async () => {
  const page = await here.open();
  here.server.silent = true;
  await shows(page, "[data-link]", "No heartbeat", 5_000);
  await shows(page, "[data-link]", "the server fell silent", 5_000);
  here.server.silent = false;
  await shows(page, "[data-link]", "Connected", 15_000);
});

test("a board that comes back says where it was, and needs no snapshot if it has missed nothing", async () => {
  const page = await here.open("#/ward/CARD");
  await shows(page, "[data-link]", "Connected");
  here.server.disconnect(false);
  await shows(page, "[data-link]", "Not connected");
  await shows(page, "[data-link]", "Connected", 15_000);
  const [first, second] = here.server.heard as { last?: { seq: unknown } }[];
  expect([first?.last, second?.last?.seq]).toEqual([undefined, [100, 0]]);
  here.server.change({ beds: [dirtied(here.known("C-01"), here.server.cellMs)] });
  await shows(page, '[data-bed="CARD/C-01"]', "Dirty", 1_000);
  expect(here.server.heard.length, "it asked for nothing else").toBe(2);
});

test("after a missed frame the board asks for the whole picture, over the same connection", async () => {
  const page = await here.open();
  here.server.change({ beds: [dirtied(here.known("C-02"), here.server.cellMs)] }, true);
  await shows(page, '[data-bed="CARD/C-02"]', "Dirty", 5_000);
  expect(here.server.heard).toEqual([{ type: "hello" }, { type: "resync" }]);
  expect(here.server.connections).toBe(1);
});

test("the server's warning stands on the board", async () => {
  here.server.warning = "no sign-in: loopback only";
  const page = await here.open();
  await shows(page, ".banner", "no sign-in: loopback only");
});

test("each source has its name, and one that is late or lost says since when and what it means", async () => {
  const page = await here.open();
  await expect.poll(() => page.locator('[data-source][data-state="live"]').count()).toBe(3);
  here.server.sources = {
    mqtt: source("lost", here.server.cellMs - 3 * MINUTE),
    kafka: source("late", here.server.cellMs - MINUTE, 200 * MINUTE),
    clickhouse: source("live", 0),
  };
  await shows(page, '[data-source="mqtt"]', "Sensors (MQTT) lost since 14:00 (3 min): no pad and no device is heard");
  await shows(page, '[data-source="kafka"]', "Live data (Kafka) late since 14:02 (1 min): catching up, 3 h 20 behind");
  expect(await page.locator('[data-source="clickhouse"]').getAttribute("data-state")).toBe("live");
});

test("a site that is larger than a board says that something is missing", async () => {
  const page = await here.open();
  expect(await page.locator(".banner").count()).toBe(0);
  here.server.full = true;
  await shows(page, ".banner", "Not everything is shown");
});

test("a source of facts that is silent says since when, and what it means, on every board", async () => {
  const page = await here.open("?ward=MED");
  const site = { label: "North campus", time_zone: "UTC" };
  const visits = { source: "hl7:ADT", feed: "visits", heard_ms: here.server.cellMs - 40 * MINUTE };
  here.server.change({ site: { ...site, silent: [{ ...visits, level: "stale" }] } });
  const silent = '[data-silent="hl7:ADT/visits"]';
  await shows(page, silent, "Visits (ADT) from hl7:ADT stale, last heard at 13:23");
  await shows(page, silent, "numbers that it feeds are not certain");
  here.server.change({ site: { ...site, silent: [{ ...visits, level: "lost" }] } });
  await shows(page, silent, "numbers that it feeds can't be trusted");
  here.server.change({ site: { ...site, silent: [] } });
  await expect.poll(() => page.locator(silent).count()).toBe(0);
  expect(here.faults).toEqual([]);
});

test("a bed that leaves the bed master leaves the board", async () => {
  const page = await here.open();
  here.server.change({ gone: [{ ward: "CARD", bed: "C-03" }] });
  await expect.poll(() => bed(page, "CARD/C-03").count()).toBe(0);
  await shows(page, "#free", "5 beds free now");
});

test("the site is called as it calls itself, and its own clock hangs on the wall", async () => {
  const page = await here.open();
  await shows(page, "h1", "main");
  here.server.change({ site: { label: "North campus", time_zone: "Asia/Kolkata" } });
  await shows(page, "h1", "North campus");
  await shows(page, "header .clock", "19:33");
  await shows(page, "header .clock", "Asia/Kolkata");
  await shows(page, '[data-ward="ICU"]', "Occupied, hour to 19:30");
});

test("whatever is shown tells how old it is", async () => {
  const page = await here.open();
  for (const rows of ["#next li", "#coming li", "#leaving li", "#free .bed", "main [data-bed]"]) {
    const all = page.locator(rows);
    const aged = all.filter({ hasText: /ago|last \d\d:\d\d|never heard/ });
    expect([await aged.count(), rows]).toEqual([await all.count(), rows]);
    expect(await all.count(), rows).toBeGreaterThan(0);
  }
  await shows(page, '[data-ward="CARD"]', "Occupied, hour to 14:00");
  await page.goto(`${here.url}#/alerts`);
  const alerts = page.locator("main [data-alert]");
  expect(await alerts.filter({ hasText: /ago|last \d\d:\d\d|never heard/ }).count()).toBe(await alerts.count());
});

test("totals are bounds where some beds are old, and say how many are known", async () => {
  const page = await here.open("#/ward/CARD");
  here.server.pass(6 * MINUTE);
  const fresh = here.server.hospital.beds.filter((one) => one.place.ward === "CARD" && one.label !== "C-03");
  here.server.change({ beds: fresh.map((one) => ({ ...one, heard_ms: here.server.cellMs, pad_heard_ms: here.server.cellMs })) });
  await shows(page, '[data-ward="CARD"]', "Free 0–1");
  await shows(page, '[data-ward="CARD"]', "90 % of the beds known");
});

test("a page that stood still says so, and shows nothing as fresh until it knows", async () => {
  const page = await here.open("#/ward/CARD", {}, (fresh) => fresh.clock.install());
  here.server.disconnect();
  await page.clock.fastForward(10 * MINUTE);
  await page.clock.runFor(500);
  await shows(page, "[data-froze]", "This page stood still for 10 min");
  expect(await bed(page, "CARD/C-03").getAttribute("data-age")).not.toBe("live");
});

test("a device whose clock is wrong by an hour makes nothing older or younger", async () => {
  const page = await here.open("#/ward/CARD", {}, (fresh) => fresh.clock.install({ time: here.server.cellMs + 60 * MINUTE }));
  await page.clock.runFor(1_500);
  expect(await bed(page, "CARD/C-03").getAttribute("data-age")).toBe("live");
  await shows(page, "header .clock", "14:03");
});

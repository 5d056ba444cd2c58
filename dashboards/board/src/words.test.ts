// Words, times and names as a ward reads them.
import { expect, test } from "vitest";
import type { Alert } from "./protocol";
import { conflictText, countdown, duration, knowsZone, label, moment, percent, ruleText, shortVisit, sourceText, sourceTrouble, stageText, subjectText, timeOfDay } from "./words";

const MINUTE = 60_000;

test.each([
  [-5, "0 min"],
  [59_999, "0 min"],
  [43 * MINUTE, "43 min"],
  [119 * MINUTE, "119 min"],
  [125 * MINUTE, "2 h 05"],
  [11.8 * 60 * MINUTE, "11 h"],
  [50 * 60 * MINUTE, "2 days"],
])("%d ms is %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test("a moment is a time of day until it is too far off for one", () => {
  const now = 1_790_000_000_000;
  const later = (hours: number) => now + hours * 60 * MINUTE;
  expect(moment(later(3), now)).toBe(timeOfDay(later(3)));
  expect(moment(later(20), now)).toBe("in 1 day");
  expect(moment(later(71), now)).toBe("in 3 days");
});

test("every rule has words, and a rule that is new still reads", () => {
  for (const rule of [
    "appointment_waiting",
    "bed_conflict",
    "bed_dirty",
    "cleaning_not_started",
    "device_silent",
    "equipment_fault",
    "request_waiting",
    "source_silent",
    "ward_full",
  ]) {
    expect(ruleText(rule)).not.toContain("_");
  }
  expect(ruleText("lift_stuck")).toBe("Lift stuck");
});

test("a conflict says who says otherwise, and what", () => {
  expect(conflictText(true, ["sensor"])).toBe("Sensor says empty");
  expect(conflictText(true, ["staff", "sensor"])).toBe("Staff and sensor say empty");
  expect(conflictText(false, ["adt"])).toBe("ADT says occupied");
});

test("persons are shown by the end of their pseudonym only", () => {
  expect(shortVisit("visit-0123456789abcdef")).toBe("\u00b7cdef");
  expect(shortVisit("")).toBe("");
  const alert = { rule: "request_waiting", subject: "visit-0123456789abcdef" } as Alert;
  expect(subjectText(alert, undefined)).toBe("\u00b7cdef");
});

test("a bed is called as the ward calls it, a device by its name", () => {
  const alert = (rule: string, subject: string) => ({ rule, subject }) as Alert;
  expect(subjectText(alert("bed_dirty", "C-05"), "Window 5")).toBe("Window 5");
  expect(subjectText(alert("bed_dirty", "CARD/Bed_x209"), undefined)).toBe("Bed 9");
  expect(subjectText(alert("device_silent", "pump_x2017"), undefined)).toBe("pump 17");
  expect(subjectText(alert("ward_full", "ICU"), undefined)).toBe("");
  expect(subjectText(alert("source_silent", "hl7:ADT_x201/visits"), undefined)).toBe("Visits (ADT) from hl7:ADT 1");
});

test("names come back from their encoding", () => {
  expect(label("K_xC3_xBCche")).toBe("K\u00fcche");
  expect(label("a_b")).toBe("a_b");
  expect(label("100%")).toBe("100%");
  expect(label("_xFF")).toBe("_xFF");
});

test("a stage reads with or without the prefix of its KPI", () => {
  expect(stageText("waiting_bed")).toBe("for a bed");
  expect(stageText("bed")).toBe("for a bed");
});

test("a time of day is the site's, also where its clocks have just been changed", () => {
  const noon = Date.UTC(2026, 9, 24, 12, 0, 5);
  expect(timeOfDay(noon, "UTC", true)).toBe("12:00:05");
  expect(timeOfDay(noon, "Europe/Vienna")).toBe("14:00");
  expect(timeOfDay(noon + 24 * 60 * MINUTE, "Europe/Vienna")).toBe("13:00");
  expect(timeOfDay(Date.UTC(2026, 0, 1), "UTC")).toBe("00:00");
  expect(moment(noon, noon, "Asia/Kolkata")).toBe("17:30");
  expect(["Europe/Vienna", "Middle/Earth", ""].map(knowsZone)).toEqual([true, false, false]);
});

test("a source that is not as it should be says what that means", () => {
  const source = (state: "late" | "lost", behind_ms = 0) => ({ state, since_ms: 1, behind_ms });
  expect(sourceText("kafka")).toBe("Live data (Kafka)");
  expect(sourceText("new_thing")).toBe("New thing");
  expect(sourceTrouble("clickhouse", source("lost"))).toContain("stored later");
  expect(sourceTrouble("kafka", source("late", 200 * MINUTE))).toBe("catching up, 3 h 20 behind");
  expect(sourceTrouble("mqtt", source("late"))).toBe("not there yet");
});

test("a countdown runs in seconds at its end", () => {
  expect([-1, 1, 59_000, 61_500, 599_000, 600_000].map(countdown)).toEqual(["0:00", "0:01", "0:59", "1:02", "9:59", "10 min"]);
});

test("a share is never called all or nothing when it is not", () => {
  expect([percent(0, 9), percent(1, 1_000), percent(999, 1_000), percent(9, 9), percent(1, 0)]).toEqual([0, 1, 99, 100, 0]);
});

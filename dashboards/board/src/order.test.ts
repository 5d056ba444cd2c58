// What comes first on the board.
import { expect, test } from "vitest";
import { hospital } from "../e2e/hospital";
import {
  alertsWorstFirst,
  comingFirst,
  groupByWard,
  leavingFirst,
  minutesLeft,
  nextReady,
  occupancyHour,
  takers,
  usualMinutes,
  wardsWorstFirst,
} from "./order";
import { apply, NOTHING, type State } from "./state";

const NOW = 1_790_000_000_000;
const WORLD = hospital(NOW);
const STATE = apply(NOTHING, { type: "snapshot", seq: [1, 0], ...WORLD }) as State;

test("alerts: the worst first, among equals the oldest", () => {
  expect(alertsWorstFirst(WORLD.alerts).map((alert) => alert.rule)).toEqual([
    "request_waiting",
    "ward_full",
    "cleaning_not_started",
    "appointment_waiting",
    "device_silent",
  ]);
});

test("wards: the fullest with those who are coming first, those without beds last", () => {
  expect(wardsWorstFirst(WORLD.wards).map((ward) => ward.ward)).toEqual(["ICU", "MED", "CARD", "SURG", "MAT", "OPD"]);
});

test("free beds: by name, without the unlisted, reserved and unstaffed", () => {
  const named = groupByWard(takers(WORLD.beds)).map(([ward, beds]) => [ward, ...beds.map((bed) => bed.label)]);
  expect(named).toEqual([
    ["CARD", "C-03"],
    ["MAT", "K-01", "K-04"],
    ["MED", "M-10"],
    ["SURG", "S-02", "S-07"],
  ]);
});

test("next ready: the fewest minutes left first, then the longest at it", () => {
  expect(nextReady(STATE, WORLD.beds, NOW).map((bed) => bed.label)).toEqual(["S-10", "C-07", "I-08", "S-08", "C-05"]);
});

test("coming: who has waited longest; leaving: who is ready, then who is expected soonest", () => {
  expect(comingFirst(WORLD.wards).map((one) => one.visit)).toEqual(["v-7f3c0d41", "v-7f3ca1b2", "v-7f3c91e0"]);
  const leaving = leavingFirst(WORLD.wards, NOW).map((one) => one.bed);
  expect(leaving.slice(0, 3)).toEqual(["I-05", "M-05", "C-02"]);
  const late = WORLD.wards.map((ward) => ({
    ...ward,
    leaving: ward.leaving.map((one) => ({ ...one, expected_ms: NOW + 25 * 3_600_000 })),
  }));
  expect(leavingFirst(late, NOW).map((one) => one.bed)).toEqual(["I-05", "M-05"]);
});

test("numbers come from the last closed hour, and from the site where the ward has none", () => {
  const endMs = Math.floor(NOW / 3_600_000) * 3_600_000;
  expect(occupancyHour(STATE, "ICU")).toMatchObject({ percent: 88, endMs });
  expect(occupancyHour(STATE, "OPD")).toBeNull();
  const [cleaning, , dirty] = nextReady(STATE, WORLD.beds, NOW);
  expect(usualMinutes(STATE, cleaning!)).toBe(27);
  expect(usualMinutes(STATE, dirty!)).toBe(58);
});

test("minutes left: what is usual less what has passed, never below none, and a cleaning at least", () => {
  const cleaning = { ...WORLD.beds.find((bed) => bed.label === "S-10")! };
  const since = (minutes: number) => ({ ...cleaning, clean_since_ms: NOW - minutes * 60_000 });
  expect([0, 20, 27, 90].map((minutes) => minutesLeft(STATE, since(minutes), NOW)?.minutes)).toEqual([27, 7, 0, 0]);
  const dirty = (minutes: number) => ({ ...since(minutes), cleanliness: "dirty" as const });
  const left = [0, 20, 31, 55].map((minutes) => minutesLeft(STATE, dirty(minutes), NOW));
  expect(left.map((one) => one?.minutes)).toEqual([58, 38, 27, 27]);
  expect(left.map((one) => one?.onceBegun)).toEqual([false, false, false, true]);
  expect(minutesLeft(STATE, { ...cleaning, clean_since_ms: 0 }, NOW)).toBeNull();
  expect(minutesLeft({ ...STATE, kpis: new Map() }, cleaning, NOW)).toBeNull();
});

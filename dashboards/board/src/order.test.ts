// What comes first on the board.
import { expect, test } from "vitest";
import { hospital } from "../e2e/hospital";
import {
  alertsWorstFirst,
  comingFirst,
  groupByWard,
  leavingFirst,
  nextReady,
  occupancyPercent,
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

test("next ready: being cleaned before dirty, longest first", () => {
  expect(nextReady(WORLD.beds).map((bed) => bed.label)).toEqual(["S-10", "C-07", "I-08", "S-08", "C-05"]);
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
  expect(occupancyPercent(STATE, "ICU")).toBe(88);
  expect(occupancyPercent(STATE, "OPD")).toBeNull();
  const [cleaning, , dirty] = nextReady(WORLD.beds);
  expect(usualMinutes(STATE, cleaning!)).toBe(27);
  expect(usualMinutes(STATE, dirty!)).toBe(58);
});

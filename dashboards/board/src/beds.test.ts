// A bed in one word, and who may be sent there.
import { expect, test } from "vitest";
import { hospital } from "../e2e/hospital";
import { bedState, canTake, isTurning, needsAction, stateSince, type BedState } from "./beds";
import type { Bed } from "./protocol";

const FREE: Bed = hospital(1_790_000_000_000).beds.find((bed) => bed.label === "C-03")!;

const CASES: [Partial<Bed>, BedState, takes: boolean][] = [
  [{}, "free", true],
  [{ occupied: true }, "occupied", false],
  [{ occupied: true, blocked: true }, "occupied", false],
  [{ blocked: true, cleanliness: "dirty" }, "blocked", false],
  [{ cleanliness: "dirty" }, "dirty", false],
  [{ cleanliness: "cleaning" }, "cleaning", false],
  [{ cleanliness: "unknown" }, "unknown", false],
  [{ reserved_for: "v" }, "reserved", false],
  [{ reserved_for: "v", cleanliness: "dirty" }, "dirty", false],
  [{ staffed: false }, "unstaffed", false],
  [{ listed: false, staffed: false }, "free", false],
];

test.each(CASES)("%o is %s", (change, state, takes) => {
  const bed = { ...FREE, ...change };
  expect(bedState(bed)).toBe(state);
  expect(canTake(bed)).toBe(takes);
});

test("a bed is free since it was both empty and clean", () => {
  expect(stateSince({ ...FREE, occupied_since_ms: 5, clean_since_ms: 9 })).toBe(9);
});

test("dirty beds and those being cleaned come next, not the blocked and the unstaffed", () => {
  expect(isTurning({ ...FREE, cleanliness: "cleaning" })).toBe(true);
  expect(isTurning({ ...FREE, cleanliness: "dirty", blocked: true })).toBe(false);
  expect(isTurning({ ...FREE, cleanliness: "dirty", staffed: false })).toBe(false);
});

test("a conflict, dirt and readiness to leave ask for somebody", () => {
  expect(needsAction(FREE)).toBe(false);
  expect(needsAction({ ...FREE, cleanliness: "dirty" })).toBe(true);
  expect(needsAction({ ...FREE, occupied: true, ready_to_leave_ms: 1 })).toBe(true);
  expect(needsAction({ ...FREE, occupied: true, visits_in_bed: 2 })).toBe(true);
  expect(needsAction({ ...FREE, conflict: { since_ms: 1, against: ["sensor"] } })).toBe(true);
});

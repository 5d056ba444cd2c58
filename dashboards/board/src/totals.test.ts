// Totals are bounds where beds are old, and as old as the oldest bed.
import { expect, test } from "vitest";
import { hospital } from "../e2e/hospital";
import type { Level } from "./age";
import { totals } from "./totals";

const beds = hospital(1_790_000_000_000).beds.filter((bed) => bed.place.ward === "CARD");

test("where every bed is known a total is a number", () => {
  const sum = totals(beds.map((bed) => ({ bed, level: "aging" })));
  expect([sum.beds, sum.known, sum.level]).toEqual([10, 10, "aging"]);
  expect([sum.occupied, sum.free, sum.dirty, sum.cleaning]).toEqual([
    { low: 6, high: 6 },
    { low: 1, high: 1 },
    { low: 1, high: 1 },
    { low: 1, high: 1 },
  ]);
});

test("a bed that nobody knows may be in any state", () => {
  const level = (i: number): Level => (i === 2 ? "lost" : i === 4 ? "stale" : "live");
  const sum = totals(beds.map((bed, i) => ({ bed, level: level(i) })));
  expect([sum.beds, sum.known, sum.level]).toEqual([10, 8, "lost"]);
  expect([sum.free, sum.dirty, sum.occupied]).toEqual([
    { low: 0, high: 2 },
    { low: 0, high: 2 },
    { low: 6, high: 8 },
  ]);
});

// When data is aging, stale and lost, and what no sensor is expected to say.
import { expect, test } from "vitest";
import { hospital } from "../e2e/hospital";
import { bedAge, freshness, levelAt, wardAge, type Level } from "./age";
import type { Bed, Source } from "./protocol";

const NOW = 1_790_000_000_000;
const MINUTE = 60_000;
const WORLD = hospital(NOW);

function bed(heardMin: number, padMin: number | null): Bed {
  const heard_ms = NOW - heardMin * MINUTE;
  return { ...WORLD.beds[0]!, heard_ms, pad_heard_ms: padMin === null ? 0 : NOW - padMin * MINUTE };
}

test.each<[number, Level]>([
  [0, "live"],
  [119, "live"],
  [120, "aging"],
  [299, "aging"],
  [300, "stale"],
  [899, "stale"],
  [900, "lost"],
])("after %d s it is %s", (seconds, level) => {
  expect(levelAt(NOW - seconds * 1_000, NOW)).toBe(level);
});

test("what was never heard is lost", () => {
  expect(levelAt(0, NOW)).toBe("lost");
});

test.each<[Source, number, number | null, Level]>([
  ["pad", 0, 1, "live"],
  ["pad", 0, 6, "stale"],
  ["pad", 0, 20, "lost"],
  ["pad", 0, null, "lost"],
  ["both", 0, 3, "aging"],
  ["both", 0, 20, "stale"],
  ["visits", 400, null, "live"],
])("a bed of a %s ward, heard %d and its pad %s min ago, is %s", (source, heard, pad, level) => {
  expect(bedAge(bed(heard, pad), source, NOW, NOW).level).toBe(level);
});

test("a ward without pads shows its age quietly, until the processor itself is late", () => {
  const quiet = bedAge(bed(41, null), "visits", NOW, NOW);
  expect(quiet).toEqual({ level: "live", heardMs: NOW - 41 * MINUTE, quiet: true });
  const late = bedAge(bed(41, null), "visits", NOW - 6 * MINUTE, NOW);
  expect(late).toEqual({ level: "stale", heardMs: NOW - 6 * MINUTE, quiet: false });
});

test("nothing is fresher than the processor", () => {
  expect(bedAge(bed(0, 0), "pad", NOW - 16 * MINUTE, NOW).level).toBe("lost");
  const ward = { ...WORLD.wards[1]!, heard_ms: NOW };
  expect(wardAge(ward, NOW, NOW).level).toBe("live");
  expect(wardAge(ward, NOW - 3 * MINUTE, NOW).level).toBe("aging");
});

test("the bar is full when just heard and empty when lost", () => {
  const age = (minutes: number) => ({ level: "live" as const, heardMs: NOW - minutes * MINUTE, quiet: false });
  expect([0, 7.5, 15, 60].map((minutes) => freshness(age(minutes), NOW))).toEqual([1, 0.5, 0, 0]);
});

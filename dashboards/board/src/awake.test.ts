// A page that stood still knows it, whichever of its clocks stopped.
import { expect, test } from "vitest";
import { stoodStill } from "./awake";

const before = { monotonicMs: 1_000, wallMs: 90_000, hidden: false };

test.each<[string, number, number, number, boolean?]>([
  ["a tick as usual", 250, 250, 0],
  ["a tick of a page that nobody sees", 60_000, 60_000, 0, true],
  ["a page that nobody sees, and that was frozen", 600_000, 600_000, 600_000, true],
  ["a slow frame", 4_000, 4_000, 0],
  ["timers that were stopped for ten minutes", 600_000, 600_000, 600_000],
  ["a device that slept, and its monotonic clock with it", 250, 600_000, 600_000],
  ["a clock that was set back by an hour", 250, -3_600_000, 0],
])("%s", (_, ran, wall, still, hidden = false) => {
  expect(stoodStill(before, { monotonicMs: before.monotonicMs + ran, wallMs: before.wallMs + wall, hidden })).toBe(still);
});

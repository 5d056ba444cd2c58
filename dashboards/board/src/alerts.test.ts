// What is silent, for how long, and that nothing active leaves the band's counts.
import { expect, test } from "vitest";
import { bandCounts, isAcknowledged, isOpen, isShelved, sounds } from "./alerts";
import type { Alert } from "./protocol";

const NOW = 1_790_000_000_000;
const base: Alert = { id: "a", ward: "ICU", rule: "ward_full", subject: "ICU", priority: "high", state: "raised", since_ms: NOW - 9 };

test("an acknowledgement ends, and so does shelving", () => {
  const acknowledged = { ...base, acknowledged_by: "Ann", acknowledged_until_ms: NOW + 1 };
  expect([isAcknowledged(acknowledged, NOW), isAcknowledged(acknowledged, NOW + 1)]).toEqual([true, false]);
  const shelved = { ...base, shelved_until_ms: NOW + 1 };
  expect([isShelved(shelved, NOW), isShelved(shelved, NOW + 1)]).toEqual([true, false]);
  expect([isOpen(base, NOW), isOpen(shelved, NOW), isOpen({ ...base, suppressed_by: "g" }, NOW)]).toEqual([true, false, false]);
});

test("only high alerts that nobody has taken sound, and not when the server says no", () => {
  expect(sounds(base, NOW)).toBe(true);
  expect(sounds({ ...base, sound: false }, NOW)).toBe(false);
  expect(sounds({ ...base, priority: "medium", sound: true }, NOW)).toBe(false);
  expect(sounds({ ...base, acknowledged_by: "Ann" }, NOW)).toBe(false);
});

test("what is over and nobody saw is counted by itself, and does not sound", () => {
  const latched: Alert = { ...base, state: "latched" };
  expect(bandCounts([base, latched], NOW)).toMatchObject({ by: [{ priority: "high", n: 1 }], latched: 1 });
  expect([sounds(latched, NOW), isOpen(latched, NOW)]).toEqual([false, true]);
});

test("shelved and acknowledged alerts are active, and counted", () => {
  const all: Alert[] = [
    base,
    { ...base, id: "b", shelved_until_ms: NOW + 60_000, since_ms: NOW - 70 },
    { ...base, id: "c", priority: "low", acknowledged_by: "Ann" },
  ];
  expect(bandCounts(all, NOW)).toEqual({
    by: [{ priority: "high", n: 2 }, { priority: "low", n: 1 }],
    oldestMs: NOW - 70,
    latched: 0,
    shelved: 1,
    backMs: NOW + 60_000,
  });
});

// Silences: whose they are, and in which order they end.
import { expect, test } from "vitest";
import type { Alert, Silence } from "./protocol";
import { isSilenced, silenceKey, silenceOf, silencesOf } from "./silences";

const NOW = 1_000_000;
const silence = (id: string, until_ms: number, ward = "a"): Silence => ({
  id, ward, rule: "bed_dirty", subject: "", since_ms: 0, until_ms, by: "Nora", reason: "works",
});
const alert = (suppressed_by: string): Alert => ({
  id: "bed_dirty:a:b1:1", ward: "a", rule: "bed_dirty", subject: "b1", priority: "medium", state: "raised", since_ms: 1, suppressed_by,
});

test("those that hold are listed, the next to end first", () => {
  const all = [silence("1", NOW + 9), silence("2", NOW), silence("3", NOW + 3), silence("4", NOW + 5, "b")];
  expect(silencesOf(all, NOW, null).map(({ id }) => id)).toEqual(["3", "4", "1"]);
  expect(silencesOf(all, NOW, "a").map(({ id }) => id)).toEqual(["3", "1"]);
});

test("an alert names the silence that covers it, and no other cause is one", () => {
  const all = [silence("1", NOW + 9)];
  expect(silenceOf(alert("silence:1"), all)?.id).toBe("1");
  expect(silenceOf(alert("silence:2"), all)).toBeUndefined();
  expect([isSilenced(alert("silence:2")), isSilenced(alert("devices_silent:a:a:1")), isSilenced(alert(""))]).toEqual([true, false, false]);
});

test("what is said of a silence is about all of its rule, or about one subject", () => {
  expect(silenceKey(silence("1", NOW))).toBe("silence:a/bed_dirty/");
  expect(silenceKey({ ward: "a", rule: "bed_dirty", subject: "b1" })).toBe("silence:a/bed_dirty/b1");
});

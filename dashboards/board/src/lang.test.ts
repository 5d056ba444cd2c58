// The languages: which one is chosen, and that none says less than another.
import { expect, test } from "vitest";
import { choose, LANGUAGES } from "./lang.svelte";
import { en, type Words } from "./lang/en";

test("the first language that the board speaks is taken, else English", () => {
  expect(choose([null, "de-AT", "fr"])).toBe("de");
  expect(choose(["tlh", "AF"])).toBe("af");
  expect(choose(["constructor"])).toBe("en");
  expect(choose([])).toBe("en");
});

/** Every text of a language, with its key; functions are called with plain arguments. */
function texts(part: unknown, key: string): [string, string][] {
  if (typeof part === "string") return [[key, part]];
  if (typeof part === "function") return [[key, String((part as (...all: unknown[]) => unknown)(2, 3, 4))]];
  return Object.entries(part as object).flatMap(([name, inner]) => texts(inner, `${key}.${name}`));
}

test.each(Object.entries(LANGUAGES))("%s has a text for everything that English has", (_, words) => {
  const [mine, english] = [texts(words, ""), texts(en, "")];
  expect(mine.map(([key]) => key).sort()).toEqual(english.map(([key]) => key).sort());
  for (const [key, text] of mine) expect(text.trim(), key).not.toBe("");
});

test.each(Object.entries(LANGUAGES))("in %s no two states of a bed share a letter or a word", (_, { states }: Words) => {
  const all = Object.values(states);
  expect(new Set(all.map(({ letter }) => letter)).size).toBe(all.length);
  expect(new Set(all.map(({ text }) => text)).size).toBe(all.length);
});

// Addresses of views: a link shows the same to whoever opens it.
import { expect, test } from "vitest";
import { HOME, languageAsked, parseRoute, routeHash, type Route } from "./route";

const wall = { metres: 3, inches: 42 };
const number = { kpi: "bed_turn", stat: "p50", resolutionS: 3_600, windowMs: 1_790_000_000_000 };

test.each<Partial<Route>>([
  { view: "site" },
  { view: "ward", ward: "ICU", as: "table", show: "free" },
  { view: "ward", ward: "MED/B _xC3" },
  { view: "arrivals", ward: "ICU" },
  { view: "bed", ward: "ICU", bed: "I 01/a" },
  { view: "number", ward: "-", number },
  { view: "ward", ward: "ICU", wall },
])("%j has an address that leads back to it", (route) => {
  expect(parseRoute(routeHash(route))).toEqual({ ...HOME, ...route });
});

test("a fragment that is none of a view is left alone, as a sign-in needs it", () => {
  expect(parseRoute("#token=abc")).toBeNull();
  expect(parseRoute("")).toBeNull();
});

test("what is not understood is the site, with what was understood", () => {
  expect(parseRoute("#/nonsense")).toEqual(HOME);
  expect(parseRoute("#/ward/ICU?show=everything&as=pie")).toEqual({ ...HOME, view: "ward", ward: "ICU" });
  expect(parseRoute("#/wall/site?m=-1&in=many")?.wall).toEqual({ metres: 5, inches: 55 });
  expect(parseRoute("#/ward/%E0%A4%A")?.ward).toBe("%E0%A4%A");
});

test("the language may be asked for beside the view or before it", () => {
  expect(languageAsked("#/site?lang=de", "?lang=fr")).toBe("de");
  expect(languageAsked("#/site", "?lang=fr")).toBe("fr");
  expect(languageAsked("", "")).toBeNull();
});

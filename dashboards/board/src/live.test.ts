// Back-off, addresses, the clock and the news: the small pure parts around the socket.
import { expect, test } from "vitest";
import { dirtied, hospital } from "../e2e/hospital";
import { asked, liveUrl } from "./address";
import { cellNow, secondHand } from "./clock";
import { backoff } from "./live";
import { bedNews, news } from "./news";

test("attempts come further apart, up to ten seconds, and boards do not come together", () => {
  expect([0, 1, 2, 9, 1_000].map((attempt) => backoff(attempt, 1))).toEqual([500, 1_000, 2_000, 10_000, 10_000]);
  expect(backoff(0, 0)).toBe(250);
});

test("the address names site and ward", () => {
  expect(asked("?site=north/main&ward=ICU")).toEqual({ site: "north/main", ward: "ICU" });
  expect(asked("")).toEqual({ site: null, ward: null });
  expect(liveUrl({ protocol: "https:", host: "h:1" }, "n/m")).toBe("wss://h:1/live?site=n%2Fm");
});

test("cell time runs at the cell's speed", () => {
  const anchor = { cellMs: 60_000, localMs: 500, speed: 60 };
  expect(cellNow(anchor, 1_500)).toBe(120_000);
  expect([0, 15_999, 61_000].map(secondHand)).toEqual([0, 90, 6]);
});

test("one sentence says what changed among the alerts", () => {
  const alerts = new Map(hospital(1_790_000_000_000).alerts.map((alert) => [alert.id, alert]));
  const fewer = new Map([...alerts].slice(2));
  expect(news(alerts, alerts)).toBe("");
  expect(news(fewer, alerts)).toBe("2 new alerts: Cleaning has not started and others.");
  expect(news(alerts, fewer)).toBe("2 alerts ended.");
});

test("one sentence says how many beds are what they were not", () => {
  const { beds } = hospital(1_790_000_000_000);
  const before = new Map(beds.map((bed) => [bed.label, bed]));
  const dirty = beds.filter((bed) => bed.occupied).slice(0, 3);
  const after = new Map([...before, ...dirty.map((bed) => [bed.label, dirtied(bed, 1_790_000_000_000)] as const)]);
  expect(bedNews(before, after)).toBe("3 beds now dirty.");
  expect(bedNews(after, after)).toBe("");
});

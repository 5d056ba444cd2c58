// The fold over frames: what replaces what, what ends an alert, what is a lost frame.
import { expect, test } from "vitest";
import { hospital } from "../e2e/hospital";
import { hello, parseFrame, RESYNC, type Delta, type Frame, type Snapshot } from "./protocol";
import { apply, bedKey, last, LOST, NOTHING, type State } from "./state";

const NOW = 1_790_000_000_000;
const SNAPSHOT: Snapshot = { type: "snapshot", seq: [7, 0], ...hospital(NOW) };

function fold(...frames: Frame[]): State {
  return frames.reduce<State>((state, frame) => {
    const next = apply(state, frame);
    if (next === LOST) throw new Error("lost");
    return next;
  }, NOTHING);
}

function delta(change: Partial<Delta>): Delta {
  return { type: "delta", prev: [7, 0], seq: [8, 0], as_of_ms: NOW + 100, ...change };
}

test("a snapshot is the whole picture: what it does not name is gone", () => {
  const first = fold(SNAPSHOT);
  expect(first.beds.size).toBe(43);
  expect(first.wards.size).toBe(6);
  expect(first.alerts.size).toBe(5);
  const second = fold(SNAPSHOT, { ...SNAPSHOT, seq: [9, 0], beds: [], alerts: [] });
  expect([second.beds.size, second.alerts.size]).toEqual([0, 0]);
});

test("a delta replaces what it names and leaves the rest", () => {
  const bed = { ...SNAPSHOT.beds[0]!, occupied: false };
  const state = fold(SNAPSHOT, delta({ beds: [bed] }));
  expect(state.beds.get(bedKey("ICU", "I-01"))?.occupied).toBe(false);
  expect(state.beds.get(bedKey("ICU", "I-02"))).toBe(SNAPSHOT.beds[1]);
  expect(state.seq).toEqual([8, 0]);
  expect(state.asOfMs).toBe(NOW + 100);
});

test("a bed that is gone leaves the board, and a ward with all its beds", () => {
  const state = fold(SNAPSHOT, delta({ gone: [{ ward: "ICU", bed: "I-01" }] }));
  expect(state.beds.has(bedKey("ICU", "I-01"))).toBe(false);
  expect(state.beds.size).toBe(42);
  expect(state.wards.has("ICU")).toBe(true);
  const without = fold(SNAPSHOT, delta({ gone: [{ ward: "ICU", bed: "" }] }));
  expect(without.wards.has("ICU")).toBe(false);
  expect(without.beds.size).toBe(35);
});

test("a bed that comes back in the same delta stays", () => {
  const [bed] = SNAPSHOT.beds;
  const state = fold(SNAPSHOT, delta({ gone: [bed!.place], beds: [bed!] }));
  expect(state.beds.size).toBe(43);
});

test("a site keeps its name until it gets another", () => {
  const site = { label: "North campus", time_zone: "Europe/Vienna" };
  const state = fold({ ...SNAPSHOT, site });
  expect(state.site).toEqual(site);
  expect(fold({ ...SNAPSHOT, site }, delta({})).site).toEqual(site);
  const renamed = { ...site, label: "South" };
  expect(fold({ ...SNAPSHOT, site }, delta({ site: renamed })).site).toEqual(renamed);
});

test("silences hold until others are told, and a snapshot without any ends them", () => {
  const silences = [{ id: "1", ward: "MED", rule: "bed_dirty", since_ms: NOW, until_ms: NOW + 1 }];
  const first = { ...SNAPSHOT, silences };
  expect(fold(first, delta({})).silences).toEqual(silences);
  expect(fold(first, delta({ silences: [] })).silences).toEqual([]);
  expect(fold(first, SNAPSHOT).silences).toEqual([]);
});

test.each(["cleared", "withdrawn", "retrospective"] as const)("an alert that is %s leaves the board", (end) => {
  const alert = { ...SNAPSHOT.alerts[0]!, state: end };
  expect(fold(SNAPSHOT, delta({ alerts: [alert] })).alerts.has(alert.id)).toBe(false);
});

test("a newer window of the same KPI takes the place of the older", () => {
  const kpi = { ...SNAPSHOT.kpis[0]!, window_ms: NOW, numerator: 1 };
  const state = fold(SNAPSHOT, delta({ kpis: [kpi] }));
  expect(state.kpis.size).toBe(SNAPSHOT.kpis.length);
  expect([...state.kpis.values()]).toContain(kpi);
});

test("a delta that follows something else shows a lost frame", () => {
  expect(apply(fold(SNAPSHOT), delta({ prev: [6, 0] }))).toBe(LOST);
  expect(apply(fold(SNAPSHOT), delta({ prev: [7, 1] }))).toBe(LOST);
  expect(apply(NOTHING, delta({}))).toBe(LOST);
});

test("a new connection keeps the old picture, and takes what follows it without a snapshot", () => {
  const greeting: Frame = { type: "hello", build: "b", cell_ms: NOW, speed: 1, warning: null };
  const state = fold({ ...SNAPSHOT, series: "s" }, greeting);
  expect(state.beds.size).toBe(43);
  expect(last(state)).toEqual({ series: "s", seq: [7, 0] });
  expect(fold({ ...SNAPSHOT, series: "s" }, greeting, delta({})).seq).toEqual([8, 0]);
  expect(apply(state, delta({ prev: [8, 0], seq: [9, 0] }))).toBe(LOST);
});

test("a board says where it was, and nothing where it does not know that", () => {
  expect(hello(last(NOTHING))).toBe('{"type":"hello"}');
  expect(hello(last(fold(SNAPSHOT)))).toBe('{"type":"hello"}');
  expect(hello({ series: "s", seq: [7, 0] })).toBe('{"type":"hello","last":{"series":"s","seq":[7,0]}}');
  expect(RESYNC).toBe('{"type":"resync"}');
});

test("a refusal changes nothing that is shown", () => {
  const state = fold(SNAPSHOT);
  expect(apply(state, { type: "error", code: "too_fast", reason: "more than 10 messages a second" })).toBe(state);
});

test("a heartbeat moves the as-of time forward only", () => {
  const sources = { mqtt: { state: "lost", since_ms: NOW, behind_ms: 0 } } as const;
  const beat = (as_of_ms: number): Frame => ({ type: "heartbeat", cell_ms: NOW, as_of_ms, sources, full: false, determinism_violation: false });
  expect(fold(SNAPSHOT, beat(NOW + 5)).asOfMs).toBe(NOW + 5);
  expect(fold(SNAPSHOT, beat(NOW - 5)).asOfMs).toBe(NOW);
  expect(fold(SNAPSHOT, beat(NOW)).sources).toEqual(sources);
});

test("what is no frame is refused", () => {
  for (const text of ["", "{", "null", "[]", '{"type":"other"}', "7"]) expect(parseFrame(text)).toBeNull();
  expect(parseFrame('{"type":"heartbeat"}')).not.toBeNull();
});

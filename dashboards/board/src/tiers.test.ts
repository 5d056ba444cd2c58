// Boards of those who may see less: what is not told is not made up.
import { expect, test } from "vitest";
import { bedState, isConflict } from "./beds";
import { pressure } from "./order";
import { parseFrame } from "./protocol";
import { apply, NOTHING, type State } from "./state";

function shown(contents: object): State {
  const frame = parseFrame(JSON.stringify({ type: "snapshot", seq: [1, 1], as_of_ms: 5, ...contents }));
  return apply(NOTHING, frame!) as State;
}

test("in public there are rounded counts of wards, and nothing else", () => {
  const state = shown({ wards: [{ ward: "ICU", label: "Intensive care", physical: 12, occupied: "<5", free: 0, heard_ms: 4 }] });
  expect(state.wards.get("ICU")?.rounded).toEqual({ physical: "12", occupied: "<5", free: "0" });
  expect([state.beds.size, state.alerts.size, state.kpis.size]).toEqual([0, 0, 0]);
});

test("in a corridor a bed has no visit, and still says that it is kept, disputed, or about to be left", () => {
  const bed = { place: { ward: "ICU", room: "-", bed: "1" }, label: "I-1", listed: true, staffed: true, occupied: false, cleanliness: "clean" };
  const ward = { ward: "ICU", label: "Intensive care", staffed: 4, occupied: 3, coming_count: 2, waiting: [{ stage: "bed", count: 1 }] };
  const alert = { id: "8f", ward: "ICU", rule: "ward_full", priority: "high", state: "raised", since_ms: 1, acknowledged: true };
  const state = shown({ wards: [ward], beds: [{ ...bed, reserved: true, disputed: true }], alerts: [alert], kpis: [] });
  const known = state.beds.get("ICU/1")!;
  expect([bedState(known), isConflict(known), known.visit]).toEqual(["reserved", true, ""]);
  expect(pressure(state.wards.get("ICU")!)).toBe(5 / 4);
  expect(state.wards.get("ICU")?.waiting[0]?.longest_since_ms).toBe(0);
  expect(state.alerts.get("8f")?.subject).toBe("");
});

test("a frame of staff is as it is told", () => {
  const text = JSON.stringify({ type: "heartbeat", cell_ms: 1, as_of_ms: 1, sources: {}, full: false, determinism_violation: false });
  expect(parseFrame(text)).toEqual(JSON.parse(text));
});

import { expect, it } from "vitest";
import { parseFrame } from "./protocol";

it("draws a corridor's bed and ward without what it was not told", () => {
  const bed = { place: { ward: "A", room: "-", bed: "1" }, occupied: true, reserved: true, leaving: true };
  const told = { type: "snapshot", seq: [1, 0], as_of_ms: 1, wards: [{ ward: "A" }], beds: [bed], alerts: [{ id: "1" }], kpis: [] };
  const frame = parseFrame(JSON.stringify(told));
  if (frame?.type !== "snapshot") throw new Error("a snapshot was told");
  expect(frame.beds[0]).toMatchObject({ visit: "", reserved_for: "somebody", conflict: null });
  expect(frame.wards[0]).toMatchObject({ ward: "A", coming: [], leaving: [] });
  expect(frame.alerts[0]?.subject).toBe("");
});

it("leaves a frame of staff as it is told", () => {
  const text = JSON.stringify({ type: "heartbeat", cell_ms: 1, as_of_ms: 1, sources: {}, full: false, determinism_violation: false });
  expect(parseFrame(text)).toEqual(JSON.parse(text));
});

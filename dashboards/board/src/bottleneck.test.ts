// The stage that held most of the hour up comes first; who waits now is added up over wards.
import { expect, test } from "vitest";
import { hospital } from "../e2e/hospital";
import { held, hourEnd } from "./bottleneck";
import type { Kpi } from "./protocol";
import { apply, NOTHING, type State } from "./state";

const NOW = 1_790_000_000_000;
const HOUR = 3_600_000;

function shown(kpis: readonly Kpi[]): State {
  return apply(NOTHING, { type: "snapshot", seq: [1, 1], ...hospital(NOW), kpis }) as State;
}

const share = (ward: string, stage: string, numerator: number): Kpi => ({
  ward,
  kpi: `bottleneck_${stage}`,
  stat: "value",
  resolution_s: 3_600,
  window_ms: NOW - HOUR,
  numerator,
  denominator: HOUR,
});

test("worst first, of the ward or of the site", () => {
  const state = shown([share("-", "cleaning", HOUR / 4), share("-", "bed", HOUR / 2), share("ICU", "move", HOUR)]);
  expect(held(state, "-").map(({ stage }) => stage).slice(0, 2)).toEqual(["bed", "cleaning"]);
  expect(held(state, "ICU")[0]?.stage).toBe("move");
  expect(hourEnd(held(state, "-"))).toBe(NOW);
  expect(held(state, "-").find(({ stage }) => stage === "room")).toMatchObject({ waiting: 5, share: null });
});

test("without a closed hour there is no bottleneck to name", () => {
  expect(hourEnd(held(shown([]), "-"))).toBe(0);
});

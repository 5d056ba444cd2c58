// What holds the flow up: the newest closed hour's shares and minutes, stage by stage, and who waits now.
import type { Kpi, Ward } from "./protocol";
import { kpiKey, type State } from "./state";

export const STAGES = ["bed", "cleaning", "departure", "move", "room"] as const;
export type Stage = (typeof STAGES)[number];

const HOUR_S = 3_600;

export interface Held {
  readonly stage: Stage;
  /** For which share of the hour it was the bottleneck; null unknown. */
  readonly share: Kpi | null;
  /** Minutes waited for it within the hour; null unknown. */
  readonly minutes: Kpi | null;
  /** How many wait for it now, and since when the first of them; 0 unknown. */
  readonly waiting: number;
  readonly longestMs: number;
}

/** Of a ward, or of the whole site as `-`; what held most up first. */
export function held(state: State, ward: string): Held[] {
  const hour = (kpi: string) => state.kpis.get(kpiKey(ward, kpi, "value", HOUR_S)) ?? null;
  const wards = [...state.wards.values()].filter((one) => ward === "-" || one.ward === ward);
  return STAGES.map((stage) => ({
    stage,
    share: hour(`bottleneck_${stage}`),
    minutes: hour(`waiting_${stage}`),
    ...waitingNow(wards, stage),
  })).sort((a, b) => value(b.share) - value(a.share) || value(b.minutes) - value(a.minutes));
}

/** The end of the hour that they are of; 0 when no hour has been closed. */
export function hourEnd(list: readonly Held[]): number {
  const share = list.find((one) => one.share)?.share;
  return share ? share.window_ms + HOUR_S * 1_000 : 0;
}

export function value(kpi: Kpi | null): number {
  return kpi && kpi.denominator > 0 ? kpi.numerator / kpi.denominator : 0;
}

function waitingNow(wards: readonly Ward[], stage: Stage): { waiting: number; longestMs: number } {
  const here = wards
    .flatMap((ward) => ward.waiting)
    .filter((one) => one.count > 0 && one.stage.replace(/^waiting_/, "") === stage);
  const since = here.map((one) => one.longest_since_ms).filter((ms) => ms > 0);
  return { waiting: here.reduce((sum, one) => sum + one.count, 0), longestMs: since.length > 0 ? Math.min(...since) : 0 };
}

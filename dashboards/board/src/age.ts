// How old what we show is. Judged by when the source last spoke, never by
// whether the socket is open; and nothing is fresher than the processor is.
import type { Bed, Source, Ward } from "./protocol";

/** Fresh; with its age in words; greyed and hatched; not shown any more. */
export type Level = "live" | "aging" | "stale" | "lost";

const LEVELS: readonly Level[] = ["live", "aging", "stale", "lost"];
const MINUTE = 60_000;

/** From these ages on, in milliseconds of cell time, data is aging, stale, lost. */
export const BOUNDS = { aging: 2 * MINUTE, stale: 5 * MINUTE, lost: 15 * MINUTE } as const;

export interface Age {
  readonly level: Level;
  /** When the source spoke last; 0 never. */
  readonly heardMs: number;
  /** No heartbeat is expected from this source: a long silence is no fault. */
  readonly quiet: boolean;
}

export function levelAt(heardMs: number, nowMs: number): Level {
  const age = nowMs - heardMs;
  if (heardMs <= 0 || age >= BOUNDS.lost) return "lost";
  if (age >= BOUNDS.stale) return "stale";
  return age >= BOUNDS.aging ? "aging" : "live";
}

export function worse(a: Level, b: Level): Level {
  return LEVELS.indexOf(a) >= LEVELS.indexOf(b) ? a : b;
}

/**
 * A bed of a `pad` ward is as old as its pad. In a `both` ward visits still say
 * who lies there when the pad is gone: stale at most. Of a `visits` ward no
 * heartbeat is expected.
 */
export function bedAge(bed: Bed, source: Source, asOfMs: number, nowMs: number): Age {
  const board = levelAt(asOfMs, nowMs);
  if (!hasPads(source)) return aged(board, bed.heard_ms, asOfMs, true);
  const pad = levelAt(bed.pad_heard_ms, nowMs);
  const own = source === "both" && pad === "lost" ? "stale" : pad;
  return aged(worse(own, board), bed.pad_heard_ms, asOfMs, false);
}

/** A ward's numbers are as old as the newest that any of its sources said. */
export function wardAge(ward: Ward, asOfMs: number, nowMs: number): Age {
  const board = levelAt(asOfMs, nowMs);
  if (!hasPads(ward.source)) return aged(board, ward.heard_ms, asOfMs, true);
  return aged(worse(levelAt(ward.heard_ms, nowMs), board), ward.heard_ms, asOfMs, false);
}

/** Whether decisions may rest on it. */
export function reliable({ level }: Pick<Age, "level">): boolean {
  return level === "live" || level === "aging";
}

/** What is left of the time until `lost`, from 1 to 0. */
export function freshness(age: Age, nowMs: number): number {
  return Math.min(1, Math.max(0, 1 - (nowMs - age.heardMs) / BOUNDS.lost));
}

function hasPads(source: Source): boolean {
  return source === "pad" || source === "both";
}

/** A source that is expected to be silent ages from when the processor last spoke for it. */
function aged(level: Level, heardMs: number, asOfMs: number, quiet: boolean): Age {
  return quiet && level !== "live" ? { level, heardMs: asOfMs, quiet: false } : { level, heardMs, quiet };
}

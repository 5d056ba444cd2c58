// A bed's story backwards: each stored row says since when the boards showed it like this, so
// that the row before it is found by asking for what was known just before then.
import type { BedRow } from "./answers";

/** Rows that are asked for, one after the other. */
export const STEPS_MAX = 40;

/** How the boards showed a bed over a time, in cell time. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly row: BedRow;
}

/** From now back to `sinceMs`, the newest first; shorter when there is no more, or too much. */
export async function story(
  rowAt: (knownAtMs: number | null) => Promise<BedRow | undefined>,
  nowMs: number,
  sinceMs: number,
): Promise<Stretch[]> {
  const found: Stretch[] = [];
  let toMs = nowMs;
  for (let step = 0; step < STEPS_MAX && toMs > sinceMs; step++) {
    const row = await rowAt(step === 0 ? null : toMs - 1);
    const shownMs = row ? Date.parse(row.as_of) : Number.NaN;
    if (!row || !(shownMs <= toMs)) break;
    found.push({ fromMs: Math.max(sinceMs, shownMs), toMs, row });
    toMs = shownMs;
  }
  return found;
}

/** Neighbours that say the same become one; from the oldest to the newest. */
export function merged<T>(stretches: readonly Stretch[], says: (row: BedRow) => T): { fromMs: number; toMs: number; says: T }[] {
  const out: { fromMs: number; toMs: number; says: T }[] = [];
  for (const { fromMs, toMs, row } of stretches.toReversed()) {
    const last = out.at(-1);
    const now = says(row);
    if (last && last.says === now && last.toMs === fromMs) last.toMs = toMs;
    else out.push({ fromMs, toMs, says: now });
  }
  return out;
}

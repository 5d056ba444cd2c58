// How many beds are in a state, honestly: beds of which nobody knows may be in it or not, so
// that a total is a number or two bounds, with the share of the beds that are known.
import type { Level } from "./age";
import { reliable, worse } from "./age";
import { bedState, canTake } from "./beds";
import type { Bed } from "./protocol";

export interface Counted {
  readonly bed: Bed;
  readonly level: Level;
}

/** At least and at most; the same when every bed is known. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

export interface Totals {
  readonly beds: number;
  readonly known: number;
  /** As old as the oldest of its beds. */
  readonly level: Level;
  readonly occupied: Bounds;
  readonly free: Bounds;
  readonly dirty: Bounds;
  readonly cleaning: Bounds;
  readonly blocked: Bounds;
}

/** Of listed beds. */
export function totals(all: readonly Counted[]): Totals {
  const listed = all.filter(({ bed }) => bed.listed);
  const sure = listed.filter(reliable);
  const unsure = listed.length - sure.length;
  const bounds = (test: (bed: Bed) => boolean): Bounds => {
    const low = sure.filter(({ bed }) => test(bed)).length;
    return { low, high: low + unsure };
  };
  const state = (name: string) => bounds((bed) => bedState(bed) === name);
  return {
    beds: listed.length,
    known: sure.length,
    level: listed.reduce<Level>((worst, { level }) => worse(worst, level), "live"),
    occupied: bounds((bed) => bed.staffed && bed.occupied),
    free: bounds(canTake),
    dirty: state("dirty"),
    cleaning: state("cleaning"),
    blocked: bounds((bed) => bed.blocked),
  };
}

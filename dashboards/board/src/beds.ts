// What a bed is, in one word, and whether it can take a patient now.
import type { Bed } from "./protocol";

export type BedState =
  | "free"
  | "reserved"
  | "occupied"
  | "dirty"
  | "cleaning"
  | "blocked"
  | "unstaffed"
  | "unknown";

/** The one thing to know first; the rest of what is true of a bed are its notes. */
export function bedState(bed: Bed): BedState {
  if (bed.occupied) return "occupied";
  if (bed.blocked) return "blocked";
  if (bed.cleanliness !== "clean") return bed.cleanliness;
  if (bed.reserved_for || bed.reserved) return "reserved";
  return bed.staffed || !bed.listed ? "free" : "unstaffed";
}

/** Listed, staffed, empty, clean, open and promised to nobody. */
export function canTake(bed: Bed): boolean {
  return bed.listed && bed.staffed && bedState(bed) === "free";
}

/** Will be able to take a patient once it is clean. */
export function isTurning(bed: Bed): boolean {
  const state = bedState(bed);
  return bed.listed && bed.staffed && (state === "dirty" || state === "cleaning");
}

/** Since when a bed is as `bedState` says; 0 unknown. */
export function stateSince(bed: Bed): number {
  switch (bedState(bed)) {
    case "occupied":
      return bed.occupied_since_ms;
    case "dirty":
    case "cleaning":
      return bed.clean_since_ms;
    case "free":
      return Math.max(bed.clean_since_ms, bed.occupied_since_ms);
    case "reserved":
    case "blocked":
    case "unstaffed":
    case "unknown":
      return 0;
  }
}

/** Needs somebody to do something about it. */
export function needsAction(bed: Bed): boolean {
  return bedState(bed) === "dirty" || isLeaving(bed) || isConflict(bed);
}

/** Who lies in it may leave. */
export function isLeaving(bed: Bed): boolean {
  return bed.ready_to_leave_ms > 0 || bed.leaving === true;
}

/** More than one visit is said to lie in it, or its clocks have disagreed for too long. */
export function isConflict(bed: Bed): boolean {
  return isShared(bed) || bed.conflict !== null || bed.disputed === true;
}

/** More than one visit is said to lie in it. */
export function isShared(bed: Bed): boolean {
  return bed.visits_in_bed > 1;
}

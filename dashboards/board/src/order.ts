// What comes first. Every order ends in a name, so that equals do not swap places.
import { isLatched } from "./alerts";
import { bedState, canTake, isTurning, needsAction, stateSince } from "./beds";
import type { Alert, Bed, Coming, Kpi, Leaving, Priority, Ward } from "./protocol";
import type { NumberAsked, Show } from "./route";
import { kpiKey, type State } from "./state";

const NAMES = new Intl.Collator("en", { numeric: true });
const RANK: Readonly<Record<Priority, number>> = { high: 0, medium: 1, low: 2, unknown: 3 };
const HOUR_S = 3_600;
/** Who is expected to leave later than this, in milliseconds from now, is not about to leave. */
const SOON_MS = 24 * 3_600_000;

/** What is over and was not seen stands behind all that is the case. */
export function alertsWorstFirst(alerts: Iterable<Alert>): Alert[] {
  return [...alerts].sort(
    (a, b) =>
      Number(isLatched(a)) - Number(isLatched(b)) ||
      RANK[a.priority] - RANK[b.priority] || a.since_ms - b.since_ms || NAMES.compare(a.id, b.id),
  );
}

/** How many would lie on the ward for each staffed bed, with all who are coming; below 0 without beds. */
export function pressure(ward: Ward): number {
  return ward.staffed > 0 ? (ward.occupied + comingTo(ward)) / ward.staffed : -1;
}

export function comingTo(ward: Ward): number {
  return ward.coming_count ?? ward.coming.length;
}

export function wardsWorstFirst(wards: Iterable<Ward>): Ward[] {
  return [...wards].sort((a, b) => pressure(b) - pressure(a) || NAMES.compare(a.label, b.label));
}

/** Beds in the order given, room by room. Where no room has two beds, rooms say nothing: all are one, without a name. */
export function byRoom(beds: readonly Bed[]): [room: string, beds: Bed[]][] {
  const rooms = new Map<string, Bed[]>();
  for (const bed of beds) {
    const room = rooms.get(bed.place.room);
    if (room) room.push(bed);
    else rooms.set(bed.place.room, [bed]);
  }
  const all = [...rooms].map(([room, here]): [string, Bed[]] => [room === "-" ? "" : room, here]);
  return all.some(([room, here]) => room !== "" && here.length > 1) ? all : [["", [...beds]]];
}

/** Whether a bed is one of those that are asked for. */
export function isShown(bed: Bed, show: Show): boolean {
  switch (show) {
    case "all":
      return true;
    case "free":
      return canTake(bed);
    case "action":
      return needsAction(bed);
    case "turning":
      return isTurning(bed);
    case "occupied":
      return bed.occupied;
    case "blocked":
      return bed.blocked;
  }
}

/** Beds that can take a patient, by the name of the ward and the bed. */
export function takers(beds: Iterable<Bed>): Bed[] {
  return [...beds]
    .filter(canTake)
    .sort((a, b) => NAMES.compare(a.place.ward, b.place.ward) || byName(a, b));
}

/** Beds with their ward, in the order in which they come. */
export function groupByWard(beds: readonly Bed[]): [ward: string, beds: Bed[]][] {
  const groups = new Map<string, Bed[]>();
  for (const bed of beds) {
    const group = groups.get(bed.place.ward);
    if (group) group.push(bed);
    else groups.set(bed.place.ward, [bed]);
  }
  return [...groups];
}

/** The likely order in which beds are ready: the fewest minutes left first, then the longest at it. */
export function nextReady(state: State, beds: Iterable<Bed>, nowMs: number): Bed[] {
  const turning = [...beds].filter(isTurning).map((bed) => ({
    bed,
    left: minutesLeft(state, bed, nowMs)?.minutes ?? Number.MAX_SAFE_INTEGER,
    dirty: Number(bedState(bed) === "dirty"),
    since: stateSince(bed),
  }));
  turning.sort((a, b) => a.left - b.left || a.dirty - b.dirty || a.since - b.since || byName(a.bed, b.bed));
  return turning.map(({ bed }) => bed);
}

export type OnWard<T> = T & { readonly ward: Ward };

/** Who has waited longest first. */
export function comingFirst(wards: Iterable<Ward>): OnWard<Coming>[] {
  return [...wards]
    .flatMap((ward) => ward.coming.map((one) => ({ ...one, ward })))
    .sort((a, b) => known(a.requested_ms) - known(b.requested_ms) || NAMES.compare(a.visit, b.visit));
}

/** Who is ready and waits longest, then who is expected soonest. */
export function leavingFirst(wards: Iterable<Ward>, nowMs: number): OnWard<Leaving>[] {
  return [...wards]
    .flatMap((ward) => ward.leaving.map((one) => ({ ...one, ward })))
    .filter((one) => one.ready_ms > 0 || one.expected_ms < nowMs + SOON_MS)
    .sort(
      (a, b) =>
        known(a.ready_ms) - known(b.ready_ms) ||
        known(a.expected_ms) - known(b.expected_ms) ||
        NAMES.compare(a.bed, b.bed) || NAMES.compare(a.visit, b.visit),
    );
}

/** Occupancy of the last closed hour in percent, when that hour ended, and which number that is; null when there is none. */
export function occupancyHour(state: State, ward: string): { percent: number; endMs: number; number: NumberAsked } | null {
  const kpi = state.kpis.get(kpiKey(ward, "occupancy", "value", HOUR_S));
  if (!kpi || kpi.denominator <= 0) return null;
  const percent = Math.round((100 * kpi.numerator) / kpi.denominator);
  const number = { kpi: kpi.kpi, stat: kpi.stat, resolutionS: HOUR_S, windowMs: kpi.window_ms };
  return { percent, endMs: kpi.window_ms + HOUR_S * 1_000, number };
}

/** How long a bed in this state usually takes to be clean, in minutes; null when not known. */
export function usualMinutes(state: State, bed: Bed): number | null {
  return median(state, bed, bedState(bed) === "cleaning" ? "cleaning_time" : "bed_turn");
}

export interface Left {
  readonly minutes: number;
  /** Nobody has begun although it is time: so long from when somebody does. */
  readonly onceBegun: boolean;
}

/**
 * In how many minutes a bed is likely to be clean; 0 when it takes longer than usual, null when
 * not known. While nobody has begun, it is never nearer than a cleaning takes.
 */
export function minutesLeft(state: State, bed: Bed, nowMs: number): Left | null {
  const usual = usualMinutes(state, bed);
  const since = stateSince(bed);
  if (usual === null || since <= 0) return null;
  const left = Math.max(0, usual - Math.floor((nowMs - since) / 60_000));
  const cleaning = bedState(bed) === "dirty" ? (median(state, bed, "cleaning_time") ?? 0) : 0;
  return { minutes: Math.max(left, cleaning), onceBegun: cleaning > left };
}

/** Of the ward's last closed hour, else of the site's. */
function median(state: State, bed: Bed, kpi: string): number | null {
  const found = hourly(state, bed.place.ward, kpi) ?? hourly(state, "-", kpi);
  return found && found.denominator > 0 ? Math.round(found.numerator / found.denominator) : null;
}

function hourly(state: State, ward: string, kpi: string): Kpi | undefined {
  return state.kpis.get(kpiKey(ward, kpi, "p50", HOUR_S));
}

/** By what the ward calls them. */
export function byName(a: Bed, b: Bed): number {
  return NAMES.compare(a.label, b.label) || NAMES.compare(a.place.bed, b.place.bed);
}

/** An unknown time comes after every known one. */
function known(ms: number): number {
  return ms > 0 ? ms : Number.MAX_SAFE_INTEGER;
}

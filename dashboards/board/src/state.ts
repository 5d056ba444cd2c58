// What the board knows: a pure fold over frames. A frame either gives the next
// state, or shows that one before it was lost; then only a new snapshot helps.
import type { Alert, Bed, Delta, Frame, Hello, Kpi, Last, Seq, Silence, Site, Snapshot, Sources, Ward } from "./protocol";

export interface State {
  readonly hello: Hello | null;
  /** The place of the last snapshot or delta; null before the first snapshot. */
  readonly seq: Seq | null;
  /** What the frames belong to, by the last snapshot; null where the server does not say. */
  readonly series: string | null;
  /** Everything that was said of the site up to this cell time is here. */
  readonly asOfMs: number;
  readonly sources: Sources;
  /** Something is missing, since the site has more than a board holds. */
  readonly full: boolean;
  /** Something was computed twice, and not with the same result. */
  readonly determinismViolation: boolean;
  readonly site: Site | null;
  readonly silences: readonly Silence[];
  readonly wards: ReadonlyMap<string, Ward>;
  readonly beds: ReadonlyMap<string, Bed>;
  readonly alerts: ReadonlyMap<string, Alert>;
  readonly kpis: ReadonlyMap<string, Kpi>;
}

export const NOTHING: State = {
  hello: null,
  seq: null,
  series: null,
  asOfMs: 0,
  sources: {},
  full: false,
  determinismViolation: false,
  site: null,
  silences: [],
  wards: new Map(),
  beds: new Map(),
  alerts: new Map(),
  kpis: new Map(),
};

/** Says that a frame is missing before the one given. */
export const LOST = "lost";

export function apply(state: State, frame: Frame): State | typeof LOST {
  switch (frame.type) {
    case "hello":
      return { ...state, hello: frame };
    case "heartbeat":
      return {
        ...state,
        asOfMs: Math.max(state.asOfMs, frame.as_of_ms),
        sources: frame.sources,
        full: frame.full,
        determinismViolation: frame.determinism_violation,
      };
    case "snapshot":
      return {
        ...state,
        ...replaced(NOTHING, frame),
        seq: frame.seq,
        series: frame.series ?? null,
        asOfMs: frame.as_of_ms,
      };
    case "delta":
      if (!follows(frame.prev, state.seq)) return LOST;
      return { ...state, ...replaced(state, frame), seq: frame.seq, asOfMs: frame.as_of_ms };
    case "error":
      return state;
  }
}

/** Where we are, for the server when we come back. */
export function last({ series, seq }: State): Last | null {
  return series !== null && seq !== null ? { series, seq } : null;
}

export function bedKey(ward: string, bed: string): string {
  return `${ward}/${bed}`;
}

export function kpiKey(ward: string, kpi: string, stat: string, resolutionS: number): string {
  return `${ward}/${kpi}/${stat}/${resolutionS}`;
}

function follows(prev: Seq, seq: Seq | null): boolean {
  return seq !== null && prev[0] === seq[0] && prev[1] === seq[1];
}

function replaced(from: State, change: Partial<Omit<Snapshot, "type">> & Pick<Delta, "gone">) {
  const { gone } = change;
  return {
    site: change.site ?? from.site,
    silences: change.silences ?? from.silences,
    wards: put(without(from.wards, gone, wardIsGone), change.wards, (ward) => ward.ward),
    beds: put(without(from.beds, gone, bedIsGone), change.beds, (bed) => bedKey(bed.place.ward, bed.place.bed)),
    alerts: putAlerts(from.alerts, change.alerts),
    kpis: put(from.kpis, change.kpis, (k) => kpiKey(k.ward, k.kpi, k.stat, k.resolution_s)),
  };
}

type Gone = NonNullable<Delta["gone"]>[number];

function bedIsGone({ place }: Bed, { ward, bed }: Gone): boolean {
  return place.ward === ward && (bed === "" || place.bed === bed);
}

function wardIsGone(one: Ward, { ward, bed }: Gone): boolean {
  return one.ward === ward && bed === "";
}

function without<T>(
  from: ReadonlyMap<string, T>,
  gone: readonly Gone[] | undefined,
  isGone: (item: T, gone: Gone) => boolean,
): ReadonlyMap<string, T> {
  if (!gone?.length) return from;
  return new Map([...from].filter(([, item]) => !gone.some((one) => isGone(item, one))));
}

function put<T>(
  from: ReadonlyMap<string, T>,
  changed: readonly T[] | undefined,
  key: (item: T) => string,
): ReadonlyMap<string, T> {
  if (!changed?.length) return from;
  const map = new Map(from);
  for (const item of changed) map.set(key(item), item);
  return map;
}

/** Raised alerts are shown, and those that nobody saw: every other state takes the alert off the board. */
function putAlerts(from: ReadonlyMap<string, Alert>, changed: readonly Alert[] | undefined) {
  if (!changed?.length) return from;
  const map = new Map(from);
  for (const alert of changed) {
    if (alert.state === "raised" || alert.state === "latched") map.set(alert.id, alert);
    else map.delete(alert.id);
  }
  return map;
}

// The frames of the live protocol, as docs/live-protocol.md lists them. Times are
// milliseconds since 1970 in cell time; 0 means unknown.

import { whole, type Tier } from "./tiers";

/** Epoch and index: the place of a frame in the order of outputs. */
export type Seq = readonly [epoch: number, index: number];

export type Cleanliness = "unknown" | "clean" | "dirty" | "cleaning";
export type Source = "unknown" | "pad" | "visits" | "both";
export type Priority = "unknown" | "low" | "medium" | "high";
/** `latched`: it is over, and nobody has seen it yet. */
export type AlertState = "unknown" | "raised" | "latched" | "cleared" | "withdrawn" | "retrospective";

/** Who says whether somebody is in a bed: visits, staff by what they do to it, its pad. */
export type Clock = "adt" | "staff" | "sensor";
export type Confidence = "unknown" | "disputed" | "alone" | "agreed";

/** What a clock says, and since when. */
export interface Says {
  occupied: boolean;
  since_ms: number;
}

export interface Bed {
  place: { ward: string; room: string; bed: string };
  label: string;
  listed: boolean;
  staffed: boolean;
  occupied: boolean;
  occupied_since_ms: number;
  visit: string;
  cleanliness: Cleanliness;
  clean_since_ms: number;
  blocked: boolean;
  block_reason: string;
  expected_back_ms: number;
  reserved_for: string;
  ready_to_leave_ms: number;
  expected_discharge_ms: number;
  heard_ms: number;
  pad_heard_ms: number;
  pad_silent: boolean;
  visits_in_bed: number;
  /** Null: it says nothing. So the next two. */
  adt: Says | null;
  staff: Says | null;
  sensor: Says | null;
  /** In `occupied`. */
  confidence: Confidence;
  /** The clocks have disagreed for too long: since when, and who says otherwise than `occupied`. */
  conflict: { since_ms: number; against: readonly Clock[] } | null;
  /** In a corridor, where nobody is named: kept for somebody, about to be left, disputed. */
  reserved?: boolean;
  leaving?: boolean;
  disputed?: boolean;
}

export interface Coming {
  visit: string;
  bed: string;
  requested_ms: number;
  assigned_ms: number;
  ready_ms: number;
}

export interface Leaving {
  visit: string;
  bed: string;
  ready_ms: number;
  expected_ms: number;
}

export interface Waiting {
  stage: string;
  count: number;
  longest_since_ms: number;
}

export interface Ward {
  ward: string;
  label: string;
  source: Source;
  physical: number;
  staffed: number;
  occupied: number;
  free: number;
  dirty: number;
  cleaning: number;
  blocked: number;
  census: number;
  coming: readonly Coming[];
  leaving: readonly Leaving[];
  staff: readonly { role: string; count: number }[];
  waiting: readonly Waiting[];
  devices: number;
  devices_silent: number;
  heard_ms: number;
  /** In a corridor, where nobody who comes or leaves is named: how many. */
  coming_count?: number;
  leaving_count?: number;
  /** In public: counts as texts, small ones rounded. */
  rounded?: { physical: string; occupied: string; free: string };
}

export interface Alert {
  id: string;
  ward: string;
  rule: string;
  subject: string;
  priority: Priority;
  state: AlertState;
  since_ms: number;
  /** Absent, 0 or "" while nobody has done anything about it; so the next ones. */
  revision?: number;
  acknowledged_by?: string;
  /** In a corridor, where nobody is named. */
  acknowledged?: boolean;
  acknowledged_ms?: number;
  /** When the acknowledgement ends; 0 none. */
  acknowledged_until_ms?: number;
  owner?: string;
  shelved_until_ms?: number;
  shelve_reason?: string;
  shelved_by?: string;
  /** The alert that explains this one, or `silence:` and the id of the silence that covers it. */
  suppressed_by?: string;
  /** How far it has been escalated; 0 not. */
  step?: number;
  /** The role that is to act now. */
  notify?: string;
  /** Whether it has earned sound; absent where the server does not say. */
  sound?: boolean;
  /** How many there are. */
  comments?: number;
}

/** Alerts of a rule on a ward call nobody for a while. */
export interface Silence {
  id: string;
  ward: string;
  rule: string;
  /** Empty: all of the rule. Absent in a corridor; so the next two. */
  subject?: string;
  since_ms: number;
  until_ms: number;
  by?: string;
  reason?: string;
}

/** How a command of a board ended. */
export interface CommandOutcome {
  id: string;
  outcome: "done" | "refused";
  reason: string;
  by: string;
  at_ms: number;
  kind: string;
  subject: string;
}

/** How a site is called and by which clock it lives; both empty where its master does not say. */
export interface Site {
  label: string;
  time_zone: string;
  /** Sources of facts that are silent for longer than they are at this hour of the week. */
  silent?: readonly SilentSource[];
}

export interface SilentSource {
  source: string;
  feed: string;
  level: "aging" | "stale" | "lost";
  heard_ms: number;
}

export type SourceState = "live" | "late" | "lost";

export interface SourceHealth {
  state: SourceState;
  /** Since when it is so; 0 unknown. */
  since_ms: number;
  /** How far behind it is, in milliseconds; 0 where that is not known. */
  behind_ms: number;
}

export type Sources = Readonly<Record<string, SourceHealth>>;

export interface Kpi {
  ward: string;
  kpi: string;
  stat: string;
  resolution_s: number;
  window_ms: number;
  numerator: number;
  denominator: number;
  /** Share of its window that its sources covered, in millionths; null by older versions. */
  coverage_ppm?: number | null;
  /** Bounds of the numerator where it is not all covered; null: none. */
  lower?: number | null;
  upper?: number | null;
}

export interface Hello {
  type: "hello";
  build: string;
  cell_ms: number;
  speed: number;
  /** As much as this board may see; absent by older servers: all. */
  tier?: Tier;
  warning: string | null;
}

interface Contents {
  seq: Seq;
  as_of_ms: number;
  site?: Site;
  /** All that hold; absent where they are as before, and in a snapshot where there are none. */
  silences?: readonly Silence[];
  wards: readonly Ward[];
  beds: readonly Bed[];
  alerts: readonly Alert[];
  kpis: readonly Kpi[];
  /** Commands of any board that have ended lately. */
  commands?: readonly CommandOutcome[];
}

export interface Snapshot extends Contents {
  type: "snapshot";
  /** Names the row of frames that begins here; absent by older servers. */
  series?: string;
}

export interface Delta extends Partial<Contents> {
  type: "delta";
  seq: Seq;
  prev: Seq;
  as_of_ms: number;
  /** Beds that leave the board; an empty `bed` means the ward. */
  gone?: readonly { ward: string; bed: string }[];
}

export interface Heartbeat {
  type: "heartbeat";
  cell_ms: number;
  as_of_ms: number;
  sources: Sources;
  /** The site has more than a board holds: something is missing. */
  full: boolean;
  /** Something was computed twice, and not with the same result. */
  determinism_violation: boolean;
}

/** What was wrong with something that we said; the server closes where it must. */
export interface Refusal {
  type: "error";
  code: string;
  reason: string;
}

export type Frame = Hello | Snapshot | Delta | Heartbeat | Refusal;

const TYPES: ReadonlySet<unknown> = new Set(["hello", "snapshot", "delta", "heartbeat", "error"]);

/** Up to where we know a series. */
export interface Last {
  readonly series: string;
  readonly seq: Seq;
}

/** The first thing that a board says: what it has missed since then is enough. */
export function hello(last: Last | null): string {
  return JSON.stringify(last ? { type: "hello", last } : { type: "hello" });
}

/** Asks for the whole picture. */
export const RESYNC = JSON.stringify({ type: "resync" });

/** The frame in a WebSocket text, or null when it is none that this board knows. */
export function parseFrame(text: string): Frame | null {
  try {
    const frame: unknown = JSON.parse(text);
    const known = typeof frame === "object" && frame !== null && "type" in frame && TYPES.has(frame.type);
    return known ? whole(frame as Frame) : null;
  } catch {
    return null;
  }
}

// A hospital of six wards and 43 beds, standing still at one moment: what the
// test server sends as its snapshot. Built from a table, so a test can name any bed.
import type { Alert, Bed, Kpi, Snapshot, Source, Ward } from "../src/protocol";

const MINUTE = 60_000;

/** One bed by letters, as `layout` lists them. */
type Kind = "F" | "R" | "O" | "L" | "D" | "C" | "B" | "N" | "?" | "X" | "U";

interface OfWard {
  readonly ward: string;
  readonly label: string;
  readonly source: Source;
  readonly prefix: string;
  readonly layout: string;
}

const WARDS: readonly OfWard[] = [
  { ward: "ICU", label: "Intensive care", source: "both", prefix: "I", layout: "OOOOLOOD" },
  { ward: "CARD", label: "Cardiology", source: "pad", prefix: "C", layout: "OOFODOCORO" },
  { ward: "SURG", label: "Surgery", source: "pad", prefix: "S", layout: "OFOOOBFDOC" },
  { ward: "MED", label: "General medicine", source: "visits", prefix: "M", layout: "OOXOLOO?OF" },
  { ward: "MAT", label: "Maternity", source: "visits", prefix: "K", layout: "FONFU" },
];

/** Wards that say in which room a bed stands. */
const ROOMS: ReadonlySet<string> = new Set(["CARD", "MED"]);

export interface Hospital extends Omit<Snapshot, "type" | "seq"> {
  wards: Ward[];
  beds: Bed[];
  alerts: Alert[];
  kpis: Kpi[];
  /** Who does not want to be named, and who have one family name: visits. */
  unnamed: string;
  sameName: readonly string[];
}

/** Forty beds on each of so many wards. */
export function large(nowMs: number, wards: number): Hospital {
  const sources: readonly Source[] = ["pad", "both", "visits"];
  const of = (n: number): OfWard => ({
    ward: `W${n}`,
    label: `Ward ${n}`,
    source: sources[n % 3]!,
    prefix: `${n}`,
    layout: "OOFODOCORO".repeat(4),
  });
  return hospital(nowMs, Array.from({ length: wards }, (_, n) => of(n + 1)));
}

export function hospital(nowMs: number, of: readonly OfWard[] = WARDS): Hospital {
  const beds = of.flatMap((ward) =>
    [...ward.layout].map((kind, i) => bed(ward, kind as Kind, i, nowMs)),
  );
  const wards = [...of.map((one) => ward(one, beds, nowMs)), clinic(nowMs)];
  const lies = (label: string) => beds.find((one) => one.label === label)?.visit ?? "";
  const [unnamed, sameName] = [lies("C-06"), [lies("C-01"), lies("C-02")]];
  return { as_of_ms: nowMs, wards, beds, alerts: alerts(nowMs), kpis: kpis(nowMs), unnamed, sameName };
}

/** The same bed, now dirty: what a delta carries. */
export function dirtied(bed: Bed, nowMs: number): Bed {
  return {
    ...bed,
    occupied: false,
    occupied_since_ms: nowMs,
    visit: "",
    visits_in_bed: 0,
    adt: { occupied: false, since_ms: nowMs },
    sensor: bed.sensor && { occupied: false, since_ms: nowMs },
    conflict: null,
    ready_to_leave_ms: 0,
    cleanliness: "dirty",
    clean_since_ms: nowMs,
    heard_ms: nowMs,
    pad_heard_ms: bed.pad_heard_ms ? nowMs : 0,
  };
}

function bed(of: OfWard, kind: Kind, i: number, nowMs: number): Bed {
  const hasPad = of.source !== "visits";
  const ago = (minutes: number) => nowMs - minutes * MINUTE - i * 7_000;
  const occupied = "OLX".includes(kind);
  const name = `${of.prefix}-${String(i + 1).padStart(2, "0")}`;
  const base: Bed = {
    place: { ward: of.ward, room: ROOMS.has(of.ward) ? `${of.prefix}${Math.floor(i / 2) + 1}` : "-", bed: name },
    label: name,
    listed: kind !== "U",
    staffed: kind !== "N",
    occupied,
    occupied_since_ms: ago(occupied ? 300 + i * 411 : 95),
    visit: occupied ? `v-7f3c${(of.prefix.charCodeAt(0) * 499 + i * 977).toString(16)}` : "",
    cleanliness: "clean",
    clean_since_ms: ago(32),
    blocked: kind === "B",
    block_reason: kind === "B" ? "repair" : "",
    expected_back_ms: kind === "B" ? nowMs + 95 * MINUTE : 0,
    reserved_for: kind === "R" ? "v-7f3ca1b2" : "",
    ready_to_leave_ms: kind === "L" ? ago(48) : 0,
    expected_discharge_ms: kind === "O" && i % 4 === 1 ? nowMs + (70 + i) * MINUTE : 0,
    heard_ms: ago(hasPad ? 0 : 41),
    pad_heard_ms: hasPad ? ago(0) : 0,
    pad_silent: false,
    visits_in_bed: kind === "X" ? 2 : Number(occupied),
    adt: { occupied, since_ms: ago(occupied ? 300 + i * 411 : 95) },
    staff: occupied ? null : { occupied: false, since_ms: ago(43) },
    sensor: hasPad ? { occupied, since_ms: ago(60) } : null,
    confidence: hasPad || !occupied ? "agreed" : "alone",
    conflict: null,
  };
  if (kind === "D") return { ...base, cleanliness: "dirty", clean_since_ms: ago(43) };
  if (kind === "C") return { ...base, cleanliness: "cleaning", clean_since_ms: ago(12 + i) };
  if (kind === "?") return { ...base, cleanliness: "unknown", clean_since_ms: 0 };
  return base;
}

function ward(of: OfWard, all: readonly Bed[], nowMs: number): Ward {
  const beds = all.filter((bed) => bed.place.ward === of.ward && bed.listed);
  const count = (test: (bed: Bed) => boolean) => beds.filter(test).length;
  const empty = (bed: Bed, state: string) => !bed.occupied && bed.cleanliness === state;
  return {
    ward: of.ward,
    label: of.label,
    source: of.source,
    physical: beds.length,
    staffed: count((bed) => bed.staffed),
    occupied: count((bed) => bed.staffed && bed.occupied),
    free: count((bed) => empty(bed, "clean") && bed.staffed && !bed.blocked && !bed.reserved_for),
    dirty: count((bed) => empty(bed, "dirty")),
    cleaning: count((bed) => empty(bed, "cleaning")),
    blocked: count((bed) => bed.blocked),
    census: count((bed) => bed.occupied),
    coming: coming(of.ward, nowMs),
    leaving: beds
      .filter((bed) => bed.ready_to_leave_ms > 0 || bed.expected_discharge_ms > 0)
      .map((bed) => ({
        visit: bed.visit,
        bed: bed.place.bed,
        ready_ms: bed.ready_to_leave_ms,
        expected_ms: bed.expected_discharge_ms,
      })),
    staff: [
      { role: "nurse", count: 3 },
      { role: "cleaner", count: 1 },
    ],
    waiting: of.ward === "ICU" ? [{ stage: "bed", count: 2, longest_since_ms: nowMs - 66 * MINUTE }] : [],
    devices: beds.length,
    devices_silent: 0,
    heard_ms: of.source === "visits" ? nowMs - 9 * MINUTE : nowMs - 4_000,
  };
}

function coming(ward: string, nowMs: number) {
  const one = (visit: string, bed: string, minutes: number) => ({
    visit,
    bed,
    requested_ms: nowMs - minutes * MINUTE,
    assigned_ms: bed ? nowMs - 9 * MINUTE : 0,
    ready_ms: bed ? nowMs - 2 * MINUTE : 0,
  });
  if (ward === "ICU") return [one("v-7f3c0d41", "", 66), one("v-7f3c91e0", "", 21)];
  if (ward === "CARD") return [one("v-7f3ca1b2", "C-09", 38)];
  return [];
}

function clinic(nowMs: number): Ward {
  const none = { physical: 0, staffed: 0, occupied: 0, free: 0, dirty: 0, cleaning: 0, blocked: 0 };
  return {
    ...none,
    ward: "OPD",
    label: "Outpatients",
    source: "visits",
    census: 0,
    coming: [],
    leaving: [],
    staff: [{ role: "nurse", count: 2 }],
    waiting: [{ stage: "room", count: 5, longest_since_ms: nowMs - 36 * MINUTE }],
    devices: 0,
    devices_silent: 0,
    heard_ms: nowMs - MINUTE,
  };
}

function alerts(nowMs: number): Alert[] {
  const raised = (rule: string, priority: Alert["priority"], ward: string, subject: string, minutes: number): Alert => ({
    id: `${rule}-${subject}`,
    ward,
    rule,
    subject,
    priority,
    state: "raised",
    since_ms: nowMs - minutes * MINUTE,
  });
  return [
    raised("device_silent", "low", "SURG", "pump-17", 8),
    raised("cleaning_not_started", "medium", "CARD", "C-05", 43),
    raised("request_waiting", "high", "ICU", "v-7f3c0d41", 66),
    raised("appointment_waiting", "medium", "OPD", "a-50021", 36),
    raised("ward_full", "high", "ICU", "ICU", 24),
  ];
}

function kpis(nowMs: number): Kpi[] {
  const window_ms = Math.floor(nowMs / 3_600_000) * 3_600_000 - 3_600_000;
  const hour = (ward: string, kpi: string, stat: string, numerator: number, denominator: number): Kpi => ({
    ward,
    kpi,
    stat,
    resolution_s: 3_600,
    window_ms,
    numerator,
    denominator,
  });
  return [
    ...WARDS.map(({ ward }, i) => hour(ward, "occupancy", "value", 88 - i * 6, 100)),
    hour("-", "cleaning_time", "p50", 27 * MINUTE, MINUTE),
    hour("-", "bed_turn", "p50", 58 * MINUTE, MINUTE),
    ...["-", "CARD"].flatMap((ward) => [
      hour(ward, "bottleneck_bed", "value", 23 * MINUTE, 60 * MINUTE),
      hour(ward, "bottleneck_cleaning", "value", 37 * MINUTE, 60 * MINUTE),
      hour(ward, "bottleneck_room", "value", 0, 60 * MINUTE),
      hour(ward, "waiting_cleaning", "value", 171 * MINUTE, MINUTE),
      hour(ward, "waiting_bed", "value", 87 * MINUTE, MINUTE),
    ]),
  ];
}

// What the test server says of history: enough of the real answers for each view that asks.
import type { BedRow, Definition, Explanation, KpiRow } from "../src/answers";
import type { Hospital } from "./hospital";

const HOUR = 3_600_000;
const MINUTE = 60_000;

const OCCUPANCY: Definition = {
  name: "occupancy",
  unit: "share",
  question: "Which share of the staffed beds was occupied?",
  statistic: "time of occupied beds over time of staffed beds",
  starts: "the bed is occupied",
  stops: "the bed is empty",
  exclusions: "beds without staff",
  denominator: "staffed beds",
  reference: "time-weighted occupancy",
  version: 1,
};

/** The answer to a question over HTTP, or null when it is none. */
export function answerTo(url: URL, { beds, wards, unnamed, sameName }: Hospital, nowMs: number): object | null {
  const { pathname, searchParams } = url;
  if (pathname === "/v1/kpis") return { version: 4, kpis: [OCCUPANCY] };
  if (pathname.endsWith("/kpis/occupancy")) return { kpis: hours(Date.parse(searchParams.get("to") ?? "")) };
  if (pathname.endsWith("/kpis/occupancy/explain")) return explanation(nowMs);
  if (pathname.endsWith("/labels")) {
    const visits = [...beds, ...wards.flatMap((ward) => [...ward.coming, ...ward.leaving])].map((one) => one.visit);
    return { labels: [...new Set(visits)].filter((visit) => visit !== "").map((visit) => labelled(visit, unnamed, sameName)) };
  }
  if (!pathname.endsWith("/beds")) return null;
  const known = searchParams.get("as_known_at");
  const here = beds.filter((bed) => bed.place.ward === searchParams.get("ward"));
  return { beds: here.flatMap((bed) => row(bed.place.bed, known ? Date.parse(known) : nowMs, nowMs)) };
}

/** What a visit is called. */
function labelled(visit: string, unnamed: string, sameName: readonly string[]): { visit: string; label: string | null; same_name: boolean } {
  const code = [...visit].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 67_600, 7);
  const letter = (n: number) => String.fromCharCode(65 + (n % 26));
  const label = `${letter(code)}${letter(Math.floor(code / 26))} ${String(Math.floor(code / 676)).padStart(2, "0")}`;
  return { visit, label: visit === unnamed ? null : label, same_name: sameName.includes(visit) };
}

/** A day of hours, of which the last is not all covered. */
function hours(toMs: number): KpiRow[] {
  const last = Math.floor((toMs - 1) / HOUR) * HOUR;
  return Array.from({ length: 24 }, (_, i): KpiRow => {
    const from = last - (23 - i) * HOUR;
    const value = 0.7 + 0.2 * Math.sin(i / 4);
    const whole = i < 23;
    return {
      stat: "value",
      window: { from: time(from), to: time(from + HOUR) },
      value,
      unit: "share",
      numerator: Math.round(value * 8 * HOUR),
      denominator: 8 * HOUR,
      revision: whole ? 0 : 1,
      as_of: time(from + HOUR + 4_000),
      coverage: whole ? 1 : 0.875,
      lower: whole ? null : value - 0.05,
      upper: whole ? null : value + 0.07,
    };
  });
}

function explanation(nowMs: number): Explanation {
  const listed = (offset: number, minutes: number, says: string) => ({
    topic: "signals",
    lane: 2,
    offset,
    index: 0,
    at: time(nowMs - minutes * MINUTE),
    source: "north/main/ICU/I1/I-01/pad-1",
    says,
  });
  return {
    agrees: true,
    differences: [],
    records: [listed(467, 100, "occupied (boot 1, seq 1)"), listed(543, 80, "empty (boot 1, seq 2)")],
    records_left_off: 3,
    not_counted: [{ ...listed(12, 90, "bed is dirty"), reason: "refused_bed_state" }],
  };
}

/** A bed that was occupied, left, disputed for a while, and is dirty. */
function row(bed: string, knownAtMs: number, nowMs: number): BedRow[] {
  const ago = (minutes: number) => nowMs - minutes * MINUTE;
  const says = (word: "occupied" | "empty", minutes: number) => ({ says: word, since: time(ago(minutes)) });
  const base = { bed, blocked: false, conflict: null };
  const rows: BedRow[] = [
    { ...base, occupied: true, cleanliness: "clean", clocks: { adt: says("occupied", 700), staff: null, sensor: says("occupied", 700) }, as_of: time(ago(690)) },
    {
      ...base,
      occupied: true,
      cleanliness: "clean",
      clocks: { adt: says("occupied", 700), staff: null, sensor: says("empty", 200) },
      conflict: { since: time(ago(200)), against: ["sensor"] },
      as_of: time(ago(170)),
    },
    { ...base, occupied: false, cleanliness: "dirty", clocks: { adt: says("empty", 90), staff: says("empty", 90), sensor: says("empty", 200) }, as_of: time(ago(90)) },
  ];
  return rows.filter((one) => Date.parse(one.as_of) <= knownAtMs).slice(-1);
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

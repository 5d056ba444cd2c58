// Asks the server over HTTP for what the live protocol does not carry: definitions, history,
// explanations. Each question ends after a while, and may be given up.
import type { Clock } from "./protocol";

const PATIENCE_MS = 15_000;
/** A busy server is asked again, so often and after so long. */
const AGAIN = { times: 3, afterMs: 1_000 } as const;
/** An explanation reads the log from its beginning. */
const EXPLAIN_MS = 120_000;

export interface Definition {
  readonly name: string;
  readonly unit: string;
  readonly question: string;
  readonly statistic: string;
  readonly starts: string;
  readonly stops: string;
  readonly exclusions: string;
  readonly denominator: string;
  readonly reference: string;
  readonly version: number;
}

export interface KpiRow {
  readonly stat: string;
  readonly window: { readonly from: string; readonly to: string | null };
  readonly value: number | null;
  readonly unit: string;
  readonly numerator: number;
  readonly denominator: number;
  readonly revision: number;
  readonly as_of: string;
  readonly coverage: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
}

export interface Listed {
  readonly topic: string;
  readonly lane: number;
  readonly offset: number;
  readonly index: number;
  readonly at: string;
  readonly source: string;
  readonly says: string;
  readonly reason?: string;
}

export interface Explanation {
  readonly agrees: boolean;
  readonly differences: readonly string[];
  readonly records: readonly Listed[];
  readonly records_left_off: number;
  readonly not_counted: readonly Listed[];
}

export interface StoredClock {
  readonly says: "occupied" | "empty";
  readonly since: string;
}

export interface BedRow {
  readonly bed: string;
  readonly occupied: boolean;
  readonly cleanliness: string;
  readonly blocked: boolean;
  readonly clocks: Readonly<Record<Clock, StoredClock | null>>;
  readonly conflict: { readonly since: string; readonly against: readonly Clock[] } | null;
  readonly as_of: string;
}

/** A question that was answered with no; `detail` is what the server says of it. */
export class Refused extends Error {
  constructor(readonly status: number, detail: string) {
    super(detail);
  }
}

export async function definition(kpi: string): Promise<Definition | null> {
  const { kpis } = await get<{ kpis: readonly Definition[] }>("/v1/kpis", {});
  return kpis.find((one) => one.name === kpi) ?? null;
}

/** The values of a KPI in `[fromMs, toMs)`. */
export async function values(
  site: string,
  kpi: string,
  ward: string,
  resolutionS: number,
  fromMs: number,
  toMs: number,
): Promise<readonly KpiRow[]> {
  const query = { ward, resolution: String(resolutionS), from: time(fromMs), to: time(toMs) };
  return (await get<{ kpis: readonly KpiRow[] }>(`/v1/${site}/kpis/${encodeURIComponent(kpi)}`, query)).kpis;
}

export function explain(
  site: string,
  ward: string,
  asked: { kpi: string; stat: string; resolutionS: number; windowMs: number },
): Promise<Explanation> {
  const { kpi, stat, resolutionS, windowMs } = asked;
  const query = { ward, stat, resolution: String(resolutionS), window: time(windowMs) };
  return get(`/v1/${site}/kpis/${encodeURIComponent(kpi)}/explain`, query, EXPLAIN_MS);
}

/** A ward's beds as the boards showed them then; null: as they are known now. */
export async function bedsAt(site: string, ward: string, knownAtMs: number | null): Promise<readonly BedRow[]> {
  const query = knownAtMs === null ? { ward } : { ward, as_known_at: time(knownAtMs) };
  return (await get<{ beds: readonly BedRow[] }>(`/v1/${site}/beds`, query)).beds;
}

async function get<T>(path: string, query: Record<string, string>, patienceMs = PATIENCE_MS): Promise<T> {
  const asked = new URLSearchParams(query).toString();
  for (let tries = 1; ; tries++) {
    const answer = await fetch(asked ? `${path}?${asked}` : path, { signal: AbortSignal.timeout(patienceMs) });
    if (answer.status === 503 && tries < AGAIN.times) {
      await new Promise((later) => setTimeout(later, AGAIN.afterMs));
      continue;
    }
    const body: unknown = await answer.json().catch(() => null);
    if (!answer.ok || body === null) throw new Refused(answer.status, detailOf(body));
    return body as T;
  }
}

/** What a problem says of itself, or "". */
export function detailOf(body: unknown): string {
  if (typeof body !== "object" || body === null) return "";
  const { detail, title, code } = body as Record<string, unknown>;
  return [detail, title, code].find((text): text is string => typeof text === "string" && text !== "") ?? "";
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

// Everything in words that a ward uses, in the language that the board speaks. No state of the board lives here.
import type { BedState } from "./beds";
import { t } from "./lang.svelte";
import type { Alert, Clock, Priority, SilentSource, SourceHealth } from "./protocol";

/** Marks as patient monitors print them. */
export const PRIORITY_MARKS: Readonly<Record<Priority, string>> = { high: "***", medium: "**", low: "*", unknown: "" };

/** Stands before a conflict, so that it is known without its colour. */
export const CONFLICT_MARK = "\u2260";

/** What a rule's subject is, so that it can be named. */
export type SubjectKind = "bed" | "device" | "person" | "appointment" | "ward" | "source" | "other";

const KINDS: Readonly<Record<string, SubjectKind>> = {
  appointment_waiting: "appointment",
  bed_conflict: "bed",
  bed_dirty: "bed",
  cleaning_not_started: "bed",
  device_silent: "device",
  devices_silent: "ward",
  equipment_fault: "device",
  request_waiting: "person",
  source_silent: "source",
  ward_full: "ward",
};

/** The text of a name that a newer server may have made up. */
function named(texts: Readonly<Record<string, string>>, name: string): string {
  return texts[name] ?? sentence(name);
}

export function stateText(state: BedState): string {
  return t().states[state].text;
}

export function ruleText(rule: string): string {
  return named(t().rules, rule);
}

export function roleText(role: string): string {
  return named(t().roles, role);
}

export function subjectKind(rule: string): SubjectKind {
  return KINDS[rule] ?? "other";
}

/** The subject of an alert by its name; `bedLabel` is how the ward calls the bed, if it is one we know. */
export function subjectText(alert: Alert, bedLabel: string | undefined, who: (visit: string) => string = shortVisit): string {
  switch (subjectKind(alert.rule)) {
    case "bed":
      return bedLabel ?? label(lastPart(alert.subject));
    case "person":
      return who(alert.subject);
    case "appointment":
      return shortVisit(alert.subject);
    case "ward":
      return "";
    case "source":
      return feedText(lastPart(alert.subject), alert.subject.slice(0, alert.subject.lastIndexOf("/")));
    case "device":
    case "other":
      return label(lastPart(alert.subject));
  }
}

export function clockText(clock: Clock): string {
  return sentence(t().clocks[clock]);
}

/** Who says otherwise than the board: `ADT says occupied`, `Staff and sensor say empty`. */
export function conflictText(occupied: boolean, against: readonly Clock[]): string {
  const words = t();
  const names = sentence(against.map((clock) => words.clocks[clock]).join(` ${words.and} `));
  const says = occupied ? words.saysEmpty : words.saysOccupied;
  return says(names, against.length > 1);
}

/** Who waits: `stage` may carry the prefix of its KPI. */
export function stageText(stage: string): string {
  const name = stage.replace(/^waiting_/, "");
  const texts: Readonly<Record<string, string>> = t().waitsFor;
  return texts[name] ?? sentence(name).toLowerCase();
}

/** Why a bed is closed. */
export function reasonText(reason: string): string {
  const texts: Readonly<Record<string, string>> = t().reasons;
  return (texts[reason] ?? reason.replaceAll("_", " ")).toLowerCase();
}

/** The end of a pseudonym: enough to tell two apart on a ward, too little to look one up. */
export function shortVisit(visit: string): string {
  return visit ? `\u00b7${visit.slice(-4)}` : "";
}

/** Minutes up to two hours, then hours, then days: as exact as a glance needs. */
export function duration(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 5 && hours < 48) return `${hours} h`;
  if (hours < 5) return `${hours} h ${String(minutes % 60).padStart(2, "0")}`;
  return t().days(Math.floor(hours / 24));
}

/** Minutes and seconds until something ends: a countdown. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  return seconds >= 600
    ? duration(seconds * 1_000)
    : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

const CLOCKS = new Map<string, Intl.DateTimeFormat>();

/** Hours and minutes of cell time in a zone, or without one in the browser's. */
export function timeOfDay(ms: number, zone?: string, withSeconds = false): string {
  if (ms <= 0) return "\u2013";
  const key = `${zone ?? ""} ${withSeconds}`;
  let clock = CLOCKS.get(key);
  if (!clock) {
    const second = withSeconds ? ({ second: "2-digit" } as const) : {};
    const options = { hourCycle: "h23", hour: "2-digit", minute: "2-digit", ...second } as const;
    clock = new Intl.DateTimeFormat("en-GB", zone ? { ...options, timeZone: zone } : options);
    CLOCKS.set(key, clock);
  }
  return clock.format(ms);
}

/** Whether this browser knows a zone. */
export function knowsZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: zone });
    return zone !== "";
  } catch {
    return false;
  }
}

/** A moment to come: the time of day when it is within 18 hours, else in how many days. */
export function moment(ms: number, nowMs: number, zone?: string): string {
  const hours = (ms - nowMs) / 3_600_000;
  return hours < 18 ? timeOfDay(ms, zone) : t().inDays(Math.max(1, Math.round(hours / 24)));
}

export function sourceText(source: string): string {
  return named(t().sources, source);
}

/** What it means for the ward that a source is not as it should be. */
export function sourceTrouble(source: string, { state, behind_ms }: SourceHealth): string {
  const words = t();
  const lost: Readonly<Record<string, string>> = words.sourceLost;
  if (state === "lost") return lost[source] ?? words.nothingNew;
  return behind_ms > 0 ? words.behind(duration(behind_ms)) : words.notThereYet;
}

/** What a source tells of, and which source. */
export function feedText(feed: string, source: string): string {
  return t().from(named(t().feeds, feed), label(source));
}

/** What it means that a source is silent. */
export function silenceText(level: SilentSource["level"]): string {
  return t().silence[level];
}

/** The name of a ward, or of the whole site. */
export function placeText(ward: string): string {
  return ward === "-" ? t().wholeSite : label(ward);
}

/** The name behind an id: `_xHH` stands for a byte outside the ids' alphabet. */
export function label(id: string): string {
  const percent = id.replace(/%/g, "%25").replace(/_x([0-9A-F]{2})/g, "%$1");
  try {
    return decodeURIComponent(percent);
  } catch {
    return id;
  }
}

/** A name of the protocol as words: `bed_turn` is `Bed turn`. */
export function sentence(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A part of a whole in percent: no nearer to all or nothing than it is. */
export function percent(part: number, whole: number): number {
  if (whole <= 0) return 0;
  const exact = (100 * part) / whole;
  if (exact > 0 && exact < 1) return 1;
  return exact > 99 && exact < 100 ? 99 : Math.round(exact);
}

function lastPart(subject: string): string {
  return subject.slice(subject.lastIndexOf("/") + 1);
}

// Everything in words that a ward uses. No state of the board lives here.
import type { BedState } from "./beds";
import type { Alert, Clock, Priority, SilentSource, SourceHealth } from "./protocol";

export const BED_STATES: Readonly<Record<BedState, { letter: string; text: string }>> = {
  free: { letter: "F", text: "Free" },
  reserved: { letter: "R", text: "Reserved" },
  occupied: { letter: "O", text: "Occupied" },
  dirty: { letter: "D", text: "Dirty" },
  cleaning: { letter: "C", text: "Cleaning" },
  blocked: { letter: "B", text: "Blocked" },
  unstaffed: { letter: "N", text: "Not staffed" },
  unknown: { letter: "?", text: "Unknown" },
};

/** Marks as patient monitors print them. */
export const PRIORITIES: Readonly<Record<Priority, { mark: string; text: string }>> = {
  high: { mark: "***", text: "High" },
  medium: { mark: "**", text: "Medium" },
  low: { mark: "*", text: "Low" },
  unknown: { mark: "", text: "No priority" },
};

/** What a rule's subject is, so that it can be named. */
export type SubjectKind = "bed" | "device" | "person" | "appointment" | "ward" | "source" | "other";

const RULES: Readonly<Record<string, { text: string; kind: SubjectKind }>> = {
  appointment_waiting: { text: "Waiting for a room", kind: "appointment" },
  bed_conflict: { text: "Sources disagree about a bed", kind: "bed" },
  bed_dirty: { text: "Bed still dirty", kind: "bed" },
  cleaning_not_started: { text: "Cleaning has not started", kind: "bed" },
  device_silent: { text: "Sensor is silent", kind: "device" },
  equipment_fault: { text: "Equipment is faulty", kind: "device" },
  request_waiting: { text: "Patient waits for a bed", kind: "person" },
  source_silent: { text: "Source is silent", kind: "source" },
  ward_full: { text: "Ward nearly full", kind: "ward" },
};

const STAGES: Readonly<Record<string, string>> = {
  bed: "for a bed",
  cleaning: "for cleaning",
  departure: "to leave",
  room: "for a room",
};

export function ruleText(rule: string): string {
  return RULES[rule]?.text ?? sentence(rule);
}

export function subjectKind(rule: string): SubjectKind {
  return RULES[rule]?.kind ?? "other";
}

/** The subject of an alert by its name; `bedLabel` is how the ward calls the bed, if it is one we know. */
export function subjectText(alert: Alert, bedLabel: string | undefined): string {
  switch (subjectKind(alert.rule)) {
    case "bed":
      return bedLabel ?? label(lastPart(alert.subject));
    case "person":
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

/** Stands before a conflict, so that it is known without its colour. */
export const CONFLICT_MARK = "\u2260";

const CLOCK_NAMES: Readonly<Record<Clock, string>> = { adt: "ADT", staff: "staff", sensor: "sensor" };

/** Who says otherwise than the board: `ADT says occupied`, `Staff and sensor say empty`. */
export function conflictText(occupied: boolean, against: readonly Clock[]): string {
  const names = against.map((clock) => CLOCK_NAMES[clock]).join(" and ");
  const says = against.length === 1 ? "says" : "say";
  return `${sentence(names)} ${says} ${occupied ? "empty" : "occupied"}`;
}

/** Who waits: `stage` may carry the prefix of its KPI. */
export function stageText(stage: string): string {
  const name = stage.replace(/^waiting_/, "");
  return STAGES[name] ?? sentence(name).toLowerCase();
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
  return `${Math.floor(hours / 24)} days`;
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
  return hours < 18 ? timeOfDay(ms, zone) : `in ${count(Math.max(1, Math.round(hours / 24)), "day")}`;
}

const SOURCES: Readonly<Record<string, { text: string; lost: string }>> = {
  mqtt: { text: "Sensors (MQTT)", lost: "no pad and no device is heard" },
  kafka: { text: "Live data (Kafka)", lost: "nothing that happens reaches this board" },
  clickhouse: { text: "History (ClickHouse)", lost: "this board goes on, trends are stored later" },
};

export function sourceText(source: string): string {
  return SOURCES[source]?.text ?? sentence(source);
}

/** What it means for the ward that a source is not as it should be. */
export function sourceTrouble(source: string, { state, behind_ms }: SourceHealth): string {
  if (state === "lost") return SOURCES[source]?.lost ?? "nothing new from there";
  return behind_ms > 0 ? `catching up, ${duration(behind_ms)} behind` : "not there yet";
}

const FEEDS: Readonly<Record<string, string>> = {
  appointments: "Appointments",
  beds: "Taps on beds",
  staff: "Shifts",
  visits: "Visits (ADT)",
};

/** What a source tells of, and which source. */
export function feedText(feed: string, source: string): string {
  return `${FEEDS[feed] ?? sentence(feed)} from ${label(source)}`;
}

/** What it means that a source is silent. */
export function silenceText(level: SilentSource["level"]): string {
  if (level === "aging") return "it should have been heard by now";
  return level === "stale" ? "numbers that it feeds are not certain" : "numbers that it feeds can't be trusted";
}

/** The name of a ward, or of the whole site. */
export function placeText(ward: string): string {
  return ward === "-" ? "Whole site" : label(ward);
}

/** `1 bed`, `2 beds`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** A role as it is called when so many of it are there. */
export function plural(n: number, role: string): string {
  return n === 1 || /s$|staff$/i.test(role) ? role : `${role}s`;
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

function lastPart(subject: string): string {
  return subject.slice(subject.lastIndexOf("/") + 1);
}

function sentence(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

// Which rules are silent on which wards, and for how much longer.
import type { Alert, Silence } from "./protocol";

const PREFIX = "silence:";

/** What a silence is of: a command that begins or ends it is about the same. */
export function silenceKey({ ward, rule, subject }: Pick<Silence, "ward" | "rule" | "subject">): string {
  return `${PREFIX}${ward}/${rule}/${subject ?? ""}`;
}

/** Those that hold, of a ward or of all; the one that ends first comes first. */
export function silencesOf(all: readonly Silence[], nowMs: number, ward: string | null): readonly Silence[] {
  return all
    .filter((one) => one.until_ms > nowMs && (!ward || one.ward === ward))
    .toSorted((a, b) => a.until_ms - b.until_ms || (silenceKey(a) < silenceKey(b) ? -1 : 1));
}

/** Whether a silence covers an alert. */
export function isSilenced(alert: Alert): boolean {
  return (alert.suppressed_by ?? "").startsWith(PREFIX);
}

/** The silence that covers an alert, where it is known. */
export function silenceOf(alert: Alert, all: readonly Silence[]): Silence | undefined {
  return isSilenced(alert) ? all.find((one) => PREFIX + one.id === alert.suppressed_by) : undefined;
}

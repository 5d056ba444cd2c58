// What has been done about an alert, and which of them stand in the band.
import type { Alert, Priority } from "./protocol";

/** Somebody owns it, and it has not begun to ring again. */
export function isAcknowledged(alert: Alert, nowMs: number): boolean {
  const until = alert.acknowledged_until_ms ?? 0;
  return ((alert.acknowledged_by ?? "") !== "" || alert.acknowledged === true) && (until === 0 || nowMs < until);
}

export function isShelved(alert: Alert, nowMs: number): boolean {
  return (alert.shelved_until_ms ?? 0) > nowMs;
}

/** Over, and nobody has seen it yet. */
export function isLatched(alert: Alert): boolean {
  return alert.state === "latched";
}

export function isSuppressed(alert: Alert): boolean {
  return (alert.suppressed_by ?? "") !== "";
}

/** Still wants somebody. */
export function isOpen(alert: Alert, nowMs: number): boolean {
  return !isAcknowledged(alert, nowMs) && !isShelved(alert, nowMs) && !isSuppressed(alert);
}

/** May sound: it has earned it where the server says so, else by its priority; nobody has taken it. */
export function sounds(alert: Alert, nowMs: number): boolean {
  return alert.priority === "high" && !isLatched(alert) && (alert.sound ?? true) && isOpen(alert, nowMs);
}

export interface BandCounts {
  readonly by: readonly { readonly priority: Priority; readonly n: number }[];
  /** Since when the oldest has been raised; 0 when there is none. */
  readonly oldestMs: number;
  readonly latched: number;
  readonly shelved: number;
  /** When the first shelved one comes back; 0 when none is. */
  readonly backMs: number;
}

const PRIORITIES: readonly Priority[] = ["high", "medium", "low", "unknown"];

/** Of all active alerts of the site, whatever is chosen elsewhere. */
export function bandCounts(all: readonly Alert[], nowMs: number): BandCounts {
  const alerts = all.filter((alert) => !isLatched(alert));
  const shelved = alerts.filter((alert) => isShelved(alert, nowMs));
  const by = PRIORITIES.map((priority) => ({ priority, n: alerts.filter((one) => one.priority === priority).length }));
  const least = (times: number[]) => (times.length > 0 ? Math.min(...times) : 0);
  return {
    by: by.filter(({ n }) => n > 0),
    oldestMs: least(alerts.map((alert) => alert.since_ms)),
    latched: all.length - alerts.length,
    shelved: shelved.length,
    backMs: least(shelved.map((alert) => alert.shelved_until_ms ?? 0)),
  };
}

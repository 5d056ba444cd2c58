// What a screen reader is told when the alerts change: one sentence, not a list.
import { alertsWorstFirst } from "./order";
import type { Alert } from "./protocol";
import { count, ruleText } from "./words";

/** The sentence between two sets of alerts, or `""` when nothing was added or ended. */
export function news(before: ReadonlyMap<string, Alert>, after: ReadonlyMap<string, Alert>): string {
  const added = alertsWorstFirst([...after.values()].filter((alert) => !before.has(alert.id)));
  const ended = [...before.keys()].filter((id) => !after.has(id)).length;
  const parts = [];
  const [first] = added;
  if (first) {
    const others = added.length > 1 ? " and others" : "";
    parts.push(`${count(added.length, "new alert")}: ${ruleText(first.rule)}${others}.`);
  }
  if (ended > 0) parts.push(`${count(ended, "alert")} ended.`);
  return parts.join(" ");
}

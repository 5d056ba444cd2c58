// What a screen reader is told when something changes: one sentence, not a list.
import { bedState } from "./beds";
import { t } from "./lang.svelte";
import { alertsWorstFirst } from "./order";
import type { Alert, Bed } from "./protocol";
import { ruleText, stateText } from "./words";

/** The sentence between two sets of alerts, or `""` when nothing was added or ended. */
export function news(before: ReadonlyMap<string, Alert>, after: ReadonlyMap<string, Alert>): string {
  const added = alertsWorstFirst([...after.values()].filter((alert) => !before.has(alert.id)));
  const ended = [...before.keys()].filter((id) => !after.has(id)).length;
  const words = t().alerts;
  const parts = [];
  const [first] = added;
  if (first) parts.push(words.newOnes(added.length, ruleText(first.rule), added.length > 1));
  if (ended > 0) parts.push(words.ended(ended));
  return parts.join(" ");
}

/** How many beds of each state there are that were in another before: `3 beds now dirty.` */
export function bedNews(before: ReadonlyMap<string, Bed>, after: ReadonlyMap<string, Bed>): string {
  if (before === after) return "";
  const changed = new Map<string, number>();
  for (const [key, bed] of after) {
    const was = before.get(key);
    const state = bedState(bed);
    if (was && was !== bed && bedState(was) !== state) changed.set(state, (changed.get(state) ?? 0) + 1);
  }
  return [...changed]
    .map(([state, n]) => t().changed(n, stateText(state as ReturnType<typeof bedState>).toLowerCase()))
    .join(" ");
}

// Commands in words.
import type { Act, Command } from "./commands";
import { t } from "./lang.svelte";

export function actText(act: Act): string {
  const words = t().act;
  if ("acknowledge" in act) return words.acknowledge;
  if ("assign" in act) return words.take;
  if ("shelve" in act) return words.shelve;
  if ("unshelve" in act) return words.unshelve;
  if ("silence" in act) return words.silence;
  if ("unsilence" in act) return words.unsilence;
  if ("escalate" in act) return words.escalate;
  if ("comment" in act || "annotate" in act) return words.comment;
  if ("tap" in act) return act.tap.is === "clean" ? words.clean : words.dirty;
  if ("block" in act) return words.block;
  return "open" in act ? words.open : words.undo;
}

/** Why something was refused: the server's code in words, or its own words. */
function refusalText(reason: string): string {
  const texts: Readonly<Record<string, string>> = t().refusals;
  return texts[reason] ?? reason;
}

export function stageText({ stage, reason }: Command): string {
  const words = t().act;
  switch (stage) {
    case "waiting":
      return words.waiting;
    case "sending":
      return words.pending;
    case "taken":
      return words.durable;
    case "done":
      return words.done;
    case "ask":
      return words.ask;
    case "refused":
      return words.refused(refusalText(reason));
  }
}

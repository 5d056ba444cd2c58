// What can be done about an alert or a bed, and what has to be asked first.
import { asking, type Field } from "./ask.svelte";
import type { Board } from "./board.svelte";
import { t } from "./lang.svelte";
import type { Alert, Bed } from "./protocol";
import { remember, remembered } from "./settings";
import { ruleText } from "./words";

const HOUR_MS = 3_600_000;
const REASONS = ["infection", "isolation", "maintenance", "other"] as const;

export function acknowledge(board: Board, alert: Alert): void {
  board.outbox.give({ acknowledge: { alert: alert.id } }, alert.ward, alert.revision ?? null);
}

export function escalate(board: Board, alert: Alert): void {
  board.outbox.give({ escalate: { alert: alert.id } }, alert.ward, alert.revision ?? null);
}

/** Takes an alert for whoever stands here; their name is remembered on the device. */
export function take(board: Board, alert: Alert): void {
  asking.ask({
    title: t().act.take,
    fields: [text("to", t().act.me, remembered("me") ?? board.session?.label ?? "")],
    done: ({ to = "" }) => {
      remember("me", to);
      board.outbox.give({ assign: { alert: alert.id, to } }, alert.ward, alert.revision ?? null);
    },
  });
}

export function shelve(board: Board, alert: Alert): void {
  const minutes: Field = { key: "minutes", label: t().act.minutes, value: "30", kind: "number", required: true };
  asking.ask({
    title: t().act.shelve,
    fields: [minutes, text("reason", t().act.reason, "")],
    done: ({ minutes: n, reason = "" }) =>
      board.outbox.give({ shelve: { alert: alert.id, minutes: Math.round(Number(n)), reason } }, alert.ward, alert.revision ?? null),
  });
}

export function unshelve(board: Board, alert: Alert): void {
  board.outbox.give({ unshelve: { alert: alert.id } }, alert.ward, alert.revision ?? null);
}

/** All alerts of its rule on its ward, or only those of its subject, are to call nobody for a while. */
export function silence(board: Board, alert: Alert): void {
  const { ward, rule, subject } = alert;
  const all: readonly [string, string] = ["all", t().act.silenceAll(board.wardLabel(ward))];
  const options = subject ? [["one", t().act.silenceOne(board.alertSubject(alert))] as const, all] : [all];
  const which: Field = { key: "which", label: ruleText(rule), value: options[0]![0], kind: "choice", options, required: true };
  const minutes: Field = { key: "minutes", label: t().act.minutes, value: "60", kind: "number", required: true };
  asking.ask({
    title: t().act.silence,
    fields: [which, minutes, text("reason", t().act.reason, "")],
    done: ({ which: of, minutes: n, reason = "" }) => {
      const named = of === "one" ? { subject } : {};
      board.outbox.give({ silence: { ward, rule, ...named, minutes: Math.round(Number(n)), reason } }, ward, null);
    },
  });
}

export function comment(board: Board, alert: Alert): void {
  asking.ask({
    title: t().act.comment,
    fields: [text("text", t().act.text, "")],
    done: ({ text: said = "" }) => board.outbox.give({ comment: { alert: alert.id, text: said } }, alert.ward, alert.revision ?? null),
  });
}

export function block(board: Board, bed: Bed): void {
  const reason: Field = {
    key: "reason",
    label: t().act.reason,
    value: "maintenance",
    kind: "choice",
    options: REASONS.map((one) => [one, t().reasons[one]]),
    required: true,
  };
  const hours: Field = { key: "hours", label: t().act.backIn, value: "", kind: "number", required: false };
  asking.ask({
    title: `${bed.label}: ${t().act.block}`,
    fields: [reason, hours],
    done: (answers) => {
      const back = Number(answers["hours"]);
      const expected_back_ms = back > 0 ? board.nowMs + Math.round(back * HOUR_MS) : null;
      board.outbox.give({
        block: { ward: bed.place.ward, bed: bed.place.bed, reason: answers["reason"] ?? "other", expected_back_ms },
      }, bed.place.ward);
    },
  });
}

function text(key: string, label: string, value: string): Field {
  return { key, label, value, kind: "text", required: true };
}

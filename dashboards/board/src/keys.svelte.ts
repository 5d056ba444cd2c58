// Single keys that do something anywhere on the board. They can be turned off, since who
// speaks to a computer types without wanting to.
import { isOpen } from "./alerts";
import type { Board } from "./board.svelte";
import { acknowledge, take } from "./do";
import { handle } from "./handle";
import { alertsWorstFirst } from "./order";
import { VIEWS } from "./route";
import { router } from "./router.svelte";
import { remember, remembered } from "./settings";

class Keys {
  on = $state(remembered("keys") !== "off");

  set(on: boolean): void {
    this.on = on;
    remember("keys", on ? "on" : "off");
  }
}

export const keys = new Keys();

/** What a key does; false when it does nothing here. */
export function press(event: KeyboardEvent, board: Board, help: () => void): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return false;
  if (document.querySelector("dialog[open]")) return false;
  if (event.key === "Escape") return leave();
  if (!keys.on) return false;
  const view = VIEWS[Number(event.key) - 1];
  if (view) {
    router.go(view === "ward" ? { view, ward: router.lastWard || firstWard(board) } : { view });
    return true;
  }
  switch (event.key) {
    case "?":
      help();
      return true;
    case "/":
      document.getElementById("find")?.focus();
      return true;
    case "t":
      router.adjust({ as: router.route.as === "plan" ? "table" : "plan" });
      return true;
    case "n":
      nextOpen(board);
      return true;
    case "a":
      return onChosen(board, acknowledge);
    case "o":
      return onChosen(board, take);
    default:
      return false;
  }
}

/** From one bed back to its ward, from anywhere else to the site. */
function leave(): boolean {
  const { view, ward } = router.route;
  if (view === "site") return false;
  router.go(view === "bed" ? { view: "ward", ward } : { view: "site" });
  return true;
}

function firstWard(board: Board): string {
  return [...board.state.wards.values()].find((ward) => ward.physical > 0)?.ward ?? "";
}

/** Goes to the next alert that wants somebody, after the chosen one. */
function nextOpen(board: Board): void {
  const open = alertsWorstFirst(board.state.alerts.values()).filter((one) => isOpen(one, board.nowMs));
  const at = open.findIndex((one) => handle(one.id) === chosen());
  const next = open[(at + 1) % Math.max(1, open.length)];
  if (!next) return;
  const focus = () => document.getElementById(handle(next.id))?.focus();
  if (router.route.view === "alerts") return focus();
  router.go({ view: "alerts" });
  addEventListener("hashchange", () => requestAnimationFrame(focus), { once: true });
}

function onChosen(board: Board, act: typeof acknowledge): boolean {
  const alert = [...board.state.alerts.values()].find((one) => handle(one.id) === chosen());
  if (alert && board.may("answer")) act(board, alert);
  return alert !== undefined;
}

function chosen(): string | undefined {
  return document.activeElement?.closest("main [data-alert]")?.id;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, select, textarea") !== null;
}

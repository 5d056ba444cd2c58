// What people do at the board, on its way to the server: shown as pending at once, sent in
// order, sent again under the same id until the server has it, and kept over a reload while
// it has not. Ages are told, not times: a device's clock may be wrong. Real milliseconds.
import type { CommandOutcome } from "./protocol";
import { silenceKey } from "./silences";

export type Act =
  | { readonly acknowledge: { readonly alert: string } }
  | { readonly assign: { readonly alert: string; readonly to: string } }
  | { readonly shelve: { readonly alert: string; readonly minutes: number; readonly reason: string } }
  | { readonly unshelve: { readonly alert: string } }
  | {
      readonly silence: {
        readonly ward: string;
        readonly rule: string;
        readonly subject?: string;
        readonly minutes: number;
        readonly reason: string;
      };
    }
  | { readonly unsilence: { readonly ward: string; readonly rule: string; readonly subject?: string } }
  | { readonly escalate: { readonly alert: string } }
  | { readonly comment: { readonly alert: string; readonly text: string } }
  | { readonly tap: { readonly ward: string; readonly bed: string; readonly is: "clean" | "dirty" } }
  | {
      readonly block: {
        readonly ward: string;
        readonly bed: string;
        readonly reason: string;
        readonly expected_back_ms: number | null;
      };
    }
  | { readonly open: { readonly ward: string; readonly bed: string } }
  | { readonly annotate: { readonly ward: string; readonly text: string } }
  | { readonly undo: { readonly command: string; readonly ward: string } };

/** The body of `POST .../commands`. */
export type Wire = Act & {
  readonly id: string;
  /** In milliseconds of cell time. */
  readonly age_ms: number;
  readonly expects: number | null;
  /** Somebody has said that it still holds, old as it is. */
  readonly confirmed: boolean;
};

/** What the server made of a post: has it for good, will never take it, or could not be asked. */
export type Answer = { readonly kind: "taken" | "away" } | { readonly kind: "refused"; readonly reason: string };

/** `ask`: so old that somebody should say whether it still holds. `taken`: the server has it, and has not said how it ended. */
export type Stage = "waiting" | "ask" | "sending" | "taken" | "done" | "refused";

export interface Command {
  readonly id: string;
  readonly act: Act;
  /** The ward that it is about; `-` the whole site. */
  readonly ward: string;
  readonly expects: number | null;
  readonly stage: Stage;
  /** When it was given, by the monotonic clock of this page; before 0 when by one that is gone. */
  readonly givenMs: number;
  /** Why it was refused; else "". */
  readonly reason: string;
  /** Where it was given, and by whom: it is sent there only, and for nobody else without a question. */
  readonly site: string;
  readonly by: string;
  /** Whether it was ever posted: then the server may have it. */
  readonly tried: boolean;
}

export const WAITING_MAX = 200;
/** Older than this it is not sent before somebody has said that it still holds. */
export const ASK_AFTER_MS = 12 * 3_600_000;
/** For so long it can be undone. */
export const UNDO_MS = 5 * 60_000;
/** What is over is shown for this long, and a taken one waited for. */
const SHOWN_MS = UNDO_MS;

export interface Surroundings {
  post(command: Wire): Promise<Answer>;
  /** The browser's monotonic clock. */
  monotonicMs(): number;
  /** How fast the cell's clock goes; 1 but in a demo. */
  speed(): number;
  /** Which site this is, and who is signed in; null while that is not known. */
  here(): Here | null;
  /** The device's own clock: only tells how long the page was away. */
  wallMs(): number;
  newId(): string;
  load(): string | null;
  save(text: string): void;
  /** Called after each change. */
  changed(commands: readonly Command[]): void;
}

export interface Here {
  readonly site: string;
  readonly by: string;
}

/** As kept over a reload: how old it was when the device's clock showed `at`. */
interface Kept {
  readonly id: string;
  readonly act: Act;
  readonly ward: string;
  readonly expects: number | null;
  readonly age: number;
  readonly at: number;
  readonly confirmed: boolean;
  readonly site: string;
  readonly by: string;
  readonly tried: boolean;
}

export class Commands {
  #all: Command[] = [];
  /** Those older than `ASK_AFTER_MS` of which somebody has said that they still hold. */
  #confirmed = new Set<string>();
  #sending = false;
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#all = this.#restored();
  }

  get list(): readonly Command[] {
    return this.#all;
  }

  /** Takes a command and sends it when it can; null when too many wait already. */
  give(act: Act, ward: string, expects: number | null): string | null {
    if (this.#all.filter(isUnsent).length >= WAITING_MAX) return null;
    const id = this.#around.newId();
    const givenMs = this.#around.monotonicMs();
    const { site, by } = this.#around.here() ?? { site: "", by: "" };
    this.#set([...this.#all, { id, act, ward, expects, stage: "waiting", givenMs, reason: "", site, by, tried: false }]);
    void this.send();
    return id;
  }

  /** Takes back: what was never sent is let go of, else a command that cancels it is sent. */
  undo(id: string): void {
    const command = this.#all.find((one) => one.id === id);
    if (!command) return;
    if ((command.stage === "waiting" || command.stage === "ask") && !command.tried) return this.drop(id);
    this.give({ undo: { command: id, ward: command.ward } }, command.ward, null);
  }

  /** Somebody says that an old one still holds. */
  confirm(id: string): void {
    this.#confirmed.add(id);
    this.#update(id, { stage: "waiting" });
    void this.send();
  }

  drop(id: string): void {
    this.#set(this.#all.filter((one) => one.id !== id));
  }

  /** Sends what waits, in order, until the server can't be reached. */
  async send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (let next = this.#next(); next; next = this.#next()) {
        if (!(await this.#sendOne(next))) break;
      }
    } finally {
      this.#sending = false;
    }
  }

  /** Takes in how commands of anybody ended. */
  outcomes(list: readonly CommandOutcome[]): void {
    for (const { id, outcome, reason } of list) this.#update(id, { stage: outcome, reason });
  }

  /** Lets go of what has been shown for long enough. */
  tidy(): void {
    const now = this.#around.monotonicMs();
    const left = this.#all.filter((one) => isUnsent(one) || now - one.givenMs < SHOWN_MS);
    if (left.length < this.#all.length) this.#set(left);
  }

  async #sendOne(command: Command): Promise<boolean> {
    const { id, act, expects, givenMs } = command;
    this.#update(id, { stage: "sending", tried: true });
    const age = (this.#around.monotonicMs() - givenMs) * this.#around.speed();
    const age_ms = Math.max(0, Math.round(age));
    const confirmed = this.#confirmed.has(id);
    const answer = await this.#around.post({ id, age_ms, expects, confirmed, ...act });
    if (answer.kind === "away") {
      this.#update(id, { stage: "waiting" }, "sending");
      return false;
    }
    if (answer.kind === "refused") this.#update(id, { stage: "refused", reason: answer.reason });
    // Its outcome may have come before the answer to the post.
    else this.#update(id, { stage: "taken" }, "sending");
    return true;
  }

  /** The first that waits. One that somebody must be asked about holds up no other. */
  #next(): Command | undefined {
    const here = this.#around.here();
    if (!here) return undefined;
    for (const one of this.#all.filter((command) => command.stage === "waiting" && command.site === here.site)) {
      const old = this.#around.monotonicMs() - one.givenMs > ASK_AFTER_MS;
      if ((!old && one.by === here.by) || this.#confirmed.has(one.id)) return one;
      this.#update(one.id, { stage: "ask" });
    }
    return undefined;
  }

  #update(id: string, change: Partial<Command>, from?: Stage): void {
    const at = this.#all.findIndex((one) => one.id === id);
    const old = this.#all[at];
    if (!old || (from && old.stage !== from)) return;
    this.#set(this.#all.with(at, { ...old, ...change }));
  }

  #set(all: Command[]): void {
    this.#all = all;
    const [now, at] = [this.#around.monotonicMs(), this.#around.wallMs()];
    const kept: Kept[] = all
      .filter(isUnsent)
      .map(({ id, act, ward, expects, givenMs, site, by, tried }) => ({
        id,
        act,
        ward,
        expects,
        age: now - givenMs,
        at,
        confirmed: this.#confirmed.has(id),
        site,
        by,
        tried,
      }));
    this.#around.save(JSON.stringify(kept));
    this.#around.changed(all);
  }

  #restored(): Command[] {
    const [now, wall] = [this.#around.monotonicMs(), this.#around.wallMs()];
    return keptIn(this.#around.load()).map(({ age, at, confirmed, ...one }) => {
      if (confirmed) this.#confirmed.add(one.id);
      return { ...one, stage: "waiting", givenMs: now - age - Math.max(0, wall - at), reason: "" };
    });
  }
}

/** Whether the server may not have it yet. */
export function isUnsent({ stage }: Command): boolean {
  return stage === "waiting" || stage === "ask" || stage === "sending";
}

/** Whether it can be undone now: it is no undoing, was not refused, and is not too long ago. */
export function canUndo(command: Command, nowMs: number): boolean {
  return !("undo" in command.act) && command.stage !== "refused" && nowMs - command.givenMs < UNDO_MS;
}

/** Whose command it is: an alert's id, `WARD/BED`, or a silence. */
export function subjectOf(act: Act): string {
  if ("undo" in act) return act.undo.command;
  if ("annotate" in act) return act.annotate.ward;
  if ("tap" in act) return `${act.tap.ward}/${act.tap.bed}`;
  if ("block" in act) return `${act.block.ward}/${act.block.bed}`;
  if ("open" in act) return `${act.open.ward}/${act.open.bed}`;
  if ("silence" in act) return silenceKey(act.silence);
  if ("unsilence" in act) return silenceKey(act.unsilence);
  if ("acknowledge" in act) return act.acknowledge.alert;
  if ("assign" in act) return act.assign.alert;
  if ("shelve" in act) return act.shelve.alert;
  if ("unshelve" in act) return act.unshelve.alert;
  return "escalate" in act ? act.escalate.alert : act.comment.alert;
}

/** What is kept on a device may be older than this page, or nobody's. */
function keptIn(text: string | null): Kept[] {
  try {
    const list: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(list) ? list.filter(isKept).slice(0, WAITING_MAX) : [];
  } catch {
    return [];
  }
}

function isKept(one: unknown): one is Kept {
  if (typeof one !== "object" || one === null) return false;
  const { act, age, at, ...texts } = one as Partial<Kept>;
  const named = [texts.id, texts.ward, texts.site, texts.by].every((text) => typeof text === "string");
  return named && typeof act === "object" && typeof age === "number" && typeof at === "number";
}

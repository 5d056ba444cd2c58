// The commands of this board, in a browser: posted over HTTP, kept on the device, seen by components.
import { detailOf } from "./answers";
import { Commands, isUnsent, subjectOf, type Act, type Answer, type Command, type Wire } from "./commands";
import { remember, remembered } from "./settings";

const POST_MS = 10_000;
const AGAIN_MS = 3_000;
/** Answers that mean: not now. */
const LATER: ReadonlySet<number> = new Set([401, 408, 409, 425, 429]);

export class Outbox {
  list = $state.raw<readonly Command[]>([]);
  /** Somebody wanted to do more than can wait. */
  full = $state(false);
  readonly unsent = $derived(this.list.filter(isUnsent).length);

  #site: () => string | null;
  readonly #commands: Commands;

  constructor(site: () => string | null, by: () => string | null, speed: () => number) {
    this.#site = site;
    this.#commands = new Commands({
      post: (command) => this.#post(command),
      monotonicMs: () => performance.now(),
      speed,
      here: () => {
        const [at, who] = [site(), by()];
        return at !== null && who !== null ? { site: at, by: who } : null;
      },
      wallMs: () => Date.now(),
      newId: () => newId(),
      load: () => remembered("commands"),
      save: (text) => void remember("commands", text),
      changed: (list) => (this.list = list),
    });
    this.list = this.#commands.list;
  }

  start(): void {
    setInterval(() => {
      this.#commands.tidy();
      if (this.unsent > 0) void this.#commands.send();
      else this.full = false;
    }, AGAIN_MS);
  }

  give(act: Act, ward: string, expects: number | null = null): void {
    this.full = this.#commands.give(act, ward, expects) === null;
  }

  readonly undo = (id: string): void => this.#commands.undo(id);
  readonly confirm = (id: string): void => this.#commands.confirm(id);
  readonly drop = (id: string): void => this.#commands.drop(id);

  outcomes(list: Parameters<Commands["outcomes"]>[0]): void {
    if (list.length > 0 && this.list.length > 0) this.#commands.outcomes(list);
  }

  /** The newest command about an alert or a bed that has not ended, or undefined. */
  pending(subject: string): Command | undefined {
    return this.list.findLast(
      (one) => subjectOf(one.act) === subject && (isUnsent(one) || one.stage === "taken"),
    );
  }

  async #post(command: Wire): Promise<Answer> {
    const site = this.#site();
    if (!site) return { kind: "away" };
    try {
      const answer = await fetch(`/v1/${site}/commands`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(command),
        signal: AbortSignal.timeout(POST_MS),
      });
      if (answer.ok) return { kind: "taken" };
      if (answer.status >= 500 || LATER.has(answer.status)) return { kind: "away" };
      const body: unknown = await answer.json().catch(() => null);
      return { kind: "refused", reason: detailOf(body) || String(answer.status) };
    } catch {
      return { kind: "away" };
    }
  }
}

/** `randomUUID` is there on secure pages only; a ward's server may have no certificate yet. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

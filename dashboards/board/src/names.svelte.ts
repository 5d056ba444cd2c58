// What staff call those who lie in beds. The live protocol never carries it: it is asked for over
// HTTP, kept in memory only, and gone with the page.
import { shortVisit } from "./words";

const SETTLE_MS = 300;
/** How often a label may change unseen: a wish not to be named shows after this. */
const EVERY_MS = 30_000;
const PATIENCE_MS = 10_000;

interface Named {
  readonly visit: string;
  readonly label: string | null;
  readonly same_name: boolean;
}

export class Names {
  #known = $state.raw<ReadonlyMap<string, Named>>(new Map());
  #asked: ReturnType<typeof setTimeout> | null = null;
  #askedMs = -EVERY_MS;

  /** A visit's label, or the end of its number; `hidden` is said of who wishes not to be named. */
  of(visit: string, hidden: string): string {
    const named = this.#known.get(visit);
    return named ? (named.label ?? hidden) : shortVisit(visit);
  }

  /** Whether somebody else of the ward has the same family name. */
  isSame(visit: string): boolean {
    return this.#known.get(visit)?.same_name ?? false;
  }

  /** Asks soon, where one of these visits is not known or it is long ago that we asked. */
  want(site: string | null, visits: Iterable<string>): void {
    if (this.#asked !== null || site === null) return;
    const long = performance.now() - this.#askedMs > EVERY_MS;
    const unknown = () => [...visits].some((visit) => visit !== "" && !this.#known.has(visit));
    // A visit without a name stays unknown: it is asked for no more often than this.
    const wait = long ? SETTLE_MS : unknown() ? Math.max(SETTLE_MS, this.#askedMs + 2_000 - performance.now()) : null;
    if (wait !== null) this.#asked = setTimeout(() => void this.#ask(site), wait);
  }

  /** Whoever may not look any more has no names left. */
  forget(): void {
    this.#known = new Map();
  }

  async #ask(site: string): Promise<void> {
    try {
      const answer = await fetch(`/v1/${site}/labels`, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
      if (answer.ok) {
        const { labels } = (await answer.json()) as { labels: readonly Named[] };
        this.#known = new Map(labels.map((one) => [one.visit, one]));
      } else if (answer.status === 401 || answer.status === 403) this.forget();
    } catch {
      // Numbers stand for names until the server answers again.
    }
    this.#askedMs = performance.now();
    this.#asked = null;
  }
}

// The board's one reactive object: frames and ticks go in, components read.
import { asked } from "./address";
import { bedAge, levelAt, reliable, wardAge, type Age } from "./age";
import { stoodStill, type Tick } from "./awake";
import { BedOrder } from "./bedorder";
import { cellNow, type Anchor } from "./clock";
import { Live, type Link } from "./live";
import { may, type Deed } from "./may";
import { Names } from "./names.svelte";
import { t } from "./lang.svelte";
import { Outbox } from "./outbox.svelte";
import type { Alert, Bed, Frame, Source, Ward } from "./protocol";
import { known, mustSignIn, type Session } from "./session";
import { siteClock } from "./siteclock.svelte";
import { apply, bedKey, last, LOST, NOTHING, type State } from "./state";
import type { Tier } from "./tiers";
import { totals, type Totals } from "./totals";
import { label, placeText, subjectText } from "./words";

const NO_BEDS: readonly Bed[] = [];
const TICK_MS = 250;
/** For so long a page that stood still says so, real milliseconds. */
const FROZE_SHOWN_MS = 60_000;

/** The clock of what there is a thousand of, in milliseconds: nothing on it is more exact than a minute. */
const SLOW_MS = 5_000;

/** What the board knows, each part for itself: whoever reads beds is not told of an alert. */
class Shown implements State {
  hello = $state.raw(NOTHING.hello);
  series = $state.raw(NOTHING.series);
  seq = $state.raw(NOTHING.seq);
  asOfMs = $state.raw(NOTHING.asOfMs);
  sources = $state.raw(NOTHING.sources);
  full = $state.raw(NOTHING.full);
  determinismViolation = $state.raw(NOTHING.determinismViolation);
  site = $state.raw(NOTHING.site);
  wards = $state.raw(NOTHING.wards);
  beds = $state.raw(NOTHING.beds);
  alerts = $state.raw(NOTHING.alerts);
  kpis = $state.raw(NOTHING.kpis);
  silences = $state.raw(NOTHING.silences);
}

export class Board {
  readonly state = new Shown();
  link = $state.raw<Link>({ kind: "connecting" });
  site = $state.raw<string | null>(null);
  /** How long the page stood still, and when it went on; null when it did not lately. */
  froze = $state.raw<{ forMs: number; untilMs: number } | null>(null);
  readonly outbox: Outbox;
  readonly names = new Names();
  /** Who looks at the board; null until the server has said. */
  session = $state.raw<Session | null>(null);
  /** Whether the server does not know us, and a person should sign in. */
  signedOut = $state(false);

  #anchor: Anchor | null = null;
  #localMs = $state(performance.now());
  #heartbeatMs = $state(performance.now());
  // Signals of their own, and not derived: what hangs on a clock is looked at when it moves only.
  #nowMs = $state(0);
  #slowMs = $state(0);
  #slowAsOfMs = $state(0);
  #build: string | null = null;
  #last: Tick = { monotonicMs: performance.now(), wallMs: Date.now(), hidden: document.hidden };

  /** Cell time in whole seconds, as milliseconds; 0 before the first frame. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Cell time in steps of some seconds, for what is drawn a thousand times. */
  get slowMs(): number {
    return this.#slowMs;
  }

  /** The browser's monotonic clock in whole seconds, for what runs in real time. */
  readonly realMs = $derived(Math.floor(this.#localMs / 1_000) * 1_000);
  /** Whether the processor is near enough to now for what it says as a whole. */
  readonly current = $derived(reliable({ level: levelAt(this.state.asOfMs, this.nowMs) }));
  /** Real seconds since the server was heard last. */
  readonly silentS = $derived(Math.max(0, Math.floor((this.#localMs - this.#heartbeatMs) / 1_000)));
  /** Real seconds until the next attempt to connect. */
  readonly retryS = $derived(
    this.link.kind === "waiting"
      ? Math.max(0, Math.ceil((this.link.retryAtMs - this.#localMs) / 1_000))
      : 0,
  );

  /** As much as this board may see. */
  readonly tier = $derived<Tier>(this.state.hello?.tier ?? "staff");

  readonly #order = new BedOrder();
  #folded: State = NOTHING;
  readonly #byWard = $derived(this.#order.of(this.state.beds.values()));

  constructor(search: string) {
    this.site = asked(search).site;
    this.outbox = new Outbox(() => this.site, () => this.session?.label ?? null, () => this.state.hello?.speed ?? 1);
  }

  /** A ward's beds in the order of their names. */
  bedsOf(ward: string): readonly Bed[] {
    return this.#byWard.get(ward) ?? NO_BEDS;
  }

  /** How old what we know of a bed is; a ward that nobody has described has no pads. */
  readonly bedAge = (bed: Bed): Age => bedAge(bed, this.#source(bed), this.state.asOfMs, this.nowMs);

  /** The same by the slow clock. */
  readonly slowBedAge = (bed: Bed): Age => bedAge(bed, this.#source(bed), this.#slowAsOfMs, this.slowMs);

  #source(bed: Bed): Source {
    return this.state.wards.get(bed.place.ward)?.source ?? "visits";
  }

  /** How old what we know of a ward is. */
  readonly wardAge = (ward: Ward): Age => wardAge(ward, this.state.asOfMs, this.nowMs);

  /** How old what an alert rests on is: its bed, else its ward, else everything. */
  alertAge(alert: Alert): Age {
    const bed = this.state.beds.get(bedKey(alert.ward, alert.subject.slice(alert.subject.lastIndexOf("/") + 1)));
    if (bed) return this.bedAge(bed);
    const ward = this.state.wards.get(alert.ward);
    if (ward) return this.wardAge(ward);
    return { level: levelAt(this.state.asOfMs, this.nowMs), heardMs: this.state.asOfMs, quiet: false };
  }

  wardLabel(ward: string): string {
    return this.state.wards.get(ward)?.label ?? placeText(ward);
  }

  bedLabel(ward: string, bed: string): string {
    return this.state.beds.get(bedKey(ward, bed))?.label ?? label(bed);
  }

  /** What an alert is about, as the ward calls it. */
  alertSubject(alert: Alert): string {
    const bed = alert.subject.slice(alert.subject.lastIndexOf("/") + 1);
    return subjectText(alert, this.state.beds.get(bedKey(alert.ward, bed))?.label, (visit) => this.who(visit));
  }

  /** Who somebody is, as staff call them. */
  readonly who = (visit: string): string => this.names.of(visit, t().bed.notNamed);

  /** Whether what we know of a bed is fresh enough to send a patient there. */
  readonly trusts = (bed: Bed): boolean => reliable(this.bedAge(bed));

  /** Whether a button is worth showing. What a corridor is told of an alert does not name it to the server. */
  may(deed: Deed): boolean {
    const seen = deed === "tap" || deed === "block" ? this.tier !== "public" : this.tier === "staff";
    return seen && may(this.session?.role, deed);
  }

  /** What is known of these beds together. */
  totals(beds: readonly Bed[]): Totals {
    return totals(beds.map((bed) => ({ bed, level: this.slowBedAge(bed).level })));
  }

  start(): void {
    const live = new Live(this.site, {
      frame: (frame) => this.#take(frame),
      last: () => last(this.#folded),
      link: (link) => {
        this.link = link;
        if (link.kind !== "connecting") void this.#look();
      },
      site: (site) => (this.site = site),
    });
    setInterval(() => this.#tick(live), TICK_MS);
    live.start();
    this.outbox.start();
  }

  #tick(live: Live): void {
    const now: Tick = { monotonicMs: performance.now(), wallMs: Date.now(), hidden: document.hidden };
    const still = stoodStill(this.#last, now);
    const unseenMs = still - (now.monotonicMs - this.#last.monotonicMs);
    this.#last = now;
    this.#localMs = now.monotonicMs;
    this.#show();
    if (still > 0) this.#wake(live, still, unseenMs);
    else if (this.froze && now.monotonicMs - this.froze.untilMs > FROZE_SHOWN_MS) this.froze = null;
  }

  /** What a monotonic clock has not seen is added to cell time, so that nothing old looks fresh until the server speaks. */
  #wake(live: Live, still: number, unseenMs: number): void {
    this.froze = { forMs: still, untilMs: this.#localMs };
    const anchor = this.#anchor;
    if (anchor) this.#anchor = { ...anchor, cellMs: anchor.cellMs + Math.max(0, unseenMs) * anchor.speed };
    this.#show();
    live.again();
  }

  /** A socket does not say why it is refused; the session does. */
  async #look(): Promise<void> {
    const now = await known();
    this.signedOut = mustSignIn(now, this.session, this.state.seq !== null);
    if (now.kind === "unknown") this.names.forget();
    if (now.kind === "known") this.session = now.session;
  }

  #take(frame: Frame): "go on" | "lost" {
    const next = apply(this.#folded, frame);
    if (next === LOST) return "lost";
    this.#folded = next;
    Object.assign(this.state, next);
    this.#slowAsOfMs = slowly(next.asOfMs);
    siteClock.set(next.site?.time_zone);
    if (this.tier === "staff" && frame.type !== "hello") this.names.want(this.site, visits(next));
    this.#heartbeatMs = performance.now();
    if (frame.type === "hello") this.#reloadOnNewBuild(frame.build);
    if (frame.type === "hello" || frame.type === "heartbeat") this.#setClock(frame.cell_ms);
    if (frame.type === "snapshot" || frame.type === "delta") this.outbox.outcomes(frame.commands ?? []);
    return "go on";
  }

  #setClock(cellMs: number): void {
    this.#localMs = performance.now();
    this.#anchor = { cellMs, localMs: this.#localMs, speed: this.state.hello?.speed ?? 1 };
    this.#show();
  }

  /** Cell time, as the clocks of the board show it. */
  #show(): void {
    this.#nowMs = this.#anchor ? Math.floor(cellNow(this.#anchor, this.#localMs) / 1_000) * 1_000 : 0;
    this.#slowMs = slowly(this.#nowMs);
  }

  /** A board on a wall has nobody to press reload. */
  #reloadOnNewBuild(build: string): void {
    this.#build ??= build;
    if (this.#build !== build) location.reload();
  }
}

function slowly(ms: number): number {
  return Math.floor(ms / SLOW_MS) * SLOW_MS;
}

/** Everybody who is shown: in a bed, on the way to one, or leaving. */
function* visits(state: State): Iterable<string> {
  for (const bed of state.beds.values()) yield bed.visit;
  for (const ward of state.wards.values()) {
    for (const one of ward.coming ?? []) yield one.visit;
    for (const one of ward.leaving ?? []) yield one.visit;
  }
}

// The board's one reactive object: frames and ticks go in, components read.
import { asked } from "./address";
import { bedAge, levelAt, reliable, wardAge, type Age } from "./age";
import { cellNow, type Anchor } from "./clock";
import { Live, type Link } from "./live";
import type { Alert, Bed, Frame, Ward } from "./protocol";
import { known, mustSignIn, type Session } from "./session";
import { siteClock } from "./siteclock.svelte";
import { apply, bedKey, LOST, NOTHING, type State } from "./state";

const TICK_MS = 250;

export class Board {
  state = $state.raw<State>(NOTHING);
  link = $state.raw<Link>({ kind: "connecting" });
  site = $state.raw<string | null>(null);
  /** Whether the server does not know us, and a person should sign in. */
  signedOut = $state(false);
  /** The ward that the address asks for, or null for all. */
  readonly ward: string | null;

  #anchor = $state.raw<Anchor | null>(null);
  #localMs = $state(performance.now());
  #heartbeatMs = $state(performance.now());
  #build: string | null = null;
  #session: Session | null = null;

  /** Cell time in whole seconds, as milliseconds; 0 before the first frame. */
  readonly nowMs = $derived(
    this.#anchor ? Math.floor(cellNow(this.#anchor, this.#localMs) / 1_000) * 1_000 : 0,
  );
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

  constructor(search: string) {
    const { site, ward } = asked(search);
    this.site = site;
    this.ward = ward;
  }

  /** How old what we know of a bed is; a ward that nobody has described has no pads. */
  bedAge(bed: Bed): Age {
    const source = this.state.wards.get(bed.place.ward)?.source ?? "visits";
    return bedAge(bed, source, this.state.asOfMs, this.nowMs);
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

  /** Whether what we know of a bed is fresh enough to send a patient there. */
  readonly trusts = (bed: Bed): boolean => reliable(this.bedAge(bed));

  start(): void {
    setInterval(() => (this.#localMs = performance.now()), TICK_MS);
    new Live(this.site, {
      frame: (frame) => this.#take(frame),
      link: (link) => {
        this.link = link;
        if (link.kind !== "connecting") void this.#look();
      },
      site: (site) => (this.site = site),
    }).start();
  }

  /** A socket does not say why it is refused; the session does. */
  async #look(): Promise<void> {
    const now = await known();
    this.signedOut = mustSignIn(now, this.#session, this.state.seq !== null);
    if (now.kind === "known") this.#session = now.session;
  }

  #take(frame: Frame): "go on" | "reconnect" {
    const next = apply(this.state, frame);
    if (next === LOST) return "reconnect";
    this.state = next;
    siteClock.set(next.site?.time_zone);
    this.#heartbeatMs = performance.now();
    if (frame.type === "hello") this.#reloadOnNewBuild(frame.build);
    if (frame.type === "hello" || frame.type === "heartbeat") this.#setClock(frame.cell_ms);
    return "go on";
  }

  #setClock(cellMs: number): void {
    this.#localMs = performance.now();
    this.#anchor = { cellMs, localMs: this.#localMs, speed: this.state.hello?.speed ?? 1 };
  }

  /** A board on a wall has nobody to press reload. */
  #reloadOnNewBuild(build: string): void {
    this.#build ??= build;
    if (this.#build !== build) location.reload();
  }
}

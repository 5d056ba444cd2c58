// Whether this page has stood still: a browser that stops a page's timers, or a device that
// sleeps, leaves a picture that looks alive. Times are real milliseconds.

/** A gap between ticks that no slow frame explains. */
const STOOD_STILL_MS = 5_000;
/** Browsers let a page that nobody sees tick once a minute. */
const HIDDEN_MS = 90_000;

export interface Tick {
  /** The browser's monotonic clock, which may stop while the device sleeps. */
  readonly monotonicMs: number;
  /** The device's own clock, which may be set. */
  readonly wallMs: number;
  /** Whether nobody sees the page. */
  readonly hidden: boolean;
}

/** For how long nothing ran between two ticks that should be close together; 0 when all is well. */
export function stoodStill(before: Tick, now: Tick): number {
  const ran = now.monotonicMs - before.monotonicMs;
  // The wall's clock tells of a sleep that stopped the other one; set back, it tells nothing.
  const passed = Math.max(ran, now.wallMs - before.wallMs);
  return passed >= (now.hidden ? HIDDEN_MS : STOOD_STILL_MS) ? passed : 0;
}

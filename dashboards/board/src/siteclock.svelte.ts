// The clock on the site's wall: every time of day on the page is the site's, wherever the page is.
import { knowsZone, moment, timeOfDay } from "./words";

class SiteClock {
  /** The site's zone; the browser's own until the site says one that the browser knows. */
  zone = $state.raw<string | undefined>(undefined);

  /** The zone to name beside the clock, because it is not the one of this device. */
  readonly elsewhere = $derived(
    this.zone && this.zone !== Intl.DateTimeFormat().resolvedOptions().timeZone ? this.zone : null,
  );

  set(zone: string | undefined): void {
    this.zone = zone && knowsZone(zone) ? zone : undefined;
  }

  readonly time = (ms: number, withSeconds = false): string => timeOfDay(ms, this.zone, withSeconds);

  readonly moment = (ms: number, nowMs: number): string => moment(ms, nowMs, this.zone);
}

export const siteClock = new SiteClock();

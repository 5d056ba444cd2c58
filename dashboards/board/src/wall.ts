// How large letters must be on a screen that is read from afar, and what fits on it then.
// Source: height = 6.283 D MA / 21600 (NUREG-0700), with 20 minutes of arc.
import type { Wall } from "./route";

const ARC_MINUTES = 20;
const MM_PER_INCH = 25.4;
/** Capitals are at least this share of the font's size in every font that the board names. */
const CAPITAL = 0.7;

export interface Screen {
  readonly width: number;
  readonly height: number;
}

/** The least height of capitals in pixels of the page, as large as the whole screen. */
export function capitalPx({ metres, inches }: Wall, screen: Screen): number {
  const mm = (6.283 * metres * 1_000 * ARC_MINUTES) / 21_600;
  return Math.ceil((mm * Math.hypot(screen.width, screen.height)) / (inches * MM_PER_INCH));
}

/** The size of the font whose capitals are as high as that. */
export function fontPx(wall: Wall, screen: Screen): number {
  return Math.ceil(capitalPx(wall, screen) / CAPITAL);
}

/** How many cells of a size in letters fit into a place. At least one does. */
export function fits(place: Screen, fontSize: number, cell: Screen): { columns: number; rows: number } {
  const many = (length: number, ems: number) => Math.max(1, Math.floor(length / (ems * fontSize)));
  return { columns: many(place.width, cell.width), rows: many(place.height, cell.height) };
}

/** What comes on which page; without anything one empty page. */
export function paged<T>(items: readonly T[], perPage: number): T[][] {
  const each = Math.max(1, perPage);
  const pages = Math.max(1, Math.ceil(items.length / each));
  return Array.from({ length: pages }, (_, i) => items.slice(i * each, (i + 1) * each));
}

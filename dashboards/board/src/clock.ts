// Cell time on the board: what the server said last, carried on by the
// browser's monotonic clock at the cell's speed.

export interface Anchor {
  /** Cell time that the server gave. */
  readonly cellMs: number;
  /** The browser's monotonic clock when it arrived. */
  readonly localMs: number;
  /** Cell milliseconds in a real one. */
  readonly speed: number;
}

export function cellNow(anchor: Anchor, localMs: number): number {
  return anchor.cellMs + (localMs - anchor.localMs) * anchor.speed;
}

/** How far round its dial a second hand has come, in degrees. */
export function secondHand(cellMs: number): number {
  return (Math.floor(cellMs / 1_000) % 60) * 6;
}

// The socket: opens it, says where we were, hands on its frames, asks for the whole picture
// when a frame is missing, and opens it again for ever with back-off when it closes or falls
// silent. Times here are real milliseconds of the browser's monotonic clock, not cell time.
import { liveUrl } from "./address";
import { hello, parseFrame, RESYNC, type Frame, type Last } from "./protocol";

/** Longest silence: a heartbeat is due every second. */
export const SILENCE_MS = 5_000;
/** A connection that lived this long lets the back-off start over. */
const STEADY_MS = 10_000;
const BACKOFF_MS = { first: 500, last: 10_000 } as const;

/** Why there is no connection; in words in each language. */
export type Why = "no_answer" | "closed" | "not_understood" | "missed" | "silent";

export type Link =
  | { readonly kind: "connecting" }
  | { readonly kind: "open" }
  | { readonly kind: "waiting"; readonly why: Why; readonly retryAtMs: number };

export interface Listener {
  /** Takes a frame, or says that one before it was lost. */
  frame(frame: Frame): "go on" | "lost";
  /** Where we are; null before anything is known. */
  last(): Last | null;
  link(link: Link): void;
  site(site: string): void;
}

/** How long to wait before the next attempt; `random` from 0 to 1 keeps boards apart. */
export function backoff(attempt: number, random: number): number {
  const full = Math.min(BACKOFF_MS.last, BACKOFF_MS.first * 2 ** Math.min(attempt, 10));
  return full * (0.5 + random / 2);
}

export class Live {
  #socket: WebSocket | null = null;
  #site: string | null;
  #attempt = 0;
  #openedMs = 0;
  #heardMs = 0;
  #open = false;
  /** When we asked for the whole picture; null once it is there. */
  #askedMs: number | null = null;
  readonly #listener: Listener;

  constructor(site: string | null, listener: Listener) {
    this.#site = site;
    this.#listener = listener;
  }

  start(): void {
    setInterval(() => this.#watch(), 1_000);
    void this.#connect();
  }

  /** Connects anew, as after a time in which the page stood still. */
  again(): void {
    if (this.#socket) this.#drop(this.#socket, "silent");
  }

  async #connect(): Promise<void> {
    this.#listener.link({ kind: "connecting" });
    try {
      this.#site ??= await firstSite();
    } catch {
      this.#retry("no_answer");
      return;
    }
    this.#listener.site(this.#site);
    const socket = new WebSocket(liveUrl(location, this.#site));
    this.#socket = socket;
    this.#openedMs = this.#heardMs = performance.now();
    this.#askedMs = null;
    this.#open = false;
    socket.onopen = () => socket.send(hello(this.#listener.last()));
    socket.onmessage = (event) => this.#receive(socket, event.data);
    socket.onclose = () => this.#drop(socket, "closed");
  }

  #receive(socket: WebSocket, data: unknown): void {
    if (socket !== this.#socket) return;
    this.#heardMs = performance.now();
    const frame = typeof data === "string" ? parseFrame(data) : null;
    if (frame === null) return this.#drop(socket, "not_understood");
    if (frame.type === "snapshot") this.#askedMs = null;
    // Whoever has missed nothing gets no snapshot: what comes after the hello follows what we know.
    if (!this.#open && frame.type !== "hello" && frame.type !== "error") {
      this.#open = true;
      this.#listener.link({ kind: "open" });
    }
    if (this.#listener.frame(frame) === "lost" && this.#askedMs === null) {
      this.#askedMs = this.#heardMs;
      socket.send(RESYNC);
    }
  }

  #watch(): void {
    if (!this.#socket) return;
    const now = performance.now();
    if (now - this.#heardMs > SILENCE_MS) this.#drop(this.#socket, "silent");
    else if (this.#askedMs !== null && now - this.#askedMs > SILENCE_MS) this.#drop(this.#socket, "missed");
  }

  #drop(socket: WebSocket, why: Why): void {
    if (socket !== this.#socket) return;
    this.#socket = null;
    socket.close();
    if (performance.now() - this.#openedMs > STEADY_MS) this.#attempt = 0;
    this.#retry(why);
  }

  #retry(why: Why): void {
    const wait = backoff(this.#attempt++, Math.random());
    this.#listener.link({ kind: "waiting", why, retryAtMs: performance.now() + wait });
    setTimeout(() => void this.#connect(), wait);
  }
}

/** The first site that the server knows, as `TENANT/SITE`. */
async function firstSite(): Promise<string> {
  const answer = await fetch("/v1/sites", { signal: AbortSignal.timeout(SILENCE_MS) });
  const sites: unknown = await answer.json();
  const first: unknown = Array.isArray(sites) ? sites[0] : undefined;
  if (typeof first !== "string") throw new Error("the server knows no site");
  return first;
}

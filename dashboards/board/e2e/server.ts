// Serves the built board and speaks the live protocol over a hospital that only
// changes when a test says so. Cell time runs with the clock, and can be moved on.
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { WebSocketServer, type WebSocket } from "ws";
import type { Tier } from "../src/tiers";
import type { Delta, Seq, SourceHealth, SourceState } from "../src/protocol";
import { answerTo } from "./answers";
import { hospital, type Hospital } from "./hospital";

const BOARD = join(import.meta.dirname, "..");
const SERIES = "s1";
const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
};

/** A source as heartbeats carry it. */
export function source(state: SourceState, since_ms: number, behind_ms = 0): SourceHealth {
  return { state, since_ms, behind_ms };
}

export class TestServer {
  readonly hospital: Hospital;
  warning: string | null = null;
  /** How closely whoever opens a board may look. */
  tier: Tier = "staff";
  /** While true, no heartbeat is sent. */
  silent = false;
  sources: Record<string, SourceHealth>;
  /** Whether the site has more than a board holds. */
  full = false;
  /** Whether nothing but the live protocol answers. */
  historyAway = false;
  #seq: Seq = [100, 0];
  #cellMs: number;
  #asOfMs: number;
  #http: Server;
  #sockets = new WebSocketServer({ noServer: true });
  #heart: NodeJS.Timeout;
  #refusing = false;
  /** What boards have said, and how often one has connected. */
  readonly heard: unknown[] = [];
  connections = 0;

  constructor(cellMs: number, shown: Hospital = hospital(cellMs)) {
    this.#cellMs = this.#asOfMs = cellMs;
    this.hospital = shown;
    this.sources = { mqtt: source("live", cellMs), kafka: source("live", cellMs), clickhouse: source("live", cellMs) };
    this.#http = createServer((request, answer) => this.#answer(request.url ?? "/", answer));
    this.#http.on("upgrade", (request, socket, head) => {
      if (this.#refusing || !request.url?.startsWith("/live?site=")) return socket.destroy();
      this.#sockets.handleUpgrade(request, socket, head, (live) => this.#greet(live));
    });
    this.#heart = setInterval(() => this.#beat(1_000), 1_000);
  }

  get cellMs(): number {
    return this.#cellMs;
  }

  async start(): Promise<string> {
    await new Promise<void>((ready) => this.#http.listen(0, "127.0.0.1", ready));
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    clearInterval(this.#heart);
    this.disconnect();
    this.#http.closeAllConnections();
    await new Promise((closed) => this.#http.close(closed));
  }

  /** Sends what has changed, after folding it into the hospital as the board should. */
  change(change: Pick<Delta, "beds" | "wards" | "alerts" | "silences" | "gone" | "site">, lost = false): void {
    const prev: Seq = lost ? [this.#seq[0] - 1, 7] : this.#seq;
    this.#seq = [this.#seq[0] + 1, 0];
    this.#asOfMs = this.#cellMs;
    for (const bed of change.beds ?? []) {
      const at = this.hospital.beds.findIndex((one) => one.place.bed === bed.place.bed);
      this.hospital.beds[at] = bed;
    }
    for (const alert of change.alerts ?? []) this.hospital.alerts.push(alert);
    this.#send({ type: "delta", seq: this.#seq, prev, as_of_ms: this.#asOfMs, ...change });
  }

  /** Lets cell time pass at once. The processor keeps up, the hospital's sources say nothing. */
  pass(ms: number): void {
    this.#beat(ms);
  }

  /** Closes every socket and, until `false`, accepts no other. */
  disconnect(refuse = true): void {
    this.#refusing = refuse;
    for (const socket of this.#sockets.clients) socket.terminate();
  }

  #greet(socket: WebSocket): void {
    this.connections += 1;
    socket.on("message", (data) => this.#hear(socket, JSON.parse(String(data))));
    const hello = { type: "hello", build: "test", cell_ms: this.#cellMs, speed: 1, tier: this.tier, warning: this.warning };
    socket.send(JSON.stringify(hello));
  }

  /** Nothing is kept for those who come back: only who has missed nothing needs no snapshot. */
  #hear(socket: WebSocket, said: { type: string; last?: { series: string; seq: Seq } }): void {
    this.heard.push(said);
    const at = said.last;
    const knows = at?.series === SERIES && at.seq[0] === this.#seq[0] && at.seq[1] === this.#seq[1];
    if (said.type === "hello" && knows) return;
    const place = { series: SERIES, seq: this.#seq, as_of_ms: this.#asOfMs };
    socket.send(JSON.stringify({ type: "snapshot", ...this.hospital, ...place }));
  }

  #beat(ms: number): void {
    this.#cellMs += ms;
    this.#asOfMs = this.#cellMs;
    if (this.silent) return;
    this.#send({ type: "heartbeat", cell_ms: this.#cellMs, as_of_ms: this.#asOfMs, sources: this.sources, full: this.full, determinism_violation: false });
  }

  #send(frame: object): void {
    for (const socket of this.#sockets.clients) socket.send(JSON.stringify(frame));
  }

  #answer(url: string, answer: import("node:http").ServerResponse): void {
    const { pathname } = new URL(url, "http://localhost");
    if (pathname === "/v1/sites") return void answer.end('["north/main"]');
    if (pathname === "/v1/session") return void answer.end('{"label":"Ann","role":"charge_nurse","tier":"staff"}');
    const asked = this.historyAway ? null : answerTo(new URL(url, "http://localhost"), this.hospital, this.#cellMs);
    if (asked) return void answer.end(JSON.stringify(asked));
    const file = join(BOARD, "dist", pathname === "/" ? "index.html" : pathname);
    answer.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
    answer.setHeader("content-security-policy", readFileSync(join(BOARD, "csp.txt"), "utf8").trim());
    try {
      answer.end(readFileSync(file));
    } catch {
      answer.writeHead(404).end();
    }
  }
}

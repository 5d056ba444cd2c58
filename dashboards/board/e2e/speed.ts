// How fast the board is: a site of 1,000 beds of which 100 change in a second, in frames as the
// server sends them, ten a second. `make bench` runs it. What is measured is written as a table;
// MEDAXIS_BOARD_MIN (10) is for how many minutes memory is watched.
import type { CDPSession, Page } from "playwright-core";
import { afterAll, test } from "vitest";
import { launch } from "./browser";
import { dirtied, large } from "./hospital";
import { TestServer } from "./server";
import { settled } from "./ward";

const WARDS = 25;
const CHANGES_A_FRAME = 10;
const FRAME_MS = 100;
const TRACED_S = 15;
const REFRESH_MS = 1_000 / 60;
const LONG_TASK_MS = 50;
const MINUTES = Number(process.env["MEDAXIS_BOARD_MIN"] ?? 10);
const NOW = Date.UTC(2026, 10, 22, 14, 3, 20);
const ADDRESSES = { site: "#/site", ward: "#/ward/W3", table: "#/ward/W3?as=table", wall: "#/wall/site" } as const;

/** One event of a trace; times in microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly ts: number;
  readonly dur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly args?: { readonly name?: string };
}

/** What runs scripts, whoever asked for it; one may be inside of another. */
const SCRIPTING: ReadonlySet<string> = new Set([
  "EvaluateScript",
  "EventDispatch",
  "FireAnimationFrame",
  "FunctionCall",
  "RunMicrotasks",
  "TimerFire",
  "WebSocketReceive",
  "v8.run",
]);

const browser = await launch();
const server = new TestServer(NOW, large(NOW, WARDS));
const url = await server.start();
let next = 0;
const changing = setInterval(change, FRAME_MS);

afterAll(async () => {
  clearInterval(changing);
  await browser.close();
  await server.stop();
});

/** Ten beds over all wards turn dirty, or are as they were. */
function change(): void {
  const { beds } = server.hospital;
  const chosen = Array.from({ length: CHANGES_A_FRAME }, () => beds[(next = (next + 97) % beds.length)]!);
  const other = (bed: (typeof chosen)[number]) => {
    if (bed.cleanliness === "clean") return dirtied(bed, server.cellMs);
    return { ...bed, occupied: true, occupied_since_ms: server.cellMs, cleanliness: "clean" as const, heard_ms: server.cellMs };
  };
  server.change({ beds: chosen.map(other) });
}

async function open(address: string): Promise<{ page: Page; devtools: CDPSession; usefulMs: number }> {
  const context = await browser.newContext({ viewport: { width: 1920, height: 1080 }, timezoneId: "UTC" });
  const page = await context.newPage();
  const began = performance.now();
  await page.goto(url + address, { waitUntil: "commit" });
  await page.locator("main [data-bed], main [data-ward]").first().waitFor();
  const usefulMs = performance.now() - began;
  if (!address.startsWith("#/wall")) await settled(page, "site");
  return { page, devtools: await context.newCDPSession(page), usefulMs };
}

/** What the page's main thread did for a while. */
async function traced(page: Page, devtools: CDPSession): Promise<readonly TraceEvent[]> {
  const events: TraceEvent[] = [];
  const collect = ({ value }: { value: object[] }) => void events.push(...(value as TraceEvent[]));
  devtools.on("Tracing.dataCollected", collect);
  await devtools.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: ["devtools.timeline", "toplevel", "v8"] } });
  await page.waitForTimeout(TRACED_S * 1_000);
  const complete = new Promise<void>((done) => devtools.once("Tracing.tracingComplete", () => done()));
  await devtools.send("Tracing.end");
  await complete;
  devtools.off("Tracing.dataCollected", collect);
  const named = events.filter((event) => event.name === "FunctionCall" || event.name === "WebSocketReceive");
  const { pid, tid } = named[0] ?? { pid: 0, tid: 0 };
  return events.filter((event) => event.ph === "X" && event.pid === pid && event.tid === tid);
}

/** Milliseconds of scripting in each frame of the screen in which there was any. */
function scripting(events: readonly TraceEvent[]): number[] {
  const runs = events.filter((event) => SCRIPTING.has(event.name)).sort((a, b) => a.ts - b.ts);
  const frames = new Map<number, number>();
  let until = 0;
  for (const { ts, dur = 0 } of runs) {
    const from = Math.max(ts, until);
    until = Math.max(until, ts + dur);
    const frame = Math.floor(from / 1_000 / REFRESH_MS);
    if (until > from) frames.set(frame, (frames.get(frame) ?? 0) + (until - from) / 1_000);
  }
  return [...frames.values()].sort((a, b) => a - b);
}

function longest(events: readonly TraceEvent[]): { most: number; long: number } {
  const tasks = events.filter((event) => event.name === "RunTask" || event.name === "ThreadControllerImpl::RunTask").map((event) => (event.dur ?? 0) / 1_000);
  return { most: Math.max(0, ...tasks), long: tasks.filter((ms) => ms > LONG_TASK_MS).length };
}

const at = (sorted: readonly number[], share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
const row = (...cells: readonly (string | number)[]) => console.log(`| ${cells.map((cell) => (typeof cell === "number" ? cell.toFixed(1) : cell)).join(" | ")} |`);

async function heapMib(devtools: CDPSession): Promise<number> {
  await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  return usedSize / 1_048_576;
}

test("scripting, long tasks, the first useful board", async () => {
  row("view", "useful after, ms", "scripting a frame, ms: p50", "p95", "p99", "longest task, ms", `tasks over ${LONG_TASK_MS} ms`);
  row("---", "---:", "---:", "---:", "---:", "---:", "---:");
  for (const [view, address] of Object.entries(ADDRESSES)) {
    const { page, devtools, usefulMs } = await open(address);
    await page.waitForTimeout(2_000);
    const events = await traced(page, devtools);
    const frames = scripting(events);
    const { most, long } = longest(events);
    row(view, usefulMs, at(frames, 0.5), at(frames, 0.95), at(frames, 0.99), most, String(long));
    await page.context().close();
  }
});

test("memory", async () => {
  const { page, devtools } = await open(ADDRESSES.ward);
  await page.waitForTimeout(10_000);
  row("minute", "heap after collection, MiB");
  row("---:", "---:");
  for (let minute = 0; minute <= MINUTES; minute++) {
    row(String(minute), await heapMib(devtools));
    if (minute < MINUTES) await page.waitForTimeout(60_000);
  }
});

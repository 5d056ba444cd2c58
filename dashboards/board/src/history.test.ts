// A bed's story is put together from answers that each know only one moment.
import { expect, test } from "vitest";
import type { BedRow } from "./answers";
import { merged, STEPS_MAX, story } from "./history";

const row = (as_of: number, occupied: boolean): BedRow => ({
  bed: "1",
  occupied,
  cleanliness: "clean",
  blocked: false,
  clocks: { adt: null, staff: null, sensor: null },
  conflict: null,
  as_of: new Date(as_of).toISOString(),
});

/** What the server would say: the newest row that had been said by then. */
const server = (rows: readonly BedRow[]) => (knownAt: number | null) =>
  Promise.resolve(rows.findLast((one) => knownAt === null || Date.parse(one.as_of) <= knownAt));

test("from now back to when it begins, and rows that say the same are one stretch", async () => {
  const rows = [row(1_000, false), row(5_000, true), row(7_000, true), row(9_000, false)];
  const found = await story(server(rows), 10_000, 2_000);
  expect(found.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([[9_000, 10_000], [7_000, 9_000], [5_000, 7_000], [2_000, 5_000]]);
  expect(merged(found, (one) => one.occupied)).toEqual([
    { fromMs: 2_000, toMs: 5_000, says: false },
    { fromMs: 5_000, toMs: 9_000, says: true },
    { fromMs: 9_000, toMs: 10_000, says: false },
  ]);
});

test("it ends where nothing is known, and after so many questions", async () => {
  expect(await story(server([]), 10_000, 0)).toEqual([]);
  const many = Array.from({ length: 99 }, (_, i) => row(i * 100, i % 2 === 0));
  expect((await story(server(many), 10_000, 0)).length).toBe(STEPS_MAX);
});

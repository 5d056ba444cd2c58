// Letters on a wall are as large as the field guide's table says.
import { expect, test } from "vitest";
import { capitalPx, fits, fontPx, paged } from "./wall";

const UHD = { width: 3_840, height: 2_160 };
const HD = { width: 1_920, height: 1_080 };

test.each([
  [2, HD, 19],
  [2, UHD, 37],
  [3, HD, 28],
  [3, UHD, 56],
  [5, HD, 46],
  [5, UHD, 92],
  [8, UHD, 147],
])("at %d m on 55 inches", (metres, screen, px) => {
  expect(capitalPx({ metres, inches: 55 }, screen)).toBe(px);
  expect(fontPx({ metres, inches: 55 }, screen) * 0.7).toBeGreaterThanOrEqual(px);
});

test("what does not fit comes on a further page", () => {
  expect(fits(UHD, 132, { width: 9, height: 2.5 })).toEqual({ columns: 3, rows: 6 });
  expect(fits({ width: 10, height: 10 }, 132, { width: 9, height: 2.5 })).toEqual({ columns: 1, rows: 1 });
  expect(paged([1, 2, 3, 4, 5], 4)).toEqual([[1, 2, 3, 4], [5]]);
  expect(paged([], 4)).toEqual([[]]);
});

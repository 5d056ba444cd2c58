// Wards keep their order, and are the same list while nothing of theirs has changed.
import { expect, test } from "vitest";
import { dirtied, hospital } from "../e2e/hospital";
import { BedOrder } from "./bedorder";

const NOW = 1_790_000_000_000;
const { beds } = hospital(NOW);
const names = (list: readonly { label: string }[] | undefined) => list?.map(({ label }) => label);

test("beds stand in the order of their names, also those that come later or are renamed", () => {
  const order = new BedOrder();
  const [first, ...others] = beds.filter((bed) => bed.place.ward === "CARD");
  expect(names(order.of(others.toReversed()).get("CARD"))?.slice(0, 2)).toEqual(["C-02", "C-03"]);
  expect(names(order.of([...others, first!]).get("CARD"))?.[0]).toBe("C-01");
  const renamed = [...others, { ...first!, label: "C-99" }];
  expect(names(order.of(renamed).get("CARD"))?.at(-1)).toBe("C-99");
  expect(names(order.of(others).get("CARD"))?.length).toBe(9);
});

test("a ward of which nothing has changed is the same list", () => {
  const order = new BedOrder();
  const before = order.of(beds);
  const after = order.of(beds.map((bed) => (bed.label === "C-01" ? dirtied(bed, NOW) : bed)));
  expect(after.get("ICU")).toBe(before.get("ICU"));
  expect(after.get("CARD")).not.toBe(before.get("CARD"));
  expect(names(after.get("CARD"))).toEqual(names(before.get("CARD")));
});

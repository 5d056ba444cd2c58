// What is offered to whom.
import { expect, test } from "vitest";
import { may } from "./may";

test.each([
  ["charge_nurse", [true, true, true, true]],
  ["cleaner", [false, true, true, false]],
  ["analyst", [false, true, false, false]],
  ["kiosk", [false, false, false, false]],
  ["constructor", [false, false, false, false]],
  [undefined, [true, true, true, true]],
])("%s", (role, allowed) => {
  expect((["answer", "comment", "tap", "block"] as const).map((deed) => may(role, deed))).toEqual(allowed);
});

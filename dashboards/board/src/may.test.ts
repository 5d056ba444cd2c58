// What is offered to whom.
import { expect, test } from "vitest";
import { may } from "./may";

test.each([
  ["charge_nurse", [true, true, true, true, true]],
  ["cleaner", [false, true, true, false, false]],
  ["analyst", [false, true, false, false, false]],
  ["operator", [false, false, false, false, true]],
  ["kiosk", [false, false, false, false, false]],
  ["constructor", [false, false, false, false, false]],
  [undefined, [true, true, true, true, true]],
])("%s", (role, allowed) => {
  expect((["answer", "comment", "tap", "block", "silence"] as const).map((deed) => may(role, deed))).toEqual(allowed);
});

// What a role may do at a board; docs/access.md has the whole table, and the server decides.

export type Deed = "answer" | "comment" | "tap" | "block" | "silence";

const MAY: Readonly<Record<string, readonly Deed[]>> = {
  charge_nurse: ["answer", "comment", "tap", "block", "silence"],
  bed_manager: ["answer", "comment", "tap", "block", "silence"],
  cleaner: ["comment", "tap"],
  analyst: ["comment"],
  operator: ["silence"],
};

/** Without a role nobody has said who it is: the server will. */
export function may(role: string | undefined, deed: Deed): boolean {
  return role === undefined || (Object.hasOwn(MAY, role) && MAY[role]!.includes(deed));
}

// What a tier may not see is not in its frames. The board reads every frame as whole, with
// "nothing is said" where nothing is.
import type { Alert, Bed, Frame, Ward } from "./protocol";

/** As much as is shown to whoever holds the board's token. */
export type Tier = "public" | "corridor" | "staff";

const NO_BED: Omit<Bed, "place" | "label"> = {
  listed: true,
  staffed: true,
  occupied: false,
  occupied_since_ms: 0,
  visit: "",
  cleanliness: "unknown",
  clean_since_ms: 0,
  blocked: false,
  block_reason: "",
  expected_back_ms: 0,
  reserved_for: "",
  ready_to_leave_ms: 0,
  expected_discharge_ms: 0,
  heard_ms: 0,
  pad_heard_ms: 0,
  pad_silent: false,
  visits_in_bed: 0,
  adt: null,
  staff: null,
  sensor: null,
  confidence: "unknown",
  conflict: null,
};

const NO_WARD: Omit<Ward, "ward" | "label"> = {
  source: "visits",
  physical: 0,
  staffed: 0,
  occupied: 0,
  free: 0,
  dirty: 0,
  cleaning: 0,
  blocked: 0,
  census: 0,
  coming: [],
  leaving: [],
  staff: [],
  waiting: [],
  devices: 0,
  devices_silent: 0,
  heard_ms: 0,
};

/** A frame of any tier with everything that the board reads. */
export function whole(frame: Frame): Frame {
  if (frame.type !== "snapshot" && frame.type !== "delta") return frame;
  const parts = {
    ...(frame.wards && { wards: frame.wards.map(wholeWard) }),
    ...(frame.beds && { beds: frame.beds.map((bed) => ({ ...NO_BED, ...bed })) }),
    ...(frame.alerts && { alerts: frame.alerts.map(wholeAlert) }),
  };
  if (frame.type === "delta") return { ...frame, ...parts };
  return { ...frame, wards: [], beds: [], alerts: [], kpis: frame.kpis ?? [], ...parts };
}

/** In public small counts are texts such as `<5`. */
function wholeWard(ward: Ward): Ward {
  const said = ward as unknown as Record<string, unknown>;
  const full = {
    ...NO_WARD,
    ...ward,
    waiting: (ward.waiting ?? []).map((one) => ({ ...one, longest_since_ms: one.longest_since_ms ?? 0 })),
  };
  if ("staffed" in said) return full;
  const [physical, occupied, free] = [said["physical"], said["occupied"], said["free"]].map(String);
  const number = (text: unknown) => (typeof text === "number" ? text : 0);
  return {
    ...full,
    physical: number(said["physical"]),
    occupied: number(said["occupied"]),
    free: number(said["free"]),
    rounded: { physical: physical ?? "", occupied: occupied ?? "", free: free ?? "" },
  };
}

function wholeAlert(alert: Alert): Alert {
  return { ...alert, subject: alert.subject ?? "" };
}

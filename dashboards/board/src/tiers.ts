// What a privacy tier leaves out of frames, put back as not known, so that the board is drawn
// from one kind of frame. `docs/live-protocol.md` lists what each tier is told.
import type { Alert, Bed, Frame, Ward } from "./protocol";

/** What only a corridor is told in place of what it may not know. */
interface Instead {
  readonly reserved?: boolean;
  readonly leaving?: boolean;
}

const BED = {
  occupied_since_ms: 0,
  visit: "",
  block_reason: "",
  expected_discharge_ms: 0,
  visits_in_bed: 1,
  adt: null,
  staff: null,
  sensor: null,
  conflict: null,
} as const;

const WARD = {
  source: "unknown",
  staffed: 0,
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
} as const;

function bed(told: Bed & Instead): Bed {
  const reserved_for = told.reserved_for ?? (told.reserved ? "somebody" : "");
  const ready_to_leave_ms = told.ready_to_leave_ms ?? 0;
  return { ...BED, ...told, reserved_for, ready_to_leave_ms };
}

const ward = (told: Ward): Ward => ({ ...WARD, ...told });
const alert = (told: Alert): Alert => ({ ...told, subject: told.subject ?? "" });

/** A frame with every field. */
export function completed(frame: Frame): Frame {
  if (frame.type !== "snapshot" && frame.type !== "delta") return frame;
  const whole = {
    wards: (frame.wards ?? []).map(ward),
    beds: (frame.beds ?? []).map(bed),
    alerts: (frame.alerts ?? []).map(alert),
    kpis: frame.kpis ?? [],
  };
  return { ...frame, ...whole } as Frame;
}

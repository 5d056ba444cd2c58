//! The narrow waist: the few things that can become true, whoever said so.
//! KPIs and rules know facts only, so a new sensor can't break a KPI and a new
//! KPI needs no sensor.

mod slot;

use serde::{Deserialize, Serialize};

use crate::command::Command;
use crate::id::{
    AppointmentId, CodeId, ObservationId, PatientId, RoleId, RoomId, SlotId, StaffId, VisitId,
    WardId,
};
use crate::place::{Place, Site};
use crate::time::{CellTime, EventTime};
use crate::vital::VitalValue;
pub use slot::{SLOT_AHEAD_MAX_MS, SLOT_MAX_MS, SlotError, SlotEvent};

/// Something that became true at a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// When, by whoever said it.
    pub at: EventTime,
    /// When we were told.
    pub told: CellTime,
    /// What is to be known about `at`.
    pub flags: FactFlags,
    /// What.
    pub what: What,
}

/// Remarks on a fact, as bits.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct FactFlags(pub u32);

impl FactFlags {
    /// The source gave no time; the receipt time stands for it.
    pub const NO_CLOCK: Self = Self(1);
    /// The source's clock was more than 5 s ahead; the receipt time stands for it.
    pub const CLOCK_AHEAD: Self = Self(2);
    /// A cancelled event put a patient back, also after the stay was closed.
    pub const REOPENED_BY_CANCEL: Self = Self(4);
}

/// [`Told::source`] of what a file tells of the past: it is whole, and nobody waits for more.
pub const BACKFILL: &str = "backfill";

/// What can become true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// Of a visit.
    Visit {
        /// Which.
        visit: VisitId,
        /// Whose; only known where the source says so.
        patient: Option<PatientId>,
        /// What happened.
        event: VisitEvent,
    },
    /// Of a vital sign.
    Vital {
        /// Of which visit.
        visit: VisitId,
        /// Whose; only known where the source says so.
        patient: Option<PatientId>,
        /// Which observation.
        observation: ObservationId,
        /// Which sign, by the code that its source gave; one of [`crate::vital`].
        code: CodeId,
        /// When its source made this version of it; the newest holds.
        revised: EventTime,
        /// What was observed.
        event: VitalEvent,
    },
    /// Of an appointment.
    Appointment {
        /// Which.
        appointment: AppointmentId,
        /// The clinic.
        ward: WardId,
        /// With whom.
        practitioner: Option<StaffId>,
        /// Where.
        room: Option<RoomId>,
        /// What kind of appointment.
        kind: String,
        /// Which offered time it takes; counts when it is booked.
        slot: Option<SlotId>,
        /// What happened.
        event: AppointmentEvent,
    },
    /// Of a shift.
    Staff {
        /// Who, as a pseudonym.
        member: StaffId,
        /// Where.
        ward: WardId,
        /// As what.
        role: RoleId,
        /// Whether the shift began or ended.
        on_shift: bool,
    },
    /// Of a slot: a stretch of a clinic's time that can be booked.
    Slot {
        /// Which.
        slot: SlotId,
        /// The clinic.
        ward: WardId,
        /// What kind of appointment it is for.
        kind: String,
        /// What happened.
        event: SlotEvent,
    },
    /// Of a bed, tapped by staff.
    Bed {
        /// Which; always has a bed.
        place: Place,
        /// What was tapped.
        tap: BedTap,
    },
    /// Somebody asked for something at a board.
    Command(Box<Command>),
}

/// What can happen to a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VisitEvent {
    /// A bed on this ward was asked for.
    BedRequested(WardId),
    /// This bed was promised.
    BedAssigned(Place),
    /// The patient could move now.
    ReadyToMove,
    /// The patient came, to this place.
    Admitted(Place),
    /// The patient moved, to this place.
    Transferred(Place),
    /// Nothing but leaving remains.
    ReadyToLeave,
    /// The patient is expected to leave at this time.
    ExpectedDischarge(EventTime),
    /// The patient left.
    Discharged,
    /// It was a mistake, or is no longer wanted.
    Cancelled,
    /// A cancelled event puts the patient at this place, also after the stay was closed.
    PlacedByCancel(Place),
    /// The visit goes on under another.
    Merged(VisitId),
    /// The patient came as an emergency.
    Emergency,
    /// It was decided that the patient needs a bed on a ward.
    AdmissionDecided,
    /// The patient left before anybody had seen to them.
    LeftUnseen,
    /// The patient came from outside at this time, before anybody told us.
    StayBegan(EventTime),
}

/// What can be said of an observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum VitalEvent {
    /// This was observed, also in place of what was said before.
    Observed(VitalValue),
    /// It was a mistake.
    Withdrawn,
}

/// What can happen to an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AppointmentEvent {
    /// Agreed for this time.
    Booked(EventTime),
    /// The patient is here.
    Arrived,
    /// The patient is in a room.
    Roomed,
    /// The practitioner has begun.
    Started,
    /// It is over.
    Ended,
    /// It will not take place.
    Cancelled,
    /// The patient did not come.
    NoShow,
}

/// What staff can tap on a bed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BedTap {
    /// It is clean.
    Clean,
    /// It is dirty.
    Dirty,
    /// It can't be used.
    Blocked {
        /// Why, as one word.
        reason: String,
        /// When it should be back.
        expected_back: Option<EventTime>,
    },
    /// It can be used again.
    Open,
}

/// What a sensor's reading means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SensorFact {
    /// Somebody is, or is not, in the bed.
    Pad {
        /// Which of the two.
        occupied: bool,
    },
    /// The bed is being cleaned.
    Cleaning(CleaningPhase),
    /// The equipment's status.
    Equipment(EquipmentStatus),
    /// The device came or went.
    Presence {
        /// Which of the two.
        online: bool,
    },
}

/// How far the cleaning of a bed is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CleaningPhase {
    /// Begun.
    Started,
    /// Ended: the bed is clean.
    Done,
    /// Looked at afterwards; the bed stays clean.
    Inspected,
}

/// What a piece of equipment is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EquipmentStatus {
    /// In use for a patient.
    InUse,
    /// Ready for use.
    Idle,
    /// Broken.
    Fault,
}

/// What one request or message said; taken whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// About which site.
    pub site: Site,
    /// By whom: `fhir`, `http`, `hl7:SENDER`, or [`BACKFILL`].
    pub source: String,
    /// The facts, in the order in which they were said.
    pub facts: Vec<Fact>,
    /// What makes the request recognisable when it is repeated.
    pub receipt: Option<Receipt>,
}

/// What makes a repeated request recognisable, also after a restart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Receipt {
    /// API path or interface.
    pub path: String,
    /// Hash of the idempotency key or control id.
    pub key: [u8; 32],
    /// Hash of the body.
    pub body: [u8; 32],
}

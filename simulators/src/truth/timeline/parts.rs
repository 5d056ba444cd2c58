//! What a timeline is made of.

use events::fact::EquipmentStatus;
use events::hours::Hours;
use events::id::{AppointmentId, DeviceId, SlotId, VisitId, WardId};
use events::output::{Cleanliness, Confidence};
use events::place::BedKey;
use events::time::Span;

use super::Clocks;

/// A visit's time without a break on one ward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stay {
    /// The ward.
    pub ward: WardId,
    /// The visit.
    pub subject: String,
    /// From when to when.
    pub span: Span,
    /// How it began.
    pub began: Began,
    /// How it ended.
    pub ended: Ended,
    /// When the visit came to the site, as far as is known.
    pub came: Option<i64>,
}

/// How a stay on a ward began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Began {
    /// From no place.
    Arrival,
    /// From another ward.
    TransferIn,
    /// By a cancelled event.
    Neither,
}

/// How a stay on a ward ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By `discharged`.
    Departure,
    /// To another ward.
    TransferOut,
    /// Otherwise, or not yet.
    Neither,
}

/// An emergency, until it leaves the ward that it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmergencyStay {
    /// The ward.
    pub ward: WardId,
    /// The visit.
    pub subject: String,
    /// When it came.
    pub came: i64,
    /// When it first was in a bed or a room there.
    pub space: Option<i64>,
    /// When its admission was decided.
    pub decided: Option<i64>,
    /// When it left, to where; not yet while absent.
    pub left: Option<(i64, Whither)>,
}

/// Where an emergency went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whither {
    /// Home.
    Out,
    /// Away, before anybody had seen it.
    Unseen,
    /// To another ward.
    Ward,
}

/// A duration, counted when it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Name of the KPI.
    pub kpi: &'static str,
    /// Its ward.
    pub ward: WardId,
    /// Of what: visit, bed, appointment.
    pub subject: String,
    /// When it ended.
    pub end: i64,
    /// How long it took, if it can be said.
    pub took: Took,
}

/// What is known of a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Took {
    /// Milliseconds.
    Ms(i64),
    /// Its start or its end was never said.
    Missing,
    /// It would be negative.
    Invalid,
}

/// Somebody or something waited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Where.
    pub ward: WardId,
    /// Who or what: visit, bed, appointment.
    pub subject: String,
    /// From when to when.
    pub span: Span,
}

/// A listed bed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BedTimeline {
    /// Its ward and id.
    pub key: BedKey,
    /// Counts in denominators while it is open.
    pub staffed: bool,
    /// When it is open, by the clock on the wall.
    pub hours: Hours,
    /// When it was occupied.
    pub occupied: Vec<Span>,
    /// When dirt was known: until clean or in use.
    pub dirty: Vec<Span>,
    /// When it was dirty and nobody had started: until cleaning, clean or in use.
    pub untouched: Vec<Span>,
    /// When it was blocked.
    pub blocked: Vec<Span>,
    /// Likewise, each with the reason that was told last.
    pub blocked_for: Vec<(String, Span)>,
    /// What visits, staff and its pad said.
    pub clocks: Clocks,
    /// Who lay there, and when.
    pub lay: Vec<(VisitId, Span)>,
    /// As it stands at the end.
    pub now: BedNow,
}

/// A bed as a board shows it, once everything is replayed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BedNow {
    /// Whether somebody is in it.
    pub occupied: bool,
    /// Since when somebody is, or was last; 0 when nobody ever was.
    pub since: i64,
    /// Who lies there, in the order of their ids.
    pub visits: Vec<VisitId>,
    /// Whether it can take a patient; unknown while it is in use.
    pub cleanliness: Cleanliness,
    /// Since when; 0 when that is not known.
    pub clean_since: i64,
    /// Why it can't be used, and when it should be back.
    pub blocked: Option<(String, Option<i64>)>,
    /// Which visit it is promised to, the first of them by its id.
    pub reserved_for: Option<VisitId>,
    /// Since when the first who lies there is ready to leave.
    pub ready_to_leave: Option<i64>,
    /// When the first who lies there is expected to leave.
    pub expected_discharge: Option<i64>,
    /// What visits, staff and the pad say last, each since when.
    pub says: [Option<(bool, i64)>; 3],
    /// Since when one of them says otherwise than what is believed.
    pub disputed: Option<i64>,
    /// Which of them do, by the order of `says`.
    pub against: [bool; 3],
    /// How sure one can be of what is believed.
    pub confidence: Confidence,
}

/// A visit as it stands once everything is replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitNow {
    /// Its id.
    pub visit: VisitId,
    /// The bed that is kept for it.
    pub reserved: Option<BedKey>,
    /// Since when nothing but leaving remains.
    pub ready_to_leave: Option<i64>,
    /// When it is expected to leave.
    pub expected_discharge: Option<i64>,
}

/// An appointment as it stands at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// Which.
    pub appointment: AppointmentId,
    /// The clinic.
    pub ward: WardId,
    /// For when.
    pub scheduled: i64,
    /// When it was booked first.
    pub made: i64,
    /// It will not take place.
    pub cancelled: bool,
    /// The patient did not come.
    pub no_show: bool,
}

/// A slot that is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotTime {
    /// The clinic.
    pub ward: WardId,
    /// Which.
    pub slot: SlotId,
    /// Its time.
    pub span: Span,
    /// Somebody has it.
    pub booked: bool,
    /// One who has it came.
    pub came: bool,
}

/// A slot could be booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSlot {
    /// The clinic.
    pub ward: WardId,
    /// Which.
    pub slot: SlotId,
    /// What kind of appointment it was for.
    pub kind: String,
    /// When it was to begin.
    pub start: i64,
    /// For how long.
    pub span: Span,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceTimeline {
    /// Its id.
    pub device: DeviceId,
    /// Times of its readings, in order, and where it then stood.
    pub heard: Vec<(i64, WardId)>,
    /// When it was gone, from its will on, and where it then stood.
    pub gone: Vec<(WardId, Span)>,
    /// What it was, and where, if it is a piece of equipment.
    pub status: Vec<(EquipmentStatus, WardId, Span)>,
}

//! What sources tell of. A source is watched for each of these apart: one that tells of
//! beds and of shifts may go on with one and stop with the other.

use events::fact::What;
use serde::{Deserialize, Serialize};

use crate::trace::{Clock, Kind};

/// A kind of facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Feed {
    /// Of appointments.
    Appointments,
    /// Taps on beds.
    Beds,
    /// Of shifts.
    Staff,
    /// Of visits.
    Visits,
}

impl Feed {
    /// Which one a fact is of. What is offered is told for weeks at once, so that silence
    /// says nothing of it; nothing follows from vital signs; and people at boards are no source.
    pub const fn of(what: &What) -> Option<Self> {
        Some(match what {
            What::Appointment { .. } => Self::Appointments,
            What::Bed { .. } => Self::Beds,
            What::Staff { .. } => Self::Staff,
            What::Visit { .. } => Self::Visits,
            What::Slot { .. } | What::Vital { .. } | What::Command(_) => return None,
        })
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Appointments => "appointments",
            Self::Beds => "beds",
            Self::Staff => "staff",
            Self::Visits => "visits",
        }
    }
}

/// Kinds of facts that a number follows from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Feeds {
    bits: u8,
    /// It follows from whether beds are occupied, too, which pads say where they are
    /// believed, and else visits.
    occupancy: bool,
}

impl Feeds {
    const NONE: Self = Self::only(&[]);
    const APPOINTMENTS: Self = Self::only(&[Feed::Appointments]);
    const BEDS: Self = Self::only(&[Feed::Beds]);
    const STAFF: Self = Self::only(&[Feed::Staff]);
    const VISITS: Self = Self::only(&[Feed::Visits]);
    const VISITS_AND_BEDS: Self = Self::only(&[Feed::Visits, Feed::Beds]);
    const OCCUPANCY: Self = Self {
        bits: 0,
        occupancy: true,
    };
    const OCCUPANCY_AND_BEDS: Self = Self {
        occupancy: true,
        ..Self::BEDS
    };

    const fn only(feeds: &[Feed]) -> Self {
        let (mut bits, mut place) = (0, 0);
        while place < feeds.len() {
            bits |= 1 << feeds[place] as u8;
            place += 1;
        }
        Self {
            bits,
            occupancy: false,
        }
    }

    /// What intervals of a kind follow from; nothing where only devices say it.
    pub const fn of_kind(kind: Kind) -> Self {
        match kind {
            Kind::OnWard
            | Kind::AwaitingBed
            | Kind::AwaitingDeparture
            | Kind::AwaitingMove
            | Kind::Stayed7
            | Kind::Stayed14
            | Kind::Stayed21
            | Kind::Disputed
            | Kind::Ghost => Self::VISITS,
            Kind::Hidden => Self::VISITS_AND_BEDS,
            Kind::Occupied => Self::OCCUPANCY,
            Kind::Dirty | Kind::NotStarted => Self::OCCUPANCY_AND_BEDS,
            Kind::AwaitingRoom
            | Kind::SlotOpen
            | Kind::SlotOffered
            | Kind::SlotBooked
            | Kind::SlotArrived => Self::APPOINTMENTS,
            Kind::Blocked
            | Kind::BlockedInfection
            | Kind::BlockedIsolation
            | Kind::BlockedMaintenance
            | Kind::BlockedOther => Self::BEDS,
            Kind::Nursing => Self::STAFF,
            Kind::InUse | Kind::Idle | Kind::Fault | Kind::Silent | Kind::Gone => Self::NONE,
        }
    }

    /// What stops of a clock follow from.
    pub const fn of_clock(clock: Clock) -> Self {
        match clock {
            Clock::Arrival
            | Clock::Departure
            | Clock::TransferIn
            | Clock::TransferOut
            | Clock::VacatedToKnown
            | Clock::RequestToAssign
            | Clock::LengthOfStay
            | Clock::WardStay
            | Clock::AssignToOccupy
            | Clock::PullTime
            | Clock::EmergencyStay
            | Clock::TreatmentSpace
            | Clock::Boarding
            | Clock::LeftUnseen
            | Clock::EmergencyEnd
            | Clock::DischargeEntry => Self::VISITS,
            Clock::OccupiedTimer => Self::VISITS_AND_BEDS,
            Clock::CleaningResponse | Clock::BedTurn | Clock::CleanToOccupied => {
                Self::OCCUPANCY_AND_BEDS
            }
            Clock::CleaningTime => Self::BEDS,
            Clock::AppointmentWait | Clock::Scheduled | Clock::CycleTime | Clock::LeadTime => {
                Self::APPOINTMENTS
            }
        }
    }

    /// Those of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            bits: self.bits | other.bits,
            occupancy: self.occupancy || other.occupancy,
        }
    }

    /// Whether a kind of facts is among them, on wards whose pads are believed or not.
    pub const fn has(self, feed: Feed, by_pads: bool) -> bool {
        let by_visits = self.occupancy && !by_pads && matches!(feed, Feed::Visits);
        by_visits || self.bits & 1 << feed as u8 != 0
    }
}

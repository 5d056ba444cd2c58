//! What is agreed with one sender beyond the standard: its names of wards and beds,
//! its codes, and whether its A08 moves patients. Pure.

use std::collections::BTreeMap;

use events::fact::{AppointmentEvent, BedTap};

use super::charset::Charset;

/// What one sender means; by default what the standard says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Local {
    /// The character set of messages whose MSH-18 names none.
    pub charset: Charset,
    /// Whether an A08 moves a patient to its PV1-3.
    pub a08_moves: bool,
    /// Its names of wards, each with ours.
    pub wards: BTreeMap<String, String>,
    /// Its places, each with ours; they come before `wards`.
    pub beds: BTreeMap<Location, Location>,
    /// Its codes of NPU-2; before those of table 0116.
    pub bed_statuses: BTreeMap<String, BedStatus>,
    /// Its codes of SCH-25; before those of table 0278.
    pub appointment_statuses: BTreeMap<String, AppointmentStatus>,
}

/// A place as it is called: ward, room, bed; empty where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The ward.
    pub ward: String,
    /// The room.
    pub room: String,
    /// The bed.
    pub bed: String,
}

impl Location {
    /// Reads `WARD^ROOM^BED`; what is left out at the end is not there.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('^').map(|part| part.trim().to_owned());
        let mut next = || parts.next().unwrap_or_default();
        let location = Self {
            ward: next(),
            room: next(),
            bed: next(),
        };
        (parts.next().is_none() && !location.ward.is_empty()).then_some(location)
    }
}

/// What the status of a bed is, by table 0116.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BedStatus {
    /// C: it can't be used.
    Closed,
    /// H, K: it is to be cleaned.
    Dirty,
    /// I: kept for isolation.
    Isolated,
    /// O: ADT says who is in it.
    Occupied,
    /// U: it is clean and can be used.
    Unoccupied,
}

impl BedStatus {
    /// By its letter in table 0116.
    pub fn by_code(code: &str) -> Option<Self> {
        Some(match code {
            "C" => Self::Closed,
            "H" | "K" => Self::Dirty,
            "I" => Self::Isolated,
            "O" => Self::Occupied,
            "U" => Self::Unoccupied,
            _ => return None,
        })
    }

    /// What staff would have tapped on the bed. Nothing, when it is occupied: that is for
    /// others to say, by whom.
    pub fn taps(self) -> Vec<BedTap> {
        let blocked = |reason: &str| BedTap::Blocked {
            reason: reason.to_owned(),
            expected_back: None,
        };
        match self {
            Self::Closed => vec![blocked("closed")],
            Self::Dirty => vec![BedTap::Dirty],
            Self::Isolated => vec![blocked("isolated")],
            Self::Occupied => vec![],
            Self::Unoccupied => vec![BedTap::Open, BedTap::Clean],
        }
    }
}

/// What the status of an appointment says that has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppointmentStatus {
    /// It is agreed, or changed, and nothing has happened yet.
    Agreed,
    /// This has happened.
    Happened(AppointmentEvent),
    /// Something that is nobody's appointment, such as a blocked hour.
    Other,
}

impl AppointmentStatus {
    /// By its word in table 0278, in letters of any case.
    pub fn by_code(code: &str) -> Option<Self> {
        use AppointmentEvent::{Cancelled, Ended, NoShow, Started};
        Some(match code.to_ascii_lowercase().as_str() {
            "booked" | "overbook" | "pending" => Self::Agreed,
            "cancelled" | "dc" | "deleted" => Self::Happened(Cancelled),
            "complete" => Self::Happened(Ended),
            "noshow" => Self::Happened(NoShow),
            "started" => Self::Happened(Started),
            "blocked" | "waitlist" => Self::Other,
            _ => return None,
        })
    }

    /// By the word that a mapping uses: those of the HTTP interface, and `other`.
    pub fn by_name(name: &str) -> Option<Self> {
        use AppointmentEvent::{Arrived, Cancelled, Ended, NoShow, Roomed, Started};
        Some(match name {
            "booked" => Self::Agreed,
            "arrived" => Self::Happened(Arrived),
            "roomed" => Self::Happened(Roomed),
            "started" => Self::Happened(Started),
            "ended" => Self::Happened(Ended),
            "cancelled" => Self::Happened(Cancelled),
            "no_show" => Self::Happened(NoShow),
            "other" => Self::Other,
            _ => return None,
        })
    }
}

impl Local {
    /// What we call a place of the sender.
    pub(crate) fn location(&self, said: Location) -> Location {
        if let Some(ours) = self.beds.get(&said) {
            return ours.clone();
        }
        match self.wards.get(&said.ward) {
            Some(ward) => Location {
                ward: ward.clone(),
                ..said
            },
            None => said,
        }
    }

    pub(crate) fn bed_status(&self, code: &str) -> Option<BedStatus> {
        let own = self.bed_statuses.get(code).copied();
        own.or_else(|| BedStatus::by_code(code))
    }

    pub(super) fn appointment_status(&self, code: &str) -> Option<AppointmentStatus> {
        let own = self.appointment_statuses.get(code).copied();
        own.or_else(|| AppointmentStatus::by_code(code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_ward_room_and_bed() {
        let location = |ward: &str, room: &str, bed: &str| {
            let [ward, room, bed] = [ward, room, bed].map(str::to_owned);
            Some(Location { ward, room, bed })
        };
        assert_eq!(Location::parse("A^1^9"), location("A", "1", "9"));
        assert_eq!(Location::parse(" A ^^9"), location("A", "", "9"));
        assert_eq!(Location::parse("A"), location("A", "", ""));
        assert_eq!(Location::parse("^1^9"), None);
        assert_eq!(Location::parse("A^1^9^X"), None);
    }

    #[test]
    fn a_bed_goes_before_its_ward() {
        let location = |text: &str| Location::parse(text).unwrap();
        let local = Local {
            wards: BTreeMap::from([("Ward A".to_owned(), "MED-A".to_owned())]),
            beds: BTreeMap::from([(location("Ward A^1^9"), location("MED-A^R1^A-09"))]),
            ..Local::default()
        };
        assert_eq!(
            local.location(location("Ward A^1^9")),
            location("MED-A^R1^A-09")
        );
        assert_eq!(
            local.location(location("Ward A^1^8")),
            location("MED-A^1^8")
        );
        assert_eq!(
            local.location(location("Ward B^1^9")),
            location("Ward B^1^9")
        );
    }
}

//! The life of a bed on its three axes, occupancy, cleanliness and
//! availability: `docs/clocks.md`, "A bed". The state is small and can be kept
//! in place of all that came before it.

mod cleaning;
pub mod clocks;
mod kept;
mod late;
pub mod reconcile;

use std::collections::BTreeMap;
use std::sync::Arc;

use events::control::OccupancySource;
use events::fact::{BedTap, CleaningPhase};
use events::id::{VisitId, WardId};
use events::reason::Reason;
use serde::{Deserialize, Serialize};

use super::visit::Left;
use super::{Folded, Key};
use crate::trace::{Clock, Interval, Kind, Mark, Reading};
use clocks::{COMPARED, Clocks};
use reconcile::reconcile;

/// What can happen to a bed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BedEvent {
    /// Who enters at this moment has been ready for it, and it has been theirs, since.
    Due(i64),
    /// A visit was placed in it.
    Enter(VisitId),
    /// A visit left it.
    Leave(VisitId, Left),
    /// Staff tapped it.
    Tap(BedTap),
    /// It is being cleaned.
    Cleaning(CleaningPhase),
    /// Its pad said whether somebody is in it.
    Pad(bool),
    /// From now on others know whether it is occupied.
    Source(OccupancySource),
    /// From now on this version of the computation is in force.
    Version(u32),
}

/// Whether a bed can take a patient, as far as cleaning goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cleanliness {
    /// Nothing has been said.
    #[default]
    Unknown,
    /// Since when it has been clean.
    Clean(i64),
    /// Since when it has been dirty.
    Dirty(i64),
    /// Being cleaned since `since`; dirty since `dirty`, where that is known.
    Cleaning {
        /// When it became dirty.
        dirty: Option<i64>,
        /// When cleaning began.
        since: i64,
    },
    /// Occupied; whether it was clean before.
    InUse {
        /// Before it was occupied.
        was_clean: bool,
        /// When it was cleaned ahead of ADT: the patient had left, by the sensor, and
        /// visits did not know. Nobody has come since.
        cleaned: Option<i64>,
    },
}

/// A bed's state: all that the past still means for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BedState {
    /// Visits placed in it, each with its times of coming less those of leaving:
    /// who leaves and comes back in one instant may be told in either order.
    pub occupants: BTreeMap<VisitId, u32>,
    /// Since when it has been occupied, as believed.
    pub occupied_since: Option<i64>,
    /// When it was last vacated.
    pub vacated: Option<i64>,
    /// How clean it is.
    pub cleanliness: Cleanliness,
    /// Why it is blocked, since when, and when it should be back.
    pub blocked: Option<(String, i64, Option<i64>)>,
    /// What visits, staff and its pad say.
    pub clocks: Clocks,
    /// When the pad last changed from occupied to empty.
    pub pad_emptied: Option<i64>,
}

/// What is known of a bed before its life is folded.
#[derive(Clone, Debug)]
pub struct BedSetting {
    /// Its ward.
    pub ward: WardId,
    /// Its id.
    pub subject: Arc<str>,
    /// Who knows whether it is occupied, until [`BedEvent::Source`] says otherwise.
    pub source: OccupancySource,
    /// The version of the computation, until [`BedEvent::Version`] says otherwise.
    pub version: u32,
}

/// Folds `events`, sorted by their keys, onto `state`.
pub fn fold<'a>(
    setting: &BedSetting,
    state: BedState,
    events: impl IntoIterator<Item = (Key, &'a BedEvent)>,
) -> (BedState, Folded) {
    let mut folding = Folding {
        setting,
        source: setting.source,
        version: setting.version,
        state,
        due: None,
        folded: Folded::default(),
    };
    for (key, event) in events {
        if let Err(reason) = folding.apply(key.0, event) {
            folding.folded.refused.push((key, reason));
        }
        folding.compare(key.0);
    }
    folding.open_intervals();
    (folding.state, folding.folded)
}

struct Folding<'a> {
    setting: &'a BedSetting,
    source: OccupancySource,
    version: u32,
    state: BedState,
    /// Since when who enters next could have.
    due: Option<i64>,
    folded: Folded,
}

impl Folding<'_> {
    fn apply(&mut self, at: i64, event: &BedEvent) -> Result<(), Reason> {
        match event {
            BedEvent::Due(since) => self.due = Some(*since),
            BedEvent::Enter(visit) => {
                *self.state.occupants.entry(visit.clone()).or_default() += 1;
                self.state.clocks.hear_adt(at, true);
                self.used_again();
                self.believe(at, Left::Vacated);
                self.due = None;
            }
            BedEvent::Leave(visit, how) => {
                self.leave(visit);
                self.compare_clocks(at, *how);
                self.state
                    .clocks
                    .hear_adt(at, !self.state.occupants.is_empty());
                self.believe(at, *how);
            }
            BedEvent::Pad(occupied) => self.feel(at, *occupied),
            BedEvent::Source(source) => {
                self.source = *source;
                self.believe(at, Left::Vacated);
            }
            BedEvent::Version(version) => self.version = *version,
            BedEvent::Tap(tap) => self.tap(at, tap)?,
            BedEvent::Cleaning(phase) => self.clean(at, *phase)?,
        }
        Ok(())
    }

    fn feel(&mut self, at: i64, occupied: bool) {
        if self.feels() == Some(true) && !occupied {
            self.state.pad_emptied = Some(at);
        }
        self.state.clocks.hear_sensor(at, occupied);
        if occupied {
            self.used_again();
        }
        self.believe(at, Left::Vacated);
    }

    /// What the pad last said.
    fn feels(&self) -> Option<bool> {
        self.state.clocks.sensor.map(|word| word.occupied)
    }

    fn leave(&mut self, visit: &VisitId) {
        if let Some(times) = self.state.occupants.get_mut(visit) {
            *times -= 1;
            if *times == 0 {
                self.state.occupants.remove(visit);
            }
        }
    }

    /// Draws the conclusion from who lies there and what the pad says.
    fn believe(&mut self, at: i64, how: Left) {
        let occupied = reconcile(self.source, &self.state.clocks).occupied;
        match (self.state.occupied_since, occupied) {
            (None, true) => self.occupy(at),
            (Some(since), false) => self.vacate(at, since, how),
            _ => {}
        }
    }

    fn occupy(&mut self, at: i64) {
        if let Some(due) = self.due {
            let reading = match self.state.cleanliness {
                Cleanliness::Clean(since) => Reading::Took(at - since.max(due)),
                _ => Reading::Missing,
            };
            self.mark(Clock::OccupiedTimer, at, reading);
        }
        match self.state.cleanliness {
            Cleanliness::Clean(since) => {
                self.mark(Clock::CleanToOccupied, at, Reading::Took(at - since))
            }
            Cleanliness::Dirty(_) | Cleanliness::Cleaning { .. } => {
                self.mark(Clock::CleanToOccupied, at, Reading::Missing);
            }
            Cleanliness::Unknown | Cleanliness::InUse { .. } => {}
        }
        let was_clean = matches!(self.state.cleanliness, Cleanliness::Clean(_));
        self.end_dirt(at);
        let cleaned = None;
        self.state.cleanliness = Cleanliness::InUse { was_clean, cleaned };
        self.state.occupied_since = Some(at);
    }

    fn vacate(&mut self, at: i64, since: i64, how: Left) {
        self.interval(Kind::Occupied, since, Some(at));
        self.state.occupied_since = None;
        self.state.vacated = Some(at);
        let taken_back = how == Left::TakenBack;
        self.state.cleanliness = match self.state.cleanliness {
            Cleanliness::InUse {
                cleaned: Some(since),
                ..
            } => Cleanliness::Clean(since),
            Cleanliness::InUse {
                was_clean: true, ..
            } if taken_back => Cleanliness::Clean(at),
            _ => Cleanliness::Dirty(at),
        };
    }

    fn tap(&mut self, at: i64, tap: &BedTap) -> Result<(), Reason> {
        match tap {
            BedTap::Clean => {
                self.state.clocks.hear_staff(at);
                self.become_clean(at)
            }
            BedTap::Dirty => {
                self.state.clocks.hear_staff(at);
                self.become_dirty(at)
            }
            BedTap::Blocked {
                reason,
                expected_back,
            } => {
                let since = self.state.blocked.as_ref().map_or(at, |blocked| blocked.1);
                self.state.blocked =
                    Some((reason.clone(), since, expected_back.map(|back| back.0)));
                Ok(())
            }
            BedTap::Open => {
                if let Some((reason, since, _)) = self.state.blocked.take() {
                    self.interval(Kind::Blocked, since, Some(at));
                    self.interval(blocked_for(&reason), since, Some(at));
                }
                Ok(())
            }
        }
    }

    fn open_intervals(&mut self) {
        for (kind, since) in COMPARED.into_iter().zip(self.state.clocks.lasts) {
            if let Some(since) = since {
                self.interval(kind, since, None);
            }
        }
        if let Some(since) = self.state.occupied_since {
            self.interval(Kind::Occupied, since, None);
        }
        if let Some((reason, since, _)) = self.state.blocked.clone() {
            self.interval(Kind::Blocked, since, None);
            self.interval(blocked_for(&reason), since, None);
        }
        match self.state.cleanliness {
            Cleanliness::Dirty(since) => {
                self.interval(Kind::Dirty, since, None);
                self.interval(Kind::NotStarted, since, None);
            }
            Cleanliness::Cleaning {
                dirty: Some(since), ..
            } => {
                self.interval(Kind::Dirty, since, None);
            }
            _ => {}
        }
    }

    fn interval(&mut self, kind: Kind, from: i64, to: Option<i64>) {
        self.folded.traces.intervals.push(Interval {
            ward: self.setting.ward.clone(),
            kind,
            subject: self.setting.subject.clone(),
            from,
            to,
        });
    }

    fn mark(&mut self, clock: Clock, at: i64, reading: Reading) {
        self.folded.traces.marks.push(Mark {
            ward: self.setting.ward.clone(),
            clock,
            at,
            subject: self.setting.subject.clone(),
            reading,
        });
    }
}

/// What a block is for. The reason that was told last holds for all of it.
fn blocked_for(reason: &str) -> Kind {
    match reason {
        "infection" => Kind::BlockedInfection,
        "isolation" => Kind::BlockedIsolation,
        "maintenance" => Kind::BlockedMaintenance,
        _ => Kind::BlockedOther,
    }
}

#[cfg(test)]
mod tests;

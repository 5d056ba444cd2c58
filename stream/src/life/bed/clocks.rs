//! The three clocks of a bed: what visits, staff and the sensor each say of whether
//! somebody is in it, and since when. Each follows its own records and no other's, but
//! for staff: they say that a bed is empty when they do something to it, and nobody
//! says for them that it no longer is; so their word holds until one of the other two
//! says that somebody has come.

use events::control::OccupancySource;
use serde::{Deserialize, Serialize};

use super::Folding;
use super::reconcile::{Confidence, reconcile};
use crate::trace::Kind;
use crate::version::THREE_CLOCKS;

/// What a clock says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// Whether somebody is in the bed.
    pub occupied: bool,
    /// Since when it says so, in event time.
    pub since: i64,
}

/// The clocks of one bed; a clock that has said nothing is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clocks {
    /// Visits: admissions, transfers, discharges and their cancels.
    pub adt: Option<Word>,
    /// Taps `clean` and `dirty`, and cleaning; `occupied` is never true.
    pub staff: Option<Word>,
    /// The bed's pads.
    pub sensor: Option<Word>,
    /// Since when what [`COMPARED`] names has been the case, where it is.
    pub(super) lasts: [Option<i64>; 3],
}

/// What follows from the clocks side by side.
pub(super) const COMPARED: [Kind; 3] = [Kind::Disputed, Kind::Ghost, Kind::Hidden];

impl Clocks {
    /// Visits say at a time whether somebody is in the bed.
    pub(super) fn hear_adt(&mut self, at: i64, occupied: bool) {
        if turn(&mut self.adt, at, occupied) && occupied {
            self.staff = None;
        }
    }

    /// The sensor says so.
    pub(super) fn hear_sensor(&mut self, at: i64, occupied: bool) {
        if turn(&mut self.sensor, at, occupied) && occupied {
            self.staff = None;
        }
    }

    /// Staff do something to the bed that nobody does while somebody is in it.
    pub(super) fn hear_staff(&mut self, at: i64) {
        turn(&mut self.staff, at, false);
    }

    /// Since when the clocks and what is believed have not been the same, without a break.
    pub fn disputed_since(&self) -> Option<i64> {
        self.lasts[0]
    }

    /// Whether something is the case, side by side.
    pub(super) fn is(&self, source: OccupancySource, kind: Kind) -> bool {
        let says = |word: Option<Word>, occupied| word.is_some_and(|w| w.occupied == occupied);
        let is_ghost = says(self.adt, true) && says(self.sensor, false);
        match kind {
            Kind::Ghost => is_ghost,
            Kind::Hidden => is_ghost && self.staff.is_none(),
            _ => reconcile(source, self).confidence == Confidence::Disputed,
        }
    }
}

impl Folding<'_> {
    /// Notes what the clocks come to, side by side; from the version on that compares
    /// them: what they disagreed on before begins when it comes into force.
    pub(super) fn compare(&mut self, at: i64) {
        let compares = self.version >= THREE_CLOCKS;
        for (place, kind) in COMPARED.into_iter().enumerate() {
            let clocks = &mut self.state.clocks;
            let holds = compares && clocks.is(self.source, kind);
            let before = clocks.lasts[place];
            clocks.lasts[place] = holds.then(|| before.unwrap_or(at));
            if let Some(since) = before.filter(|_| !holds) {
                self.interval(kind, since, Some(at));
            }
        }
    }
}

/// Whether what a clock says is another now.
fn turn(clock: &mut Option<Word>, at: i64, occupied: bool) -> bool {
    let turns = clock.is_none_or(|word| word.occupied != occupied);
    if turns {
        let since = at;
        *clock = Some(Word { occupied, since });
    }
    turns
}

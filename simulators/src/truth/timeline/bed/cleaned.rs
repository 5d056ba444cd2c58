//! What cleaning does to a bed, also while its last patient has yet to be discharged.

use super::super::{THREE_CLOCKS, Took};
use super::{Bed, State};

impl Bed<'_> {
    pub(super) fn started(&mut self, at: i64) {
        let dirt = match self.state {
            State::Dirty { since } => Some(since),
            State::Unknown | State::Clean { .. } => None,
            State::Cleaning { .. } | State::InUse { .. } => return,
        };
        self.count(at, "cleaning_response", known(dirt, at));
        self.becomes(at, State::Cleaning { since: at, dirt });
    }

    pub(super) fn done(&mut self, at: i64) {
        match self.state {
            State::Cleaning { since, dirt } => {
                self.count(at, "cleaning_time", Took::Ms(at - since));
                self.count(at, "bed_turn", known(dirt, at));
            }
            State::Dirty { since } => {
                self.count(at, "bed_turn", Took::Ms(at - since));
                self.count(at, "cleaning_response", Took::Missing);
                self.count(at, "cleaning_time", Took::Missing);
            }
            State::Unknown => {}
            State::InUse {
                was_clean,
                cleaned: None,
            } if self.has_left(at) => {
                let cleaned = Some(at);
                self.state = State::InUse { was_clean, cleaned };
                return self.count(at, "bed_turn", Took::Missing);
            }
            State::Clean { .. } | State::InUse { .. } => return,
        }
        self.becomes(at, State::Clean { since: at });
    }

    /// Whether who is believed to be in it was, and is not any more, by the pad.
    fn has_left(&self, at: i64) -> bool {
        let counts = self.versions.know(THREE_CLOCKS, at);
        counts && self.pad == Some(false) && self.emptied >= self.occupied
    }

    /// Somebody has come since it was cleaned, or staff say that it is dirty.
    pub(super) fn cleaned_for_nothing(&mut self) {
        if let State::InUse { cleaned, .. } = &mut self.state {
            *cleaned = None;
        }
    }
}

fn known(since: Option<i64>, at: i64) -> Took {
    since.map_or(Took::Missing, |since| Took::Ms(at - since))
}

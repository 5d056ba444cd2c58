//! The way of a patient who came as an emergency: `docs/clocks.md`, "An emergency".
//! It runs from the arrival to the end of the ward stay that began with it.

use events::id::WardId;
use events::place::Place;
use events::time::MINUTE_MS;

use crate::trace::{Clock, Reading};

/// The patient left without being seen.
pub const UNSEEN: i64 = 1;
/// It took more than 480 minutes.
pub const LONG: i64 = 2;
/// The patient waited more than 240 minutes for a bed elsewhere.
pub const BOARDED: i64 = 4;
/// The patient waited more than 60 minutes for a bed or a room.
pub const UNPLACED: i64 = 8;

/// How it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The patient left the hospital.
    Left,
    /// The patient left it without being seen.
    LeftUnseen,
    /// The patient went to another ward.
    MovedOn,
    /// By a cancel or a merge: it was none.
    Neither,
}

/// What is known of it so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Emergency {
    /// Whether the patient came as one.
    pub(super) is_one: bool,
    /// Where the patient came to, until it is left.
    pub(super) here: Option<WardId>,
    /// When the patient was first in a bed or a room there.
    space: Option<i64>,
    /// When the admission was decided, and on which ward.
    pub(super) decided: Option<(i64, Option<WardId>)>,
}

/// A clock that stops, when, and what it says.
pub(super) type Stop = (Clock, i64, Reading);

impl Emergency {
    /// The patient comes from outside.
    pub(super) fn comes(&mut self, ward: &WardId) {
        (self.here, self.space) = (Some(ward.clone()), None);
    }

    /// The patient is placed.
    pub(super) fn placed(&mut self, at: i64, place: &Place) {
        let is_space = place.bed.is_some() || place.room.is_some();
        if is_space && self.here.as_ref() == Some(&place.ward) {
            self.space.get_or_insert(at);
        }
    }

    /// Whether an emergency is still where it came to.
    pub(super) fn is_there(&self) -> bool {
        self.is_one && self.here.is_some()
    }

    /// The ward that the patient came to is left; gives what stops with that.
    pub(super) fn ends(&mut self, at: i64, came: i64, end: End) -> Vec<Stop> {
        let was_there = self.is_there();
        self.here = None;
        if !was_there || end == End::Neither {
            return Vec::new();
        }
        let decided = self.decided.as_ref().map(|(decided, _)| *decided);
        let mut stops = vec![(Clock::EmergencyStay, at, took(came, at))];
        let mut wrong = if at - came > 480 * MINUTE_MS { LONG } else { 0 };
        if end == End::MovedOn {
            let boarded = decided.map_or(Reading::Missing, |decided| took(decided, at));
            stops.push((Clock::Boarding, at, boarded));
            let long = decided.is_some_and(|decided| at - decided > 240 * MINUTE_MS);
            wrong |= if long { BOARDED } else { 0 };
        }
        if end == End::LeftUnseen {
            wrong |= UNSEEN;
        }
        if let Some(space) = self.space {
            stops.push((Clock::TreatmentSpace, space, took(came, space)));
            wrong |= if space - came > 60 * MINUTE_MS {
                UNPLACED
            } else {
                0
            };
        } else if end != End::LeftUnseen {
            stops.push((Clock::TreatmentSpace, at, Reading::Missing));
        }
        let unseen = i64::from(end == End::LeftUnseen);
        stops.push((Clock::LeftUnseen, at, Reading::Took(unseen)));
        stops.push((Clock::EmergencyEnd, at, Reading::Took(wrong)));
        stops
    }

    /// What has stopped of one that has not ended.
    pub(super) fn so_far(&self, came: i64) -> Option<Stop> {
        let space = self.space.filter(|_| self.is_there())?;
        Some((Clock::TreatmentSpace, space, took(came, space)))
    }
}

fn took(from: i64, to: i64) -> Reading {
    match to - from {
        ms if ms < 0 => Reading::Invalid,
        ms => Reading::Took(ms),
    }
}

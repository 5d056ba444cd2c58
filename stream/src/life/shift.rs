//! The shifts of a person: `docs/clocks.md`, "A shift".

use std::sync::Arc;

use events::id::{RoleId, WardId};
use serde::{Deserialize, Serialize};

use super::{Folded, Timeline};
use crate::trace::{Interval, Kind};

/// The role that counts as nursing.
const NURSE: &str = "nurse";

/// A shift began or ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftEvent {
    /// Where.
    pub ward: WardId,
    /// As what.
    pub role: RoleId,
    /// Whether it began.
    pub begins: bool,
}

/// Folds what was said of a person: one is on one shift at a time, the one that began last.
pub fn fold(subject: &Arc<str>, timeline: &Timeline<ShiftEvent>) -> Folded {
    let mut folded = Folded::default();
    let mut on: Option<(&ShiftEvent, i64)> = None;
    let mut ends = |on: Option<(&ShiftEvent, i64)>, to: Option<i64>| {
        if let Some((shift, from)) = on.filter(|(shift, _)| shift.role.as_str() == NURSE) {
            folded.traces.intervals.push(Interval {
                ward: shift.ward.clone(),
                kind: Kind::Nursing,
                subject: subject.clone(),
                from,
                to,
            });
        }
    };
    for ((at, _), event) in timeline.iter() {
        // To be told again of the shift that one is on begins no other.
        if event.begins && on.is_some_and(|(shift, _)| shift == event) {
            continue;
        }
        ends(on.take(), Some(at));
        on = event.begins.then_some((event, at));
    }
    ends(on, None);
    folded
}

//! The alert rules. A rule is one file under `alert/` and one line in [`all`]; its
//! judge is the file of the same name in `simulators/src/truth/`. A rule turns
//! traces into intervals of event time; [`crate::alarms`] compares them with what
//! was said before, and raises, clears or withdraws.

mod appointment_waiting;
pub mod bed_conflict;
mod bed_dirty;
mod cleaning_not_started;
mod device_silent;
mod equipment_fault;
mod request_waiting;
pub mod response;
pub mod source_silent;
pub mod ward_full;

use events::output::AlertPriority;
use events::time::{DAY_MS, MINUTE_MS};

use crate::trace::Kind;
use response::Response;

/// One rule.
pub struct RuleSpec {
    /// Its name in tables and in `control`.
    pub name: &'static str,
    /// The version of the computation that applied it first.
    pub version: u32,
    /// Where its definition and its numbers come from.
    pub source: &'static str,
    /// How urgent.
    pub priority: AlertPriority,
    /// What it looks at.
    pub condition: Condition,
    /// The numbers of its condition, with their defaults.
    pub parameters: &'static [Parameter],
    /// What it asks of people.
    pub response: Response,
}

impl RuleSpec {
    /// All its numbers: those of its condition, then those of its response.
    pub fn numbers(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().chain(&self.response.numbers)
    }

    /// The number at this place among [`RuleSpec::numbers`].
    ///
    /// # Panics
    /// There are not so many.
    pub fn number(&self, place: usize) -> &Parameter {
        match place.checked_sub(self.parameters.len()) {
            None => &self.parameters[place],
            Some(place) => &self.response.numbers[place],
        }
    }
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Something has been the case for as long as the rule's first number says;
    /// at once when it has none.
    Lasts(Kind),
    /// As before, or the second is the case: that counts at once.
    LastsOrIs(Kind, Kind),
    /// The ward's occupancy is at the first number or above, and not yet below
    /// the second.
    WardFull,
    /// A source of facts is lost: see [`crate::life::source`].
    SourceLost,
}

impl Condition {
    /// What has to last, and what counts at once.
    pub const fn kinds(self) -> Option<(Kind, Option<Kind>)> {
        match self {
            Self::Lasts(kind) => Some((kind, None)),
            Self::LastsOrIs(kind, at_once) => Some((kind, Some(at_once))),
            Self::WardFull | Self::SourceLost => None,
        }
    }
}

/// A number of a rule, as `control` sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it is unless set.
    pub default: i64,
    /// The least that it can be.
    pub least: i64,
    /// The most that it can be: what comes by `control` is clamped, so that no
    /// record of the log can make a fold overflow.
    pub most: i64,
    /// Milliseconds in one of its unit; 1 for what is no time.
    pub unit_ms: i64,
}

impl Parameter {
    const fn minutes(default: i64) -> Self {
        Self {
            name: "minutes",
            default,
            least: 1,
            most: DAYS_MOST * DAY_MS / MINUTE_MS,
            unit_ms: MINUTE_MS,
        }
    }

    /// The value in force when this one was set.
    pub fn clamp(&self, value: i64) -> i64 {
        value.clamp(self.least, self.most)
    }

    /// Whether somebody may set this value.
    pub fn allows(&self, value: i64) -> bool {
        self.clamp(value) == value
    }
}

/// No rule waits for longer than this many days.
const DAYS_MOST: i64 = 30;

/// Every rule, by name.
pub fn all() -> &'static [RuleSpec] {
    &[
        appointment_waiting::RULE,
        bed_conflict::RULE,
        bed_dirty::RULE,
        cleaning_not_started::RULE,
        device_silent::RULE,
        equipment_fault::RULE,
        request_waiting::RULE,
        source_silent::RULE,
        ward_full::RULE,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_can_leave_its_range() {
        for parameter in all().iter().flat_map(RuleSpec::numbers) {
            assert!(parameter.allows(parameter.default), "{parameter:?}");
            assert_eq!(parameter.clamp(i64::MIN), parameter.least);
            assert_eq!(parameter.clamp(i64::MAX), parameter.most);
            let longest = parameter.most.checked_mul(parameter.unit_ms);
            assert!(longest.is_some_and(|ms| ms <= DAYS_MOST * DAY_MS));
        }
    }
}

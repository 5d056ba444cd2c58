//! The alert rules. A rule is one file under `alert/` and one line in [`all`]; its
//! judge is the file of the same name in `simulators/src/truth/`. A rule turns
//! traces into intervals of event time; [`crate::alarms`] compares them with what
//! was said before, and raises, clears or withdraws.

mod appointment_waiting;
mod bed_dirty;
mod cleaning_not_started;
mod device_silent;
mod equipment_fault;
mod request_waiting;
pub mod ward_full;

use events::output::AlertPriority;
use events::time::MINUTE_MS;

use crate::trace::Kind;

/// One rule.
pub struct RuleSpec {
    /// Its name in tables and in `control`.
    pub name: &'static str,
    /// How urgent.
    pub priority: AlertPriority,
    /// What it looks at.
    pub condition: Condition,
    /// Its numbers, with their defaults.
    pub parameters: &'static [Parameter],
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Something has been the case for as long as the rule's first number says;
    /// at once when it has none.
    Lasts(Kind),
    /// The ward's occupancy is at the first number or above, and not yet below
    /// the second.
    WardFull,
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
    /// Milliseconds in one of its unit; 1 for what is no time.
    pub unit_ms: i64,
}

impl Parameter {
    const fn minutes(default: i64) -> Self {
        Self {
            name: "minutes",
            default,
            least: 1,
            unit_ms: MINUTE_MS,
        }
    }
}

/// Every rule, by name.
pub fn all() -> &'static [RuleSpec] {
    &[
        appointment_waiting::RULE,
        bed_dirty::RULE,
        cleaning_not_started::RULE,
        device_silent::RULE,
        equipment_fault::RULE,
        request_waiting::RULE,
        ward_full::RULE,
    ]
}

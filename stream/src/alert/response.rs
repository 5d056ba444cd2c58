//! What a rule asks of people: whom it tells, one after the other, and how long each has.
//! Its four numbers are set by `control` like the others of the rule, for a ward or a site.

use events::access::Role;
use events::time::{DAY_MS, MINUTE_MS};

use super::{DAYS_MOST, Parameter};

/// What a rule asks of people.
#[derive(Debug)]
pub struct Response {
    /// Who is told, first its owner; the last again and again. At least one.
    pub chain: &'static [Role],
    /// How long each has, how long an acknowledgement holds, how long the alert can last before it
    /// rises to the highest priority (0: it never does), and after how long the last is told again
    /// (0: as long as each has); in minutes.
    pub numbers: [Parameter; 4],
}

impl Response {
    /// Tells `chain`, each for `step` minutes.
    pub(super) const fn of(chain: &'static [Role], step: i64) -> Self {
        let numbers = [
            minutes("step_minutes", step, 1),
            minutes("acknowledged_minutes", 60, 1),
            minutes("rises_minutes", 0, 0),
            minutes("repeat_minutes", 0, 0),
        ];
        Self { chain, numbers }
    }

    /// An alert that has lasted for this many minutes is of the highest priority.
    pub(super) const fn rising(mut self, after: i64) -> Self {
        self.numbers[2].default = after;
        self
    }
}

const fn minutes(name: &'static str, default: i64, least: i64) -> Parameter {
    Parameter {
        name,
        default,
        least,
        most: DAYS_MOST * DAY_MS / MINUTE_MS,
        unit_ms: MINUTE_MS,
    }
}

//! Days, hours and shifts, in UTC. A scenario may make every day the same
//! day of the week.

use events::time::{DAY_MS, HOUR_MS};

use crate::scenario::Weekday;

const WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// Emergency arrivals by hour of the day; they sum to 1,000.
const EMERGENCIES: [u32; 24] = [
    26, 21, 18, 16, 16, 18, 24, 34, 46, 56, 60, 60, 58, 56, 54, 53, 53, 54, 56, 56, 52, 45, 38, 30,
];

pub(super) struct Calendar {
    always: Option<Weekday>,
}

impl Calendar {
    pub(super) fn new(always: Option<Weekday>) -> Self {
        Self { always }
    }

    pub(super) fn weekday(&self, at: i64) -> Weekday {
        // 1970-01-01 was a Thursday.
        let day = (at.div_euclid(DAY_MS) + 3).rem_euclid(7);
        self.always
            .unwrap_or(WEEK[usize::try_from(day).expect("a remainder is not negative")])
    }

    pub(super) fn is_working_day(&self, at: i64) -> bool {
        self.weekday(at) < Weekday::Saturday
    }

    /// Emergencies to be expected in the hour around `at`, in millionths of the
    /// average day; Mondays are busier.
    pub(super) fn emergencies(&self, at: i64) -> u32 {
        let day = match self.weekday(at) {
            Weekday::Monday => 1_120,
            Weekday::Saturday | Weekday::Sunday => 930,
            _ => 1_000,
        };
        EMERGENCIES[hour(at)] * day
    }

    /// The most that [`Self::emergencies`] gives.
    pub(super) const EMERGENCIES_MAX: u32 = 60 * 1_120;
}

/// Hour of the day, 0 to 23.
pub(super) fn hour(at: i64) -> usize {
    usize::try_from(at.rem_euclid(DAY_MS) / HOUR_MS).expect("a remainder is not negative")
}

/// Start of the day.
pub(super) fn midnight(at: i64) -> i64 {
    at.div_euclid(DAY_MS) * DAY_MS
}

/// 0 by day (from 7 h), 1 in the evening (15 h), 2 at night (23 h).
pub(super) fn shift(at: i64) -> usize {
    match hour(at) {
        7..15 => 0,
        15..23 => 1,
        _ => 2,
    }
}

/// When the next shift begins.
pub(super) fn shift_end(at: i64) -> i64 {
    let today = midnight(at);
    [7, 15, 23, 31]
        .map(|hour| today + hour * HOUR_MS)
        .into_iter()
        .find(|change| *change > at)
        .expect("the last one is tomorrow")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_1970_was_a_thursday() {
        let calendar = Calendar::new(None);
        assert_eq!(calendar.weekday(0), Weekday::Thursday);
        assert_eq!(calendar.weekday(4 * DAY_MS), Weekday::Monday);
        assert_eq!(
            Calendar::new(Some(Weekday::Friday)).weekday(0),
            Weekday::Friday
        );
        assert_eq!(EMERGENCIES.iter().sum::<u32>(), 1_000);
    }

    #[test]
    fn the_night_shift_ends_in_the_morning() {
        assert_eq!((shift(0), shift_end(0)), (2, 7 * HOUR_MS));
        assert_eq!(shift_end(23 * HOUR_MS), 31 * HOUR_MS);
        assert_eq!(shift(22 * HOUR_MS), 1);
    }
}

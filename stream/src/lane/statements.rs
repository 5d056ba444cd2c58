//! What a device last said of a state (occupied, in use). Only what changes
//! something goes on to the site's fold; heartbeats that repeat it do not.
//! Statements are kept for [`KEPT_MS`], so that one that comes late between two
//! equal ones is put in its place, and the next one is said again after it.

use std::collections::BTreeMap;

/// How long a repeated statement is remembered, in milliseconds of event time.
/// A reading that is later than this and contradicts its neighbours holds until
/// the next statement that is remembered.
pub const KEPT_MS: i64 = 15 * 60_000;

/// Event time, boot and number: the order of one device's statements.
pub type At = (i64, u32, u64);

/// The recent statements of one device.
#[derive(Clone, Debug, Default)]
pub struct Statements {
    kept: BTreeMap<At, i32>,
}

impl Statements {
    /// Takes a statement; returns those that the site must hear, oldest first.
    pub fn say(&mut self, at: At, value: i32) -> Vec<(At, i32)> {
        let before = self.kept.range(..at).next_back().map(|(_, value)| *value);
        let after = self
            .kept
            .range(at..)
            .next()
            .map(|(at, value)| (*at, *value));
        self.kept.insert(at, value);
        self.forget();
        if before == Some(value) {
            return Vec::new();
        }
        let again = after.filter(|(_, next)| *next != value);
        std::iter::once((at, value)).chain(again).collect()
    }

    fn forget(&mut self) {
        let Some((newest, _)) = self.kept.last_key_value() else {
            return;
        };
        let edge = newest.0 - KEPT_MS;
        while self.kept.len() > 1
            && self
                .kept
                .first_key_value()
                .is_some_and(|(at, _)| at.0 < edge)
        {
            self.kept.pop_first();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seq: u64) -> At {
        (i64::try_from(seq).unwrap() * 1_000, 1, seq)
    }

    #[test]
    fn heartbeats_are_not_repeated() {
        let mut statements = Statements::default();
        assert_eq!(statements.say(at(1), 1), [(at(1), 1)]);
        assert_eq!(statements.say(at(2), 1), []);
        assert_eq!(statements.say(at(3), 0), [(at(3), 0)]);
    }

    #[test]
    fn what_comes_late_between_equals_is_followed_by_the_next_again() {
        let mut statements = Statements::default();
        statements.say(at(1), 1);
        statements.say(at(3), 1);
        assert_eq!(statements.say(at(2), 0), [(at(2), 0), (at(3), 1)]);
    }

    #[test]
    fn one_statement_is_always_kept() {
        let mut statements = Statements::default();
        statements.say(at(1), 1);
        assert_eq!(statements.say(at(100_000), 1), []);
        assert_eq!(statements.kept.len(), 1);
    }
}

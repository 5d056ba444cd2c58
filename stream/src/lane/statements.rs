//! What a device last said of a state (occupied, in use). Only what changes
//! something goes on to the site's fold; heartbeats that repeat it do not.
//! Statements are kept for [`KEPT_MS`], so that one that comes late between two
//! equal ones is put in its place, and the next one is said again after it.

use std::collections::VecDeque;

/// How long a repeated statement is remembered, in milliseconds of event time.
/// A reading that is later than this and contradicts its neighbours holds until
/// the next statement that is remembered.
pub const KEPT_MS: i64 = 15 * 60_000;

/// Most statements that are remembered of a device: one that is further behind
/// than so many numbers is not taken anyway, see [`super::dedup`].
pub const KEPT_MOST: usize = 1_024;

/// What a device said, and where it stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The number of the place in its lane.
    pub place: u32,
    /// The bits that make up the state: few, so that many fit into memory.
    pub value: i16,
    /// The sensor's code.
    pub code: u8,
    /// Events are never repeated: each goes on.
    pub is_event: bool,
}

/// Event time, boot and number: the order of one device's statements.
pub type At = (i64, u32, u64);

/// The recent statements of one device, oldest first. They nearly always come
/// in order, so that taking one is adding it at the end.
#[derive(Clone, Debug, Default)]
pub struct Statements {
    kept: VecDeque<(At, Statement)>,
}

impl Statements {
    /// Takes a statement; returns those that the site must hear, oldest first.
    pub fn say(&mut self, at: At, said: Statement) -> Vec<(At, Statement)> {
        let place = match self.kept.back() {
            Some((newest, _)) if *newest > at => self.kept.partition_point(|(kept, _)| *kept < at),
            _ => self.kept.len(),
        };
        let before = place.checked_sub(1).map(|before| self.kept[before].1);
        let after = self.kept.get(place).copied();
        self.kept.insert(place, (at, said));
        self.forget();
        if before == Some(said) && !said.is_event {
            return Vec::new();
        }
        let again = after.filter(|(_, next)| *next != said && !next.is_event);
        std::iter::once((at, said)).chain(again).collect()
    }

    fn forget(&mut self) {
        let newest = self.kept.back().map_or(0, |((at, ..), _)| *at);
        let is_old = |(at, _): &(At, Statement)| at.0 < newest - KEPT_MS;
        while self.kept.len() > KEPT_MOST
            || (self.kept.len() > 1 && self.kept.front().is_some_and(is_old))
        {
            self.kept.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seq: u64) -> At {
        (i64::try_from(seq).unwrap() * 1_000, 1, seq)
    }

    fn is(value: i16) -> Statement {
        Statement {
            value,
            place: 0,
            code: 1,
            is_event: false,
        }
    }

    #[test]
    fn heartbeats_are_not_repeated() {
        let mut statements = Statements::default();
        assert_eq!(statements.say(at(1), is(1)), [(at(1), is(1))]);
        assert_eq!(statements.say(at(2), is(1)), []);
        assert_eq!(statements.say(at(3), is(0)), [(at(3), is(0))]);
    }

    #[test]
    fn what_comes_late_between_equals_is_followed_by_the_next_again() {
        let mut statements = Statements::default();
        statements.say(at(1), is(1));
        statements.say(at(3), is(1));
        assert_eq!(
            statements.say(at(2), is(0)),
            [(at(2), is(0)), (at(3), is(1))]
        );
    }

    #[test]
    fn one_statement_is_always_kept() {
        let mut statements = Statements::default();
        statements.say(at(1), is(1));
        assert_eq!(statements.say(at(100_000), is(1)), []);
        assert_eq!(statements.kept.len(), 1);
    }

    #[test]
    fn no_more_are_kept_than_can_matter() {
        let mut statements = Statements::default();
        for seq in 0..10_000 {
            statements.say((i64::try_from(seq).unwrap(), 1, seq), is(1));
        }
        assert_eq!(statements.kept.len(), KEPT_MOST);
    }
}

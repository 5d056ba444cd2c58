//! What a device last said of a state (occupied, in use). Only what changes
//! something goes on to the site's fold; heartbeats that repeat it do not.
//! The recent ones are kept: one that comes late between two equal ones is put in
//! its place, and the next one is said again after it.

mod written;

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Most statements that are remembered of a device, four hours of heartbeats: more
/// would take more memory than everything else that is known of it. One that comes
/// later than so many others holds until the next that is remembered.
pub const KEPT_MOST: usize = 255;

/// What a device said, and where it stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// The recent statements of one device, oldest first. They nearly always come in
/// order and say what was said before: then taking one adds four bytes at the end.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Statements {
    runs: VecDeque<Run>,
    kept: usize,
}

/// The same said again and again within one boot: the oldest and the newest time,
/// and the steps between, each in four bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Run {
    said: Statement,
    oldest: At,
    newest: At,
    #[serde(with = "written")]
    steps: VecDeque<Step>,
}

/// From one statement to the next: milliseconds in the upper 24 bits (up to four
/// hours and a half), numbers in the lower 8.
#[derive(Clone, Copy, Debug)]
struct Step(u32);

impl Statements {
    /// Takes a statement; returns those that the site must hear, oldest first.
    /// Those from before `edge` can't be contradicted any more.
    pub fn say(&mut self, at: At, said: Statement, edge: i64) -> Vec<(At, Statement)> {
        let newest = self.runs.back().map(|run| (run.newest, run.said));
        if newest.is_some_and(|(newest, _)| newest > at) {
            return self.say_late(at, said, edge);
        }
        self.append(at, said);
        self.forget(edge);
        let is_repeated = newest.is_some_and(|(_, before)| before == said);
        if is_repeated && !said.is_event {
            return Vec::new();
        }
        vec![(at, said)]
    }

    /// What comes late finds its place among all that are kept, which is rare.
    fn say_late(&mut self, at: At, said: Statement, edge: i64) -> Vec<(At, Statement)> {
        let mut kept: Vec<(At, Statement)> = self.runs.iter().flat_map(Run::statements).collect();
        let place = kept.partition_point(|(kept, _)| *kept < at);
        let before = place.checked_sub(1).map(|before| kept[before].1);
        let after = kept.get(place).copied();
        kept.insert(place, (at, said));
        *self = Self::default();
        kept.into_iter()
            .for_each(|(at, said)| self.append(at, said));
        self.forget(edge);
        if before == Some(said) && !said.is_event {
            return Vec::new();
        }
        let again = after.filter(|(_, next)| *next != said && !next.is_event);
        std::iter::once((at, said)).chain(again).collect()
    }

    fn append(&mut self, at: At, said: Statement) {
        self.kept += 1;
        let newest = self.runs.back_mut();
        if !newest.is_some_and(|run| run.goes_on(at, said)) {
            self.runs.push_back(Run::new(at, said));
        }
    }

    fn forget(&mut self, edge: i64) {
        while let Some(run) = self.runs.front_mut()
            && (self.kept > KEPT_MOST || (self.kept > 1 && run.oldest.0 < edge))
        {
            self.kept -= 1;
            match run.steps.pop_front() {
                Some(step) => run.oldest = step.from(run.oldest),
                None => drop(self.runs.pop_front()),
            }
        }
    }
}

impl Run {
    fn new(at: At, said: Statement) -> Self {
        Self {
            said,
            oldest: at,
            newest: at,
            steps: VecDeque::new(),
        }
    }

    /// Takes a statement that is newer than all, if it says the same once more.
    fn goes_on(&mut self, at: At, said: Statement) -> bool {
        let step = Step::between(self.newest, at).filter(|_| said == self.said);
        if let Some(step) = step {
            self.newest = at;
            self.make_room();
            self.steps.push_back(step);
        }
        step.is_some()
    }

    /// Twice the room when there is none, but never more than is ever needed: a run
    /// that was copied or read has room for no more than it holds.
    fn make_room(&mut self) {
        let steps = self.steps.len();
        if steps == self.steps.capacity() {
            let more = steps.max(4).min(KEPT_MOST.saturating_sub(steps));
            self.steps.reserve_exact(more.max(1));
        }
    }

    fn statements(&self) -> impl Iterator<Item = (At, Statement)> {
        let next = |at: &mut At, step: &Step| {
            *at = step.from(*at);
            Some(*at)
        };
        let later = self.steps.iter().scan(self.oldest, next);
        std::iter::once(self.oldest)
            .chain(later)
            .map(|at| (at, self.said))
    }
}

impl Step {
    const NUMBER_BITS: u32 = 8;

    /// Nothing when it is too long, or leads into another boot.
    fn between(before: At, after: At) -> Option<Self> {
        let ms = u32::try_from(after.0 - before.0).ok()?;
        let numbers = after.2.checked_sub(before.2)?;
        let fits = ms < 1 << (u32::BITS - Self::NUMBER_BITS)
            && numbers < 1 << Self::NUMBER_BITS
            && before.1 == after.1;
        let numbers = u32::try_from(numbers).ok()?;
        fits.then_some(Self(ms << Self::NUMBER_BITS | numbers))
    }

    fn from(self, (at, boot, seq): At) -> At {
        let ms = i64::from(self.0 >> Self::NUMBER_BITS);
        let numbers = self.0 & ((1 << Self::NUMBER_BITS) - 1);
        (at + ms, boot, seq + u64::from(numbers))
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
        assert_eq!(statements.say(at(1), is(1), 0), [(at(1), is(1))]);
        assert_eq!(statements.say(at(2), is(1), 0), []);
        assert_eq!(statements.say(at(3), is(0), 0), [(at(3), is(0))]);
    }

    #[test]
    fn what_comes_late_between_equals_is_followed_by_the_next_again() {
        let mut statements = Statements::default();
        statements.say(at(1), is(1), 0);
        statements.say(at(3), is(1), 0);
        assert_eq!(
            statements.say(at(2), is(0), 0),
            [(at(2), is(0)), (at(3), is(1))]
        );
    }

    #[test]
    fn it_is_read_as_it_was_written_and_takes_no_more_room_than_it_needs() {
        let mut statements = Statements::default();
        for seq in 0..2_000 {
            let late = i64::try_from(seq % 7).unwrap() * 1_300;
            let at = (at(seq).0 * 60 - late, 1, seq * (1 + seq / 700 % 2));
            statements.say(at, is(i16::from(seq % 900 == 0)), 0);
            if seq % 100 == 0 {
                let bytes = postcard::to_allocvec(&statements).unwrap();
                let read: Statements = postcard::from_bytes(&bytes).unwrap();
                let all = |of: &Statements| -> Vec<_> {
                    of.runs.iter().flat_map(Run::statements).collect()
                };
                assert_eq!(all(&read), all(&statements));
                statements = read;
            }
        }
        assert_eq!(statements.kept, KEPT_MOST);
        let run = statements.runs.back().unwrap();
        assert!(run.steps.len() > KEPT_MOST / 2);
        assert!(
            run.steps.capacity() <= KEPT_MOST,
            "{}",
            run.steps.capacity()
        );
    }

    #[test]
    fn one_statement_is_always_kept() {
        let mut statements = Statements::default();
        statements.say(at(1), is(1), 0);
        assert_eq!(statements.say(at(100_000), is(1), 99_000_000), []);
        assert_eq!(statements.kept, 1);
    }

    #[test]
    fn no_more_are_kept_than_can_matter() {
        let mut statements = Statements::default();
        for seq in 0..10_000 {
            statements.say((i64::try_from(seq).unwrap(), 1, seq), is(1), 0);
        }
        assert_eq!(statements.kept, KEPT_MOST);
    }

    /// The statements one by one, as the definition says it.
    #[derive(Default)]
    struct Plain(Vec<(At, Statement)>);

    impl Plain {
        fn say(&mut self, at: At, said: Statement, edge: i64) -> Vec<(At, Statement)> {
            let place = self.0.partition_point(|(kept, _)| *kept < at);
            let before = place.checked_sub(1).map(|before| self.0[before].1);
            let after = self.0.get(place).copied();
            self.0.insert(place, (at, said));
            while self.0.len() > KEPT_MOST || (self.0.len() > 1 && self.0[0].0.0 < edge) {
                self.0.remove(0);
            }
            if before == Some(said) && !said.is_event {
                return Vec::new();
            }
            let again = after.filter(|(_, next)| *next != said && !next.is_event);
            std::iter::once((at, said)).chain(again).collect()
        }
    }

    #[test]
    fn runs_tell_what_single_statements_would() {
        for seed in 0..50_u64 {
            let mut state = seed;
            let mut random = |below: u64| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) % below
            };
            let (mut statements, mut plain) = (Statements::default(), Plain::default());
            let (mut now, mut boot, mut missing) = (1_790_000_000_000_i64, 1, 0);
            let kept_ms = if seed.is_multiple_of(2) {
                15 * 60_000
            } else {
                259_200_000
            };
            for seq in 0..2_000 {
                now += i64::try_from(random(5_000)).unwrap();
                if random(200) == 0 {
                    now += i64::try_from(random(10 * 3_600_000)).unwrap();
                    missing += random(600);
                }
                boot += u32::from(random(300) == 0);
                let late = if random(20) == 0 { random(600_000) } else { 0 };
                let at = (now - i64::try_from(late).unwrap(), boot, seq + missing);
                let edge = now - kept_ms;
                let said = Statement {
                    place: u32::from(random(500) == 0),
                    value: i16::from(random(10) == 0),
                    code: 1,
                    is_event: random(50) == 0,
                };
                assert_eq!(
                    statements.say(at, said, edge),
                    plain.say(at, said, edge),
                    "{seed} {seq}"
                );
            }
        }
    }
}

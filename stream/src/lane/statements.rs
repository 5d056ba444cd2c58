//! What a device last said of a state (occupied, in use). Only what changes
//! something goes on to the site's fold; heartbeats that repeat it do not.
//! As many are kept as may still be contradicted: one that comes late between two
//! equal ones is put in its place, and the next one is said again after it.

use std::collections::VecDeque;

/// Most statements that are remembered of a device: one that comes later than so
/// many others is not taken anyway, see [`super::dedup`]. With the newest they
/// just fill a buffer that doubles as it grows.
pub const KEPT_MOST: usize = 1_023;

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

/// The recent statements of one device, oldest first. They nearly always come in
/// order and say what was said before: then taking one adds eight bytes at the end.
#[derive(Clone, Debug, Default)]
pub struct Statements {
    runs: VecDeque<Run>,
    kept: usize,
}

/// The same said again and again within one boot. Never empty.
#[derive(Clone, Debug)]
struct Run {
    said: Statement,
    boot: u32,
    /// Event time and number that the others are counted from.
    base: (i64, u64),
    since_base: VecDeque<(u32, u32)>,
}

impl Statements {
    /// Takes a statement; returns those that the site must hear, oldest first.
    /// Those from before `edge` can't be contradicted any more.
    pub fn say(&mut self, at: At, said: Statement, edge: i64) -> Vec<(At, Statement)> {
        let newest = self.runs.back().map(|run| (run.newest(), run.said));
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
            && (self.kept > KEPT_MOST || (self.kept > 1 && run.oldest().0 < edge))
        {
            self.kept -= 1;
            run.since_base.pop_front();
            if run.since_base.is_empty() {
                self.runs.pop_front();
            }
        }
    }
}

impl Run {
    fn new((at, boot, seq): At, said: Statement) -> Self {
        Self {
            said,
            boot,
            base: (at, seq),
            since_base: VecDeque::from([(0, 0)]),
        }
    }

    /// Takes a statement that is newer than all, if it says the same once more.
    fn goes_on(&mut self, (at, boot, seq): At, said: Statement) -> bool {
        let since = u32::try_from(at - self.base.0);
        let further = seq.checked_sub(self.base.1).map(u32::try_from);
        match (since, further) {
            (Ok(since), Some(Ok(further))) if boot == self.boot && said == self.said => {
                self.since_base.push_back((since, further));
                true
            }
            _ => false,
        }
    }

    fn statements(&self) -> impl Iterator<Item = (At, Statement)> {
        let at = |since: &(u32, u32)| (self.at(*since), self.said);
        self.since_base.iter().map(at)
    }

    fn oldest(&self) -> At {
        self.at(*self.since_base.front().expect("a run is never empty"))
    }

    fn newest(&self) -> At {
        self.at(*self.since_base.back().expect("a run is never empty"))
    }

    fn at(&self, (since, further): (u32, u32)) -> At {
        let (at, seq) = self.base;
        (at + i64::from(since), self.boot, seq + u64::from(further))
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
            let (mut now, mut boot) = (1_790_000_000_000_i64, 1);
            for seq in 0..2_000 {
                now += i64::try_from(random(5_000)).unwrap();
                boot += u32::from(random(300) == 0);
                let late = if random(20) == 0 { random(600_000) } else { 0 };
                let at = (now - i64::try_from(late).unwrap(), boot, seq);
                let edge = now - 15 * 60_000;
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

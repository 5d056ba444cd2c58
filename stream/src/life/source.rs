//! A source of facts: when it was heard, and whether it is silent for longer than that
//! hour of the week lets expect. How much it tells is counted in minutes in which it told
//! anything, by the clock on the site's walls: a burst says no more than one fact, and a
//! fact that is told twice, or late, counts where it belongs, once.
//!
//! ```text
//! expected  = over all time since it was heard last: minutes an hour, as on average in
//!             the same hour of the last four weeks (of fewer, while fewer have been seen)
//! live      -> aging at 2 -> stale at 5 -> lost at 15 -> no more expected
//! ```
//!
//! It is missed for as long as it has been known, for four weeks at most: who told one
//! thing once, or speaks by another name since, is not waited for.

use std::collections::BTreeMap;

use events::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use serde::{Deserialize, Serialize};

use crate::lane::hearing::Hearing;

/// So many weeks of the past say what to expect, and for so long is a source missed.
pub const WEEKS: i64 = 4;

const WEEK_MS: i64 = 7 * DAY_MS;
const WEEK_HOURS: i64 = 7 * 24;
/// What is to be expected changes at quarters of an hour only: no zone is off by less.
const STEP_MS: i64 = 15 * MINUTE_MS;
/// Parts of a minute, so that the average of up to four weeks is a whole number, and of
/// any number of minutes nearly one.
const PARTS: i64 = 720;

/// How silent a source is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// It speaks as it does at this hour.
    #[default]
    Live,
    /// It should have been heard twice.
    Aging,
    /// It should have been heard five times: what it feeds is not covered any more.
    Stale,
    /// It should have been heard fifteen times.
    Lost,
}

impl Level {
    const SILENT: [(Self, i64); 3] = [(Self::Aging, 2), (Self::Stale, 5), (Self::Lost, 15)];
}

/// What is in force for a site's sources.
pub trait Calendar {
    /// What the clock on the walls shows at a time, in milliseconds.
    fn on_the_walls(&self, at: i64) -> i64;
    /// The minutes after which a source is expected of which no week has been seen, when
    /// it was last heard at `last`.
    fn minutes(&self, last: i64) -> i64;
}

/// When a source was heard, within the horizon, and how often before.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SourceLife {
    first: Option<i64>,
    hearing: Hearing,
    /// Of hours by the clock on the walls, the minutes in which something was told, a bit
    /// each.
    hours: BTreeMap<i64, u64>,
    edge: Option<i64>,
}

/// Where a fact stands among those that were heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It ends what may have been a silence since the last.
    After(i64),
    /// The silences before are what they were.
    Beside,
    /// They may be others now.
    Before,
}

/// A stretch between two facts in which a source was at least aging, or the one after
/// the last fact, in which it will be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// The fact that it begins after.
    pub last: i64,
    /// From when on it had which level.
    pub levels: Vec<(i64, Level)>,
    /// The next fact, or when it is not expected any more.
    pub to: i64,
}

impl Silence {
    /// From a level on, until it was heard again or not expected any more.
    pub fn at_least(&self, level: Level) -> Option<(i64, i64)> {
        let since = self.levels.iter().find(|(_, reached)| *reached >= level)?;
        Some((since.0, self.to))
    }

    /// How silent it is at a time; nothing when it is not expected any more.
    pub fn level(&self, at: i64) -> Option<Level> {
        let mut reached = self.levels.iter().rev();
        let reached = reached.find(|(since, _)| *since <= at);
        (at < self.to).then(|| reached.map_or(Level::Live, |(_, level)| *level))
    }

    /// When, after a time, it has another level.
    pub fn next_change(&self, at: i64) -> Option<i64> {
        let levels = self.levels.iter().map(|(since, _)| *since);
        levels.chain([self.to]).find(|change| *change > at)
    }
}

impl SourceLife {
    /// Takes a fact's time, and says what that means for the silences before.
    pub fn hear(&mut self, at: i64, calendar: &impl Calendar) -> Heard {
        let last = self.last();
        let is_first = self.first.is_none_or(|first| at < first);
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        let gaps_differ = self.hearing.hear(at);
        let local = calendar.on_the_walls(at);
        let (hour, minute) = (
            local.div_euclid(HOUR_MS),
            local.rem_euclid(HOUR_MS) / MINUTE_MS,
        );
        // What is usual follows from weeks before: an hour that nobody has come after says
        // something of the future alone.
        let is_newest = self
            .hours
            .last_key_value()
            .is_none_or(|(newest, _)| *newest <= hour);
        let minutes = self.hours.entry(hour).or_default();
        let is_told = std::mem::replace(minutes, *minutes | 1 << minute) >> minute & 1 == 1;
        match last.filter(|last| *last < at) {
            _ if is_first || !(is_newest || is_told) => Heard::Before,
            Some(last) if gaps_differ => Heard::After(last),
            None if gaps_differ => Heard::Before,
            _ => Heard::Beside,
        }
    }

    /// When it was last heard.
    pub fn last(&self) -> Option<i64> {
        self.hearing.last()
    }

    /// The silences within the horizon, oldest first.
    pub fn past(&self, calendar: &impl Calendar) -> Vec<Silence> {
        let gaps = self.hearing.gaps().into_iter();
        let past = gaps.filter_map(|(last, next)| self.between(last, next, calendar));
        past.collect()
    }

    /// The silence between two facts, if it was one.
    pub fn between(&self, last: i64, next: i64, calendar: &impl Calendar) -> Option<Silence> {
        let silence = self.silence(last, Some(next), calendar);
        (!silence.levels.is_empty() && self.keeps(&silence)).then_some(silence)
    }

    /// What comes after the last fact.
    pub fn open(&self, calendar: &impl Calendar) -> Option<Silence> {
        let open = self.last().map(|last| self.silence(last, None, calendar));
        open.filter(|silence| self.keeps(silence))
    }

    fn keeps(&self, silence: &Silence) -> bool {
        self.edge.is_none_or(|edge| silence.to >= edge)
    }

    /// Lets go of what is older than `edge`, and of what no silence after it needs.
    pub fn forget(&mut self, edge: i64, calendar: &impl Calendar) {
        self.edge = Some(edge);
        self.hearing.forget(edge);
        let needed = calendar.on_the_walls(edge.saturating_sub((2 * WEEKS + 1) * WEEK_MS));
        self.hours = self.hours.split_off(&needed.div_euclid(HOUR_MS));
    }

    /// Whether nobody would miss it if it was let go of.
    pub fn is_over(&self) -> bool {
        let over = |(last, edge): (i64, i64)| last + WEEKS * WEEK_MS < edge;
        self.last().zip(self.edge).is_none_or(over)
    }

    fn silence(&self, last: i64, next: Option<i64>, calendar: &impl Calendar) -> Silence {
        let known = last - self.first.unwrap_or(last);
        let missed_until = last + known.min(WEEKS * WEEK_MS);
        let to = next.map_or(missed_until, |next| next.min(missed_until));
        let unknown = 60 * PARTS / calendar.minutes(last).max(1);
        let mut levels = Vec::with_capacity(Level::SILENT.len());
        let mut waiting = Level::SILENT.iter().peekable();
        let (mut at, mut expected) = (last, 0);
        while at < to && waiting.peek().is_some() {
            let step = at - at.rem_euclid(STEP_MS);
            let rate = self.rate(step, calendar).unwrap_or(unknown);
            let end = to.min(step + STEP_MS);
            let by_end = expected + rate * (end - at);
            while let Some((level, many)) = waiting.next_if(|(_, many)| by_end >= parts(*many)) {
                let lacks = parts(*many) - expected;
                levels.push((
                    at + lacks.div_euclid(rate) + i64::from(lacks % rate > 0),
                    *level,
                ));
            }
            (at, expected) = (end, by_end);
        }
        levels.retain(|(since, _)| *since < to);
        Silence { last, levels, to }
    }

    /// Parts of a minute an hour in which something is to be expected at a time; nothing
    /// when no week before it has been seen.
    fn rate(&self, at: i64, calendar: &impl Calendar) -> Option<i64> {
        let seen = (at - self.first?).div_euclid(WEEK_MS).clamp(0, WEEKS);
        if seen == 0 {
            return None;
        }
        let hour = calendar.on_the_walls(at).div_euclid(HOUR_MS);
        let minutes = |week: i64| self.hours.get(&(hour - week * WEEK_HOURS));
        let told = (1..=seen).filter_map(minutes);
        let told: i64 = told.map(|minutes| i64::from(minutes.count_ones())).sum();
        Some(told * PARTS / seen)
    }
}

/// What is to be expected when it should have been heard so often.
const fn parts(times: i64) -> i64 {
    times * PARTS * HOUR_MS
}

#[cfg(test)]
mod tests;

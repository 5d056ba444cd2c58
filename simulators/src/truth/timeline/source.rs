//! When sources of facts were silent for longer than is to be expected, told after told.

use std::collections::{BTreeMap, BTreeSet};

use events::fact::{Fact, What};
use events::id::WardId;
use events::output::WHOLE_SITE;
use events::time::{DAY_MS, HOUR_MS, MINUTE_MS, Span};
use jiff::Timestamp;

use super::{Number, OPEN, Timeline};

const MINUTES: Number = ("source_silent", "minutes", 60);
const WEEK_MS: i64 = 7 * DAY_MS;
const QUARTER_MS: i64 = 15 * MINUTE_MS;
/// Simulated hospitals tell their facts over HTTP.
const NAME: &str = "http";
const STALE: i64 = 5;
const LOST: i64 = 15;

/// One source, for one kind of facts.
#[derive(Clone, Debug)]
pub struct SourceTimeline {
    /// How it is called.
    pub name: &'static str,
    /// What it tells of.
    pub feed: &'static str,
    /// When it covered nothing.
    pub stale: Vec<Span>,
    /// When it was lost.
    pub lost: Vec<Span>,
}

/// Which kind of facts it is.
fn feed(fact: &Fact) -> Option<&'static str> {
    let feed = match fact.what {
        What::Appointment { .. } => "appointments",
        What::Bed { .. } => "beds",
        What::Staff { .. } => "staff",
        What::Visit { .. } => "visits",
        What::Slot { .. } | What::Vital { .. } | What::Command(_) => return None,
    };
    Some(feed)
}

/// Adds the sources; the numbers and zones that were in force are there already.
pub(super) fn replay(facts: &[&Fact], end: i64, timeline: &mut Timeline) {
    let mut feeds: BTreeMap<&'static str, BTreeSet<i64>> = BTreeMap::new();
    for fact in facts {
        if let Some(feed) = feed(fact) {
            feeds.entry(feed).or_default().insert(fact.at.0);
        }
    }
    for (feed, told) in feeds {
        let source = Telling::of(timeline, told);
        let spans = |times| source.spans(times, end);
        let (stale, lost) = (spans(STALE), spans(LOST));
        timeline.sources.push(SourceTimeline {
            name: NAME,
            feed,
            stale,
            lost,
        });
    }
}

struct Telling<'a> {
    timeline: &'a Timeline,
    site: WardId,
    told: BTreeSet<i64>,
    /// Hours on the walls, and the minutes of each in which something was told.
    minutes: BTreeSet<(i64, i64)>,
    first: i64,
}

impl<'a> Telling<'a> {
    fn of(timeline: &'a Timeline, told: BTreeSet<i64>) -> Self {
        let minute = |at: &i64| {
            let walls = walls(timeline, *at);
            (
                walls.div_euclid(HOUR_MS),
                walls.rem_euclid(HOUR_MS) / MINUTE_MS,
            )
        };
        Self {
            timeline,
            site: WardId::new(WHOLE_SITE).expect("a dash is an id"),
            minutes: told.iter().map(minute).collect(),
            first: told.first().copied().unwrap_or(0),
            told,
        }
    }

    /// When it should have been heard so often.
    fn spans(&self, times: i64, end: i64) -> Vec<Span> {
        let next = self.told.iter().skip(1).map(|at| Some(*at));
        let gaps = self.told.iter().zip(next.chain([None]));
        let mut spans = Vec::new();
        for (last, next) in gaps {
            let missed = last + (last - self.first).min(4 * WEEK_MS);
            let to = next.map_or(missed, |next| next.min(missed));
            // Nobody is expected more often than each minute.
            if to - last > times * MINUTE_MS
                && let Some(from) = self.reaches(times, *last, to)
            {
                let is_open = next.is_none() && to >= end;
                let to = if is_open { OPEN } else { to };
                spans.push(Span { from, to });
            }
        }
        spans
    }

    /// The first time before `to` at which so many were to be expected since `last`.
    fn reaches(&self, times: i64, last: i64, to: i64) -> Option<i64> {
        let wanted = i128::from(times * HOUR_MS) * 720;
        if self.expected(last, to - 1) < wanted {
            return None;
        }
        let (mut below, mut above) = (last, to - 1);
        while above - below > 1 {
            let middle = below + (above - below) / 2;
            match self.expected(last, middle) < wanted {
                true => below = middle,
                false => above = middle,
            }
        }
        Some(above)
    }

    /// Minutes that were to be expected between two times, in parts of which 720 an hour
    /// for an hour are one.
    fn expected(&self, from: i64, to: i64) -> i128 {
        let mut sum = 0;
        let mut quarter = from.div_euclid(QUARTER_MS) * QUARTER_MS;
        while quarter < to {
            let share = (quarter + QUARTER_MS).min(to) - quarter.max(from);
            sum += i128::from(share) * i128::from(self.an_hour(quarter, from));
            quarter += QUARTER_MS;
        }
        sum
    }

    /// What was to be expected an hour, in 720ths, in a quarter of an hour after `last`.
    fn an_hour(&self, quarter: i64, last: i64) -> i64 {
        let weeks = [4, 3, 2, 1].into_iter();
        let mut seen = weeks.filter(|weeks| quarter - weeks * WEEK_MS >= self.first);
        let Some(seen) = seen.next() else {
            return 60 * 720 / self.timeline.threshold(MINUTES, &self.site, last);
        };
        let hour = walls(self.timeline, quarter).div_euclid(HOUR_MS);
        let of_week = |week: i64| {
            let hour = hour - week * 7 * 24;
            self.minutes.range((hour, 0)..(hour, 60)).count()
        };
        let told: usize = (1..=seen).map(of_week).sum();
        i64::try_from(told).expect("an hour has few minutes") * 720 / seen
    }
}

/// What the clock on the walls shows.
fn walls(timeline: &Timeline, at: i64) -> i64 {
    let instant = Timestamp::from_millisecond(at).expect("a time of this era");
    let offset = timeline.zone(at).to_offset(instant);
    at + i64::from(offset.seconds()) * 1_000
}

//! The sources of a site's facts: which of them are silent for longer than that hour of
//! the week lets expect, what is said of it, and which windows it makes uncertain.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use events::control::OccupancySource;
use events::fact::BACKFILL;
use events::id::WardId;
use events::output::{SourceLevel, SourceView, WHOLE_SITE};
use events::time::Span;
use serde::{Deserialize, Serialize};

use super::{SiteFold, Timer};
use crate::alarms::{Stretch, Subject};
use crate::alert::{self, Condition};
use crate::feed::{Feed, Feeds};
use crate::life::source::{Calendar, Heard, Level, Silence, SourceLife};
use crate::master::{Master, Version};
use crate::shared::Shared;
use crate::thresholds::Thresholds;
use crate::version::SILENT_SOURCES;
use crate::windows::Scope;

/// Sources of a site that are watched, one counted for each kind of facts.
const SOURCES_MAX: usize = 64;

/// Who tells of what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Teller {
    name: Arc<str>,
    feed: Feed,
}

impl Display for Teller {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.name, self.feed.name())
    }
}

/// One source, for one kind of facts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Source {
    life: SourceLife,
    /// Its silences up to the last fact, and whether they are to be looked for anew.
    past: Vec<Silence>,
    is_other: bool,
    /// When it was so silent that it covers nothing.
    stale: Vec<(i64, i64)>,
    open: Option<Silence>,
    /// When it is looked at again.
    timer: Option<i64>,
}

/// In which stretches of a window sources were so silent that they covered nothing.
pub(super) struct Uncovered {
    /// In order, with who was silent.
    stretches: Vec<(Span, Teller)>,
    /// On all wards that are looked at pads say whether beds are occupied.
    by_pads: bool,
}

impl Uncovered {
    /// The stretches in which a source of any of these kinds of facts was silent: in
    /// order, and no two share time or touch.
    pub(super) fn of(&self, feeds: Feeds) -> Vec<(i64, i64)> {
        let of_feeds = self.of_feeds(feeds);
        let mut stretches: Vec<_> = of_feeds.map(|(span, _)| (span.from, span.to)).collect();
        stretches.dedup_by(|next, before| {
            let touches = next.0 <= before.1;
            if touches {
                before.1 = before.1.max(next.1);
            }
            touches
        });
        stretches
    }

    /// Who was silent when, of the sources of any of these kinds of facts.
    pub(super) fn silent(&self, feeds: Feeds) -> Vec<(Span, String)> {
        let of_feeds = self.of_feeds(feeds);
        of_feeds
            .map(|(span, teller)| (*span, teller.to_string()))
            .collect()
    }

    fn of_feeds(&self, feeds: Feeds) -> impl Iterator<Item = &(Span, Teller)> {
        let stretches = self.stretches.iter();
        stretches.filter(move |(_, teller)| feeds.has(teller.feed, self.by_pads))
    }
}

/// What a site's sources go by.
struct InForce<'a> {
    master: &'a Master,
    thresholds: &'a Thresholds,
    rule: usize,
    site: WardId,
}

impl Calendar for InForce<'_> {
    fn on_the_walls(&self, at: i64) -> i64 {
        let zone = self.master.at(at).zone();
        zone.map_or(at, |zone| zone.on_its_clocks(at))
    }

    fn minutes(&self, last: i64) -> i64 {
        self.thresholds.at(self.rule, 0, &self.site, last)
    }
}

impl SiteFold {
    /// Notes that a source told something of a time. A site begins with its first bed
    /// master; for more sources than are watched there is no room, and of what a file
    /// tells of the past nobody waits for more.
    pub(super) fn hear_source(&mut self, name: &str, feed: Feed, at: i64) {
        let teller = Teller {
            name: name.into(),
            feed,
        };
        let has_room = self.sources.len() < SOURCES_MAX || self.sources.contains_key(&teller);
        if self.master.is_empty() || name == BACKFILL || !has_room {
            return;
        }
        let in_force = in_force(&self.master, &self.thresholds);
        let source = self.sources.entry(teller.clone()).or_default();
        match source.life.hear(at, &in_force) {
            Heard::Beside => {}
            Heard::Before => source.is_other = true,
            Heard::After(last) => {
                let silence = source.life.between(last, at, &in_force);
                source.past.extend(silence);
            }
        }
        self.touched.sources.insert(teller);
    }

    /// Judges the sources that were heard, or all of them when something else is in force.
    pub(super) fn judge_sources(&mut self, now: i64) {
        if self.touched.everything {
            self.touched.sources.extend(self.sources.keys().cloned());
        }
        for teller in std::mem::take(&mut self.touched.sources) {
            self.judge_source(now, &teller);
        }
    }

    /// Says of a source what has changed, and when it is to be looked at again.
    pub(super) fn judge_source(&mut self, now: i64, teller: &Teller) {
        let in_force = in_force(&self.master, &self.thresholds);
        let rule = in_force.rule;
        let Some(source) = self.sources.get_mut(teller) else {
            return;
        };
        if self.touched.everything || std::mem::take(&mut source.is_other) {
            source.past = source.life.past(&in_force);
        }
        let open = source.life.open(&in_force);
        let all: Vec<Silence> = source.past.iter().chain(&open).cloned().collect();
        let stale = all
            .iter()
            .filter_map(|silence| silence.at_least(Level::Stale));
        let before = std::mem::replace(&mut source.stale, stale.collect());
        let changed = differing(&before, &source.stale);
        let version = alert::all()[rule].version;
        let lost = all
            .iter()
            .filter_map(|silence| silence.at_least(Level::Lost));
        let lost = lost.filter(|(from, _)| version <= self.versions.at(*from));
        let lost: Vec<Stretch> = lost.map(|(from, to)| (from, Some(to))).collect();
        let next = open.as_ref().and_then(|silence| silence.next_change(now));
        source.open = open;
        let is_sooner = |next: &i64| {
            source
                .timer
                .is_none_or(|timer| timer <= now || *next < timer)
        };
        if let Some(next) = next.filter(is_sooner) {
            source.timer = Some(next);
            self.timers.insert((next, Timer::Source(teller.clone())));
        }
        self.touch_uncovered(now, &changed);
        let ward = whole_site();
        let name = teller.to_string().into();
        self.say_alerts(now, &Subject { rule, ward, name }, &lost);
        self.touched.site = true;
    }

    /// What sources did not cover of a window, for the wards of a scope.
    pub(super) fn uncovered(&self, version: &Version, scope: &Scope, window: Span) -> Uncovered {
        let mut stretches = Vec::new();
        for (teller, source) in &self.sources {
            let cut = source.stale.iter().map(|(from, to)| Span {
                from: window.from.max(*from),
                to: window.to.min(*to),
            });
            let within = cut.filter(|span| span.from < span.to);
            stretches.extend(within.map(|span| (span, teller.clone())));
        }
        stretches.sort_unstable();
        let in_scope = |ward: &WardId| scope.as_ref().is_none_or(|only| only == ward);
        let mut wards = version.wards().filter(|(ward, _)| in_scope(ward));
        Uncovered {
            by_pads: wards.all(|(_, listed)| listed.ward.source == OccupancySource::Pad),
            stretches,
        }
    }

    /// The sources that are not live at `now`, by name.
    pub(super) fn silent_sources(&self, now: i64) -> Vec<SourceView> {
        if self.versions.now() < SILENT_SOURCES {
            return Vec::new();
        }
        let view = |(teller, source): (&Teller, &Shared<Source>)| {
            let open = source.open.as_ref()?;
            let level = match open.level(now)? {
                Level::Live => return None,
                Level::Aging => SourceLevel::Aging,
                Level::Stale => SourceLevel::Stale,
                Level::Lost => SourceLevel::Lost,
            };
            Some(SourceView {
                source: teller.name.to_string(),
                feed: teller.feed.name().to_owned(),
                level: level as i32,
                heard_ms: open.last,
            })
        };
        self.sources.iter().filter_map(view).collect()
    }

    /// Lets go of what no correction can reach.
    pub(super) fn forget_sources(&mut self, edge: i64) {
        let in_force = in_force(&self.master, &self.thresholds);
        for source in self.sources.values_mut() {
            source.life.forget(edge, &in_force);
            source.is_other = true;
        }
        self.sources.retain(|_, source| !source.life.is_over());
        self.touched.sources.extend(self.sources.keys().cloned());
    }

    /// What lies ahead is in no window that was said.
    fn touch_uncovered(&mut self, now: i64, stretches: &[(i64, i64)]) {
        let stretches = stretches.iter().filter(|(from, _)| *from < now);
        let stretches: Vec<(i64, i64)> = stretches.copied().collect();
        if stretches.is_empty() || self.versions.now() < SILENT_SOURCES {
            return;
        }
        let versions = self.master.versions();
        let wards = versions.flat_map(|(_, version)| version.wards().map(|(ward, _)| ward.clone()));
        for ward in wards.collect::<BTreeSet<WardId>>() {
            for (from, to) in &stretches {
                self.windows.touch(&ward, *from, *to, &self.master);
            }
        }
    }
}

fn in_force<'a>(master: &'a Master, thresholds: &'a Thresholds) -> InForce<'a> {
    let mut rules = alert::all().iter();
    let rule = rules.position(|rule| rule.condition == Condition::SourceLost);
    InForce {
        master,
        thresholds,
        rule: rule.expect("the rule is listed"),
        site: whole_site(),
    }
}

/// Sources are of a site, and not of a ward.
fn whole_site() -> WardId {
    WardId::new(WHOLE_SITE).expect("a dash is an id")
}

/// What is in one of them only, of stretches that share no time within each.
fn differing(before: &[(i64, i64)], after: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut edges: BTreeMap<i64, u8> = BTreeMap::new();
    for (from, to) in before.iter().chain(after) {
        *edges.entry(*from).or_default() ^= 1;
        *edges.entry(*to).or_default() ^= 1;
    }
    // Whatever begins or ends in both at the same time changes nothing there.
    let edges: Vec<i64> = edges
        .into_iter()
        .filter(|(_, odd)| *odd == 1)
        .map(|(at, _)| at)
        .collect();
    edges
        .chunks_exact(2)
        .map(|pair| (pair[0], pair[1]))
        .collect()
}

//! Beds that are open at some hours of the week only. While one is closed, the boards show
//! it as not staffed, no alert is about it, and its ward is full without it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use events::id::WardId;
use events::place::BedKey;
use events::time::{DAY_MS, Span};

use super::{Entity, SiteFold, Timer};
use crate::alarms::Stretch;
use crate::kpi::opening::OnTheWall;
use crate::master::{ListedWard, Version};
use crate::version::OPENING_HOURS;

/// Within so many milliseconds the hours of every bed begin and end, unless a clock that
/// is set leaves them out.
const TURNS_MS: i64 = 8 * DAY_MS;

impl SiteFold {
    /// The staffed beds of a ward that are open at a time, if it is listed then.
    pub(super) fn open_beds(&self, ward: &WardId, at: i64) -> Option<Cow<'_, BTreeSet<String>>> {
        let version = self.master.at(at);
        let ListedWard { staffed, hours, .. } = version.ward(ward)?;
        if hours.is_empty() || self.versions.at(at) < OPENING_HOURS {
            return Some(Cow::Borrowed(staffed));
        }
        let moment = moment(version, at);
        let is_open = |bed: &&String| {
            let hours = hours.get(*bed);
            hours.is_none_or(|hours| !moment.open(hours).is_empty())
        };
        let open = staffed.iter().filter(is_open).cloned().collect();
        Some(Cow::Owned(open))
    }

    /// Whether a bed is not closed by its hours at a time.
    pub(super) fn is_open(&self, key: &BedKey, at: i64) -> bool {
        let version = self.master.at(at);
        let hours = version.hours(key);
        let hours = hours.filter(|_| OPENING_HOURS <= self.versions.at(at));
        hours.is_none_or(|hours| !moment(version, at).open(hours).is_empty())
    }

    /// When from `since` until `now` other beds of a ward may have been open.
    pub(super) fn turns(&self, ward: &WardId, since: i64, now: i64) -> BTreeSet<i64> {
        let mut turns = BTreeSet::new();
        if !self.has_hours(ward) {
            return turns;
        }
        for part in self.under_one_rule(since, now) {
            turns.insert(part.from);
            let version = self.master.at(part.from);
            let hours = version.ward(ward).into_iter().flat_map(|ward| &ward.hours);
            let on_the_wall = OnTheWall::new(version.zone(), part);
            for (opens, closes) in hours.flat_map(|(_, hours)| on_the_wall.open(hours)) {
                turns.extend([opens, closes]);
            }
        }
        turns
    }

    /// What is left of the stretches of an alert about a bed without those for which it was
    /// closed, as far as corrections reach. What is yet to come is not known: it is judged
    /// again when its hours begin or end.
    pub(super) fn while_open(
        &self,
        now: i64,
        key: &BedKey,
        stretches: Vec<Stretch>,
    ) -> Vec<Stretch> {
        if !self.has_hours(&key.ward) {
            return stretches;
        }
        let edge = self.beds.get(key).map_or(i64::MIN, |bed| bed.base_edge);
        let mut open = Vec::new();
        for (since, until) in stretches {
            let last = until.unwrap_or(i64::MAX);
            for (from, to) in self.open_parts(key, since, last.min(now + 1).max(since + 1)) {
                // What is still open goes on for as long as the stretch does.
                let to = if to > now { until } else { Some(to) };
                if to.is_none_or(|to| to >= edge) {
                    open.push((from, to));
                }
            }
        }
        open
    }

    /// The parts of a stretch in which a bed was not closed by its hours, in order.
    fn open_parts(&self, key: &BedKey, from: i64, to: i64) -> Vec<(i64, i64)> {
        let mut parts: Vec<(i64, i64)> = Vec::new();
        for span in self.under_one_rule(from, to) {
            let version = self.master.at(span.from);
            let hours = version.hours(key);
            let hours = hours.filter(|_| OPENING_HOURS <= self.versions.at(span.from));
            let open = match hours {
                Some(hours) => OnTheWall::new(version.zone(), span).open(hours),
                None => vec![(span.from, span.to)],
            };
            for (from, to) in open {
                match parts.last_mut().filter(|last| last.1 == from) {
                    Some(last) => last.1 = to,
                    None => parts.push((from, to)),
                }
            }
        }
        parts
    }

    /// Has everything looked at again that goes by the hours of beds.
    pub(super) fn turn(&mut self, now: i64) {
        let with_hours = self.master.now().wards();
        let with_hours = with_hours.filter(|(_, listed)| !listed.hours.is_empty());
        let wards: BTreeSet<WardId> = with_hours.map(|(ward, _)| ward.clone()).collect();
        let beds = self.master.now().beds();
        let beds: Vec<BedKey> = beds
            .filter(|key| self.master.now().hours(key).is_some())
            .collect();
        for bed in beds {
            self.judge_again(now, &Entity::Bed(bed));
        }
        for ward in &wards {
            self.judge_ward(now, ward);
        }
        self.touched.wards.extend(wards);
        self.await_turn(now);
    }

    /// Wakes the site when the hours of a bed begin or end next.
    pub(super) fn await_turn(&mut self, now: i64) {
        let version = self.master.now();
        let mut hours = version.wards().flat_map(|(_, ward)| ward.hours.values());
        let Some(first) = hours.next().filter(|_| self.config.is_live) else {
            return;
        };
        let ahead = Span {
            from: now,
            to: now + TURNS_MS,
        };
        let on_the_wall = OnTheWall::new(version.zone(), ahead);
        let open = std::iter::once(first).chain(hours);
        let open = open.flat_map(|hours| on_the_wall.open(hours));
        let turns = open.flat_map(|(opens, closes)| [opens, closes]);
        let next = turns.filter(|at| *at > now).min().unwrap_or(ahead.to);
        self.timers.insert((next, Timer::Hours));
    }

    fn has_hours(&self, ward: &WardId) -> bool {
        let mut listed = self.master.versions().filter_map(|(_, it)| it.ward(ward));
        listed.any(|listed| !listed.hours.is_empty())
    }

    /// A stretch in parts in which neither the bed master nor the version of the
    /// computation was replaced.
    fn under_one_rule(&self, from: i64, to: i64) -> Vec<Span> {
        let masters = self.master.versions().map(|(at, _)| at);
        let changes = masters.chain(self.versions.changes(from).map(|(at, _)| at));
        let within = changes.filter(|at| from < *at && *at < to);
        let edges: BTreeSet<i64> = within.chain([from, to]).collect();
        let ends = edges.iter().skip(1);
        let parts = edges.iter().zip(ends);
        parts
            .map(|(from, to)| Span {
                from: *from,
                to: *to,
            })
            .collect()
    }
}

/// A moment as the clocks of a site show it.
fn moment(version: &Version, at: i64) -> OnTheWall {
    let to = at.saturating_add(1);
    OnTheWall::new(version.zone(), Span { from: at, to })
}

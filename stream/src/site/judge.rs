//! Applies the alert rules to what was left behind, and sets timers for what
//! will be the case if nothing happens.

use std::collections::BTreeSet;
use std::sync::Arc;

use events::id::WardId;

use super::{Entity, SiteFold, Timer};
use crate::alarms::{Stretch, Subject};
use crate::alert::ward_full::{self, Setting};
use crate::alert::{self, Condition};
use crate::trace::{Interval, Kind, Traces};
use crate::version::CLOSED_BEDS;

impl SiteFold {
    /// Judges what an entity left behind, for the kinds in which it differs from
    /// before. `traces` are the old and the new ones: a subject that has no
    /// trace any more is judged, too.
    pub(super) fn judge_entity(
        &mut self,
        now: i64,
        entity: &Entity,
        traces: &[&Traces; 2],
        kinds: &BTreeSet<Kind>,
    ) {
        if !self.config.is_live {
            return;
        }
        for (rule, spec) in alert::all().iter().enumerate() {
            let Some((lasts, at_once)) = spec.condition.kinds() else {
                continue;
            };
            let is_of_rule = |kind: Kind| kind == lasts || Some(kind) == at_once;
            if !kinds.iter().any(|kind| is_of_rule(*kind)) {
                continue;
            }
            let of_rule = |traces: &Traces| -> Vec<Interval> {
                let intervals = traces.intervals.iter();
                let of_rule = intervals.filter(|interval| {
                    is_of_rule(interval.kind) && spec.version <= self.versions.at(interval.from)
                });
                of_rule.cloned().collect()
            };
            let (old, new) = (of_rule(traces[0]), of_rule(traces[1]));
            let subjects: BTreeSet<(WardId, Arc<str>)> = old
                .iter()
                .chain(&new)
                .map(|i| (i.ward.clone(), i.subject.clone()))
                .collect();
            for (ward, name) in subjects {
                let of_subject = new.iter().filter(|i| i.ward == ward && i.subject == name);
                let stretches = stretches(of_subject.map(|interval| {
                    let is_patient = interval.kind == lasts;
                    let patience = || self.patience_ms(rule, &ward, interval.from);
                    (interval, if is_patient { patience() } else { 0 })
                }));
                let timer = Timer::Entity(entity.clone());
                if self.versions.now() >= CLOSED_BEDS {
                    // The board shows what lasts too long of a bed that is closed, too.
                    self.set_timers(now, &stretches, &timer);
                }
                let stretches = match entity {
                    Entity::Bed(bed) => self.while_open(now, bed, stretches),
                    _ => stretches,
                };
                self.set_timers(now, &stretches, &timer);
                let groups = ward.clone();
                self.say_alerts(now, &Subject { rule, ward, name }, &stretches);
                self.judge_groups(now, rule, &groups);
            }
        }
    }

    /// Judges whether a ward is full.
    pub(super) fn judge_ward(&mut self, now: i64, ward: &WardId) {
        if !self.config.is_live {
            return;
        }
        let stretches = self.full_stretches(now, ward);
        let timer = Timer::Ward(ward.clone());
        for (rule, spec) in alert::all().iter().enumerate() {
            if spec.condition == Condition::WardFull {
                let name = ward.as_str().into();
                self.set_timers(now, &stretches, &timer);
                let ward = ward.clone();
                self.say_alerts(now, &Subject { rule, ward, name }, &stretches);
            }
        }
    }

    /// From when to when a ward was full, as known now.
    pub(super) fn full_stretches(&self, now: i64, ward: &WardId) -> Vec<Stretch> {
        let Some(traces) = self.wards.get(ward) else {
            return Vec::new();
        };
        let rule = alert::all()
            .iter()
            .position(|rule| rule.condition == Condition::WardFull);
        let rule = rule.expect("the rule is listed");
        let before = self.full_before.get(ward).copied().unwrap_or_default();
        let first = traces.all(Kind::Occupied).map(|(_, from, _)| from).min();
        let masters = self.master.versions().map(|(from, _)| from);
        let changes = masters.chain(self.thresholds.changes(rule, ward));
        let since = first.map_or(now, |first| first.max(before.edge));
        let changes = changes.chain(self.turns(ward, since, now));
        let settings: Vec<Setting<'_>> = changes
            .collect::<BTreeSet<i64>>()
            .into_iter()
            .map(|from| Setting {
                from,
                staffed: self.open_beds(ward, from.max(since)),
                raise_pct: self.thresholds.at(rule, 0, ward, from),
                clear_pct: self.thresholds.at(rule, 1, ward, from),
            })
            .collect();
        ward_full::intervals(before, traces.all(Kind::Occupied), &settings)
    }

    /// Judges again what has become due.
    pub(super) fn fire_timers(&mut self, now: i64) {
        let mut due = BTreeSet::new();
        while self.timers.first().is_some_and(|(at, _)| *at <= now) {
            due.extend(self.timers.pop_first().map(|(_, timer)| timer));
        }
        for timer in due {
            match timer {
                Timer::Ward(ward) => self.judge_ward(now, &ward),
                Timer::Source(teller) => self.judge_source(now, &teller),
                Timer::Alert(subject) => self.pass_time(now, &subject),
                Timer::Silence(of) => self.end_silence(now, &of),
                Timer::Entity(entity) => self.judge_again(now, &entity),
                Timer::Hours => self.turn(now),
            }
        }
    }

    pub(super) fn judge_again(&mut self, now: i64, entity: &Entity) {
        if let Entity::Bed(bed) = entity {
            self.touched.beds.insert(bed.clone());
        }
        let Some(traces) = self.traces.get(entity).cloned() else {
            return;
        };
        let intervals = traces.intervals.iter();
        let kinds = intervals.map(|interval| interval.kind).collect();
        self.judge_entity(now, entity, &[&traces, &traces], &kinds);
    }

    fn set_timers(&mut self, now: i64, stretches: &[Stretch], timer: &Timer) {
        for (since, until) in stretches {
            let next = [Some(*since), *until]
                .into_iter()
                .flatten()
                .find(|at| *at > now);
            self.timers.extend(next.map(|at| (at, timer.clone())));
        }
    }

    fn patience_ms(&self, rule: usize, ward: &WardId, since: i64) -> i64 {
        let parameters = alert::all()[rule].parameters;
        parameters.first().map_or(0, |first| {
            let value = self.thresholds.at(rule, 0, ward, since);
            value.saturating_mul(first.unit_ms)
        })
    }
}

/// When each had lasted for longer than its patience, in milliseconds; oldest
/// first, and those that touch as one.
fn stretches<'a>(intervals: impl Iterator<Item = (&'a Interval, i64)>) -> Vec<Stretch> {
    let late = |(interval, patience): (&Interval, i64)| {
        let since = interval.from.saturating_add(patience);
        interval
            .to
            .is_none_or(|to| to > since)
            .then_some((since, interval.to))
    };
    let mut stretches: Vec<Stretch> = intervals.filter_map(late).collect();
    stretches.sort_unstable();
    stretches.dedup_by(|next, before| {
        let touches = before.1.is_none_or(|until| next.0 <= until);
        if touches {
            let until = before.1.zip(next.1);
            before.1 = until.map(|(before, next)| before.max(next));
        }
        touches
    });
    stretches
}

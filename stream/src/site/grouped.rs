//! Alerts that are explained by another: many of one rule at once on a ward are one alert,
//! and while it lasts none of them calls anybody.

use std::collections::BTreeMap;

use events::id::WardId;

use super::SiteFold;
use crate::alarms::{Stretch, Subject};
use crate::alert::{self, Condition, devices_silent};
use crate::version::ANSWERS;

impl SiteFold {
    /// Judges the rules that group alerts of `rule` on a ward, where some of them have changed.
    pub(super) fn judge_groups(&mut self, now: i64, rule: usize, ward: &WardId) {
        let name = alert::all()[rule].name;
        for (group, spec) in alert::all().iter().enumerate() {
            if spec.condition == Condition::ManyAtOnce(name) {
                self.judge_group(now, (group, rule), ward);
            }
        }
    }

    fn judge_group(&mut self, now: i64, (group, rule): (usize, usize), ward: &WardId) {
        let members: BTreeMap<Subject, Vec<Stretch>> = self
            .alarms
            .on_ward(rule, ward)
            .map(|(subject, stretches)| (subject.clone(), stretches))
            .collect();
        let counted = members.values().flatten().copied();
        let counted = counted.filter(|(since, _)| self.versions.at(*since) >= ANSWERS);
        let least = self.thresholds.at(group, 0, ward, now);
        let many = devices_silent::at_once(least, counted);
        let subject = Subject {
            rule: group,
            ward: ward.clone(),
            name: ward.as_str().into(),
        };
        self.say_alerts(now, &subject, &many);
        let open = self.alarms.open(&subject);
        let by = open.map_or_else(String::new, |first_since| name_of(&subject, first_since));
        for member in members.into_keys() {
            let demand = self.demand(&member);
            let notices = self.alarms.suppress(&member, &demand, &by, now);
            if !notices.is_empty() {
                self.say_notices(now, &member, &notices);
            }
        }
    }

    /// Lets go of alerts that no correction can reach. What an open group began with stays:
    /// else it would begin later.
    pub(super) fn forget_alarms(&mut self, edge: i64) {
        let mut kept_from: BTreeMap<(usize, WardId), i64> = BTreeMap::new();
        for (group, spec) in alert::all().iter().enumerate() {
            let Condition::ManyAtOnce(name) = spec.condition else {
                continue;
            };
            let Some(rule) = alert::all().iter().position(|rule| rule.name == name) else {
                continue;
            };
            for (subject, stretches) in self.alarms.of_rule(group) {
                let open = stretches.iter().filter(|(_, until)| until.is_none());
                let since = open.map(|(since, _)| *since).min();
                let ward = subject.ward.clone();
                kept_from.extend(since.map(|since| ((rule, ward), since)));
            }
        }
        self.alarms.forget(|subject| {
            let kept = kept_from.get(&(subject.rule, subject.ward.clone()));
            kept.map_or(edge, |since| edge.min(*since))
        });
    }
}

/// The name of an alert.
pub(super) fn name_of(subject: &Subject, first_since: i64) -> String {
    let rule = alert::all()[subject.rule].name;
    format!("{rule}:{}:{}:{first_since}", subject.ward, subject.name)
}

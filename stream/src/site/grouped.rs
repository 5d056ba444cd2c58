//! Alerts that are explained by another: many of one rule at once on a ward are one alert,
//! and while it lasts none of them calls anybody.

use std::collections::BTreeMap;

use events::id::WardId;

use super::SiteFold;
use crate::alarms::{Stretch, Subject};
use crate::alert::{self, Condition, RuleSpec, devices_silent};
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
        let subject = group_of(group, ward);
        let members: BTreeMap<Subject, Vec<Stretch>> = self
            .alarms
            .on_ward(rule, ward)
            .map(|(subject, stretches)| (subject.clone(), stretches))
            .collect();
        let counted = members.values().flatten();
        let counted = counted.filter(|(since, _)| self.versions.at(*since) >= ANSWERS);
        let least = self.thresholds.at(group, 0, ward, now);
        let many = devices_silent::at_once(least, counted.filter_map(|s| self.after_edge(*s)));
        let many = joined(self.before_edge(&subject), many);
        self.say_alerts(now, &subject, &many);
        for member in members.into_keys() {
            self.explain_again(now, &member);
        }
    }

    /// The alert that explains those of a subject now, or the silence that covers them; an empty
    /// name where nothing does.
    pub(super) fn explained_by(&self, subject: &Subject) -> String {
        if !self.has_answers(self.versions.now()) {
            return String::new();
        }
        let group = self.group_of(subject);
        group
            .or_else(|| self.silenced_by(subject))
            .unwrap_or_default()
    }

    /// The alert that explains those of a subject now.
    fn group_of(&self, subject: &Subject) -> Option<String> {
        let name = alert::all()[subject.rule].name;
        let is_group = |spec: &RuleSpec| spec.condition == Condition::ManyAtOnce(name);
        let group = alert::all().iter().position(is_group)?;
        let group = group_of(group, &subject.ward);
        let first_since = self.alarms.open(&group)?;
        Some(name_of(&group, first_since))
    }

    /// What of a stretch lies behind the edge; before it members are let go of, so that
    /// counting them would give less than there was.
    fn after_edge(&self, (since, until): Stretch) -> Option<Stretch> {
        let lasts = until.is_none_or(|until| until > self.edge);
        lasts.then_some((since.max(self.edge), until))
    }

    /// What was said of a group before the edge is final.
    fn before_edge(&self, subject: &Subject) -> Vec<Stretch> {
        let said = self.alarms.of(subject).into_iter();
        let begun = said.filter(|(since, _)| *since < self.edge);
        begun
            .map(|(since, until)| {
                let until = until.unwrap_or(self.edge).min(self.edge);
                (since, Some(until))
            })
            .collect()
    }
}

/// Stretches one after the other; those that touch are one.
fn joined(mut before: Vec<Stretch>, after: Vec<Stretch>) -> Vec<Stretch> {
    let mut after = after.into_iter().peekable();
    if let (Some(last), Some(first)) = (before.last_mut(), after.peek())
        && last.1 == Some(first.0)
    {
        last.1 = first.1;
        after.next();
    }
    before.extend(after);
    before
}

/// A group is about its ward.
fn group_of(rule: usize, ward: &WardId) -> Subject {
    Subject {
        rule,
        ward: ward.clone(),
        name: ward.as_str().into(),
    }
}

/// The name of an alert.
pub(super) fn name_of(subject: &Subject, first_since: i64) -> String {
    let rule = alert::all()[subject.rule].name;
    format!("{rule}:{}:{}:{first_since}", subject.ward, subject.name)
}

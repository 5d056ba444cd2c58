//! Alerts and people: what a rule demands of them on a ward now, what time makes of an
//! alert that nobody has seen to, and how it is said.

use events::access::Role;
use events::output::{Alert, AlertPriority, AlertState, Output};

use super::grouped::name_of;
use super::{SiteFold, Timer};
use crate::alarms::answer::{Answer, Demand};
use crate::alarms::{Notice, Stretch, Subject};
use crate::alert;
use crate::version::ANSWERS;

impl SiteFold {
    pub(super) fn say_alerts(&mut self, now: i64, subject: &Subject, stretches: &[Stretch]) {
        let demand = self.demand(subject);
        let by = self.explained_by(subject);
        let notices = self.alarms.update(subject, stretches, (&demand, &by), now);
        self.say_notices(now, subject, &notices);
    }

    /// Lets go of alerts that no correction can reach.
    pub(super) fn forget_alarms(&mut self, now: i64, edge: i64) {
        for notice in self.alarms.forget(edge) {
            let alert = self.alert(now, &notice);
            self.touched.outputs.push(Output::Alert(alert));
        }
    }

    /// What time makes of the alerts of a subject.
    pub(super) fn pass_time(&mut self, now: i64, subject: &Subject) {
        if !self.has_answers(self.versions.now()) {
            return;
        }
        let demand = self.demand(subject);
        let notices = self.alarms.pass(subject, &demand, now);
        self.say_notices(now, subject, &notices);
    }

    /// Says notices of one subject, and sets the timer for what comes next.
    pub(super) fn say_notices(&mut self, now: i64, subject: &Subject, notices: &[Notice]) {
        for notice in notices {
            let alert = self.alert(now, notice);
            self.touched.outputs.push(Output::Alert(alert));
        }
        self.wake(subject);
    }

    /// Numbers or versions are others: what was waited for is waited for anew.
    pub(super) fn wake_all(&mut self) {
        let subjects: Vec<Subject> = self.alarms.subjects().cloned().collect();
        for subject in subjects {
            self.wake(&subject);
        }
    }

    /// From now on people answer.
    pub(super) fn begin_answers(&mut self, now: i64) {
        let subjects: Vec<Subject> = self.alarms.subjects().cloned().collect();
        for subject in subjects {
            let demand = self.demand(&subject);
            let notices = self.alarms.begin(&subject, &demand, now);
            self.say_notices(now, &subject, &notices);
        }
    }

    pub(super) const fn has_answers(&self, version: u32) -> bool {
        version >= ANSWERS
    }

    fn wake(&mut self, subject: &Subject) {
        if !self.has_answers(self.versions.now()) {
            return;
        }
        let due = self.alarms.due(subject, &self.demand(subject));
        let timer = due.map(|at| (at, Timer::Alert(subject.clone())));
        self.timers.extend(timer);
    }

    /// What its rule asks of people, by the numbers in force now.
    pub(super) fn demand(&self, subject: &Subject) -> Demand {
        if !self.has_answers(self.versions.now()) {
            return Demand::NONE;
        }
        let spec = &alert::all()[subject.rule];
        let number = |place: usize| {
            let place = spec.parameters.len() + place;
            let value = self
                .thresholds
                .at(subject.rule, place, &subject.ward, i64::MAX);
            value.saturating_mul(spec.number(place).unit_ms)
        };
        let is_high = spec.priority == AlertPriority::High;
        Demand::of(spec.response.chain.len(), [0, 1, 2, 3].map(number), is_high)
    }

    fn alert(&self, now: i64, notice: &Notice) -> Alert {
        let spec = &alert::all()[notice.subject.rule];
        let Subject { ward, name, .. } = &notice.subject;
        let version = self.versions.now();
        let alert = Alert {
            tenant: self.site.tenant.to_string(),
            site: self.site.site.to_string(),
            ward: ward.to_string(),
            id: name_of(&notice.subject, notice.first_since),
            rule: spec.name.to_owned(),
            subject: name.to_string(),
            priority: spec.priority as i32,
            state: notice.state as i32,
            since_ms: notice.since,
            until_ms: notice.until,
            as_of_ms: now,
            version,
            ..Alert::default()
        };
        if !self.has_answers(version) {
            return alert;
        }
        let alert = Alert {
            revision: notice.revision,
            ..alert
        };
        if notice.state == AlertState::Retrospective {
            return alert;
        }
        answered(
            alert,
            &notice.answer,
            &self.demand(&notice.subject),
            spec.response.chain,
        )
    }
}

/// What people and time have made of it.
fn answered(alert: Alert, answer: &Answer, demand: &Demand, chain: &[Role]) -> Alert {
    let acknowledged = answer.acknowledged.as_ref();
    let shelved = answer.shelved.as_ref();
    let role = answer
        .role(demand)
        .and_then(|role| chain.get(role as usize));
    Alert {
        priority: match answer.is_high(demand) {
            true => AlertPriority::High as i32,
            false => alert.priority,
        },
        acknowledged_by: acknowledged.map_or_else(String::new, |known| known.by.clone()),
        acknowledged_ms: acknowledged.map_or(0, |known| known.at),
        acknowledged_until_ms: acknowledged.map_or(0, |known| known.until),
        owner: answer.owner.clone(),
        shelved_until_ms: shelved.map_or(0, |shelved| shelved.until),
        shelved_by: shelved.map_or_else(String::new, |shelved| shelved.by.clone()),
        shelve_reason: shelved.map_or_else(String::new, |shelved| shelved.reason.clone()),
        suppressed_by: answer.suppressed_by.clone(),
        step: answer.told.map_or(0, |(step, _)| step),
        notify: role.map_or_else(String::new, |role| role.name().to_owned()),
        sound: answer.sounds(demand),
        comments: answer.comments,
        ..alert
    }
}

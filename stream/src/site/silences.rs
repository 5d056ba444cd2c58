//! Silences: alerts of a rule on a ward, or of one subject of it, call nobody for a while, because
//! somebody has said so and why. What is covered names its silence, and calls again by itself when
//! it ends. What is of high priority is never covered: an alert that rises comes out of it.

use std::sync::Arc;

use events::command::{Action, Command, CommandId, SHELVED_MAX_MS, Silenced};
use events::id::WardId;
use events::output::{AlertPriority, SilenceView};
use events::reason::Reason;
use serde::{Deserialize, Serialize};

use super::commands::Trail;
use super::{SiteFold, Timer};
use crate::alarms::Subject;
use crate::alarms::answer::SILENCE;
use crate::alert;

/// Silences of a site at a time.
pub(super) const SILENCES_MAX: usize = 500;

/// Ward, place of the rule in [`alert::all`], subject; an empty one stands for all.
pub(super) type Of = (WardId, usize, Arc<str>);

/// A silence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Silence {
    id: CommandId,
    since: i64,
    until: i64,
    by: String,
    reason: String,
}

impl SiteFold {
    /// Begins a silence or ends one, as a command asks.
    pub(super) fn silence(&mut self, now: i64, command: &Command) -> Result<Trail, Reason> {
        if !self.has_answers(self.versions.now()) {
            return Err(Reason::VersionTooOld);
        }
        let (of, after) = match &command.action {
            Action::Silence { of, for_ms, reason } => {
                let silence = Silence {
                    id: command.id,
                    since: now,
                    until: now.saturating_add((*for_ms).clamp(0, SHELVED_MAX_MS)),
                    by: command.by.label.clone(),
                    reason: reason.clone(),
                };
                (of, Some(silence))
            }
            Action::Unsilence { of } => (of, None),
            _ => return Err(Reason::SilenceUnknown),
        };
        let of = which(of)?;
        let is_known = self.silences.contains_key(&of);
        match &after {
            None if !is_known => return Err(Reason::SilenceUnknown),
            Some(_) if is_urgent(of.1) => return Err(Reason::RuleUrgent),
            Some(_) if !is_known && self.silences.len() >= SILENCES_MAX => {
                return Err(Reason::SiteFull);
            }
            _ => {}
        }
        let before = self.put_silence(now, &of, after.clone());
        Ok(Trail::Silence(of, [before, after].into()))
    }

    /// Takes a silence back, or its end, unless another has come since.
    pub(super) fn take_back_silence(
        &mut self,
        now: i64,
        of: &Of,
        [before, after]: [Option<Silence>; 2],
    ) -> Result<(), Reason> {
        let is_over = |silence: &Silence| silence.until <= now;
        let after = after.filter(|after| !is_over(after));
        if self.silences.get(of) != after.as_ref() {
            return Err(Reason::ChangedSince);
        }
        self.put_silence(now, of, before.filter(|before| !is_over(before)));
        Ok(())
    }

    /// The time of a silence has come, unless it was made longer.
    pub(super) fn end_silence(&mut self, now: i64, of: &Of) {
        let silence = self.silences.get(of);
        if silence.is_some_and(|silence| silence.until <= now) {
            self.put_silence(now, of, None);
        }
    }

    /// What silences the alerts of a subject now, as their `suppressed_by` has it.
    pub(super) fn silenced_by(&self, subject: &Subject) -> Option<String> {
        let of = |name: Arc<str>| (subject.ward.clone(), subject.rule, name);
        let one = self.silences.get(&of(Arc::clone(&subject.name)));
        let silence = one.or_else(|| self.silences.get(&of("".into())))?;
        Some(format!("{SILENCE}{}", silence.id))
    }

    /// Every silence, as boards show it.
    pub(super) fn silences_shown(&self) -> Vec<SilenceView> {
        let shown = |((ward, rule, subject), silence): (&Of, &Silence)| SilenceView {
            id: silence.id.to_string(),
            ward: ward.to_string(),
            rule: alert::all()[*rule].name.to_owned(),
            subject: subject.to_string(),
            since_ms: silence.since,
            until_ms: silence.until,
            by: silence.by.clone(),
            reason: silence.reason.clone(),
        };
        self.silences.iter().map(shown).collect()
    }

    /// Puts a silence in place of another, and lets what it covers know.
    fn put_silence(&mut self, now: i64, of: &Of, silence: Option<Silence>) -> Option<Silence> {
        let before = match silence {
            None => self.silences.remove(of),
            Some(silence) => {
                let timer = Timer::Silence(of.clone());
                self.timers.insert((silence.until, timer));
                self.silences.insert(of.clone(), silence)
            }
        };
        self.touched.site = true;
        let (ward, rule, name) = of;
        let on_ward = self.alarms.on_ward(*rule, ward).map(|(subject, _)| subject);
        let covered = on_ward.filter(|subject| name.is_empty() || subject.name == *name);
        let covered: Vec<Subject> = covered.cloned().collect();
        for subject in covered {
            self.explain_again(now, &subject);
        }
        before
    }

    /// What explains the alerts of a subject may be another.
    pub(super) fn explain_again(&mut self, now: i64, subject: &Subject) {
        let (demand, by) = (self.demand(subject), self.explained_by(subject));
        let notices = self.alarms.suppress(subject, &demand, &by, now);
        if !notices.is_empty() {
            self.say_notices(now, subject, &notices);
        }
    }
}

fn which(of: &Silenced) -> Result<Of, Reason> {
    let rule = alert::all().iter().position(|spec| spec.name == of.rule);
    let rule = rule.ok_or(Reason::RuleUnknown)?;
    Ok((of.ward.clone(), rule, of.subject.as_str().into()))
}

/// Whether alerts of a rule are of high priority from the beginning.
fn is_urgent(rule: usize) -> bool {
    alert::all()[rule].priority == AlertPriority::High
}

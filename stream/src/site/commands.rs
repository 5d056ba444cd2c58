//! Commands of people at boards. What one asks for is done in the epoch in which it is
//! folded, or refused with a reason; either way the boards are told, and so is the history.
//! A command that comes again under its id is the same one, and nothing happens.

use events::access::{Act, CommandKind, Permit, Role};
use events::command::{self, Action, Command, CommandId, UNDO_MS};
use events::fact::{BedTap, Fact};
use events::id::WardId;
use events::output::{Change, CommandView};
use events::place::{BedKey, Place};
use events::reason::Reason;
use events::time::HOUR_MS;
use serde::{Deserialize, Serialize};

use super::silences::{Of, Silence};
use super::{Entity, SiteFold};
use crate::alarms::Subject;
use crate::alarms::answer::{Answer, Condition, Demand, Shelved};
use crate::alert;
use crate::life::Key;
use crate::life::bed::BedEvent;

/// Commands of a site that are remembered, and those of one person among them.
const COMMANDS_MAX: usize = 100_000;
const COMMANDS_OF_ONE: usize = 10_000;
/// For so long they are, in milliseconds: as long as one may come again.
const KEPT_MS: i64 = 72 * HOUR_MS;

/// A command that was folded.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Done {
    /// When it was done, in event time, and when it was folded.
    at: i64,
    folded: i64,
    by: String,
    ward: Option<WardId>,
    what: Trail,
}

/// What it has left behind, and how it is taken back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Trail {
    /// A tap, in the life of this bed.
    Tap(BedKey, Key),
    /// An alert was answered: before and after.
    Answer(Subject, i64, Box<[Answer; 2]>),
    /// A remark on an alert.
    Comment(Subject, i64),
    /// A remark on a ward.
    Note,
    /// A silence, or its end: before and after.
    Silence(Of, Box<[Option<Silence>; 2]>),
    /// It can't be taken back: it was refused, was taken back, or has called people.
    Final,
}

/// A command that was folded in this epoch, and is to be said.
#[derive(Clone, Debug)]
pub(super) struct Folded {
    id: CommandId,
    view: CommandView,
}

impl SiteFold {
    /// Takes a command at its place in the log.
    pub(super) fn command(&mut self, now: i64, key: Key, fact: &Fact, command: Command) {
        if self.commands.contains_key(&command.id) {
            return;
        }
        let ward = command.action.ward();
        let mut view = view_of(fact, &command, ward.as_ref());
        let has_room = self.has_room(&command.by.label);
        let done = match &ward {
            _ if !has_room => Err(Reason::SiteFull),
            None => Err(Reason::AlertUnknown),
            Some(ward) => self.act(now, key, &command, ward),
        };
        let what = done.unwrap_or_else(|reason| {
            reason.code().clone_into(&mut view.refused);
            Trail::Final
        });
        let id = command.id;
        self.touched.commands.push(Folded { id, view });
        if has_room {
            let done = Done {
                at: key.0,
                folded: now,
                by: command.by.label,
                ward,
                what,
            };
            self.commands.insert(id, done);
        }
    }

    fn act(
        &mut self,
        now: i64,
        key: Key,
        command: &Command,
        ward: &WardId,
    ) -> Result<Trail, Reason> {
        match &command.action {
            Action::Tap { place, tap } => self.tap(key, command.expects, place, tap),
            Action::Annotate { .. } if self.has_ward(ward) => Ok(Trail::Note),
            Action::Annotate { .. } => Err(Reason::SiteFull),
            Action::Undo { command: of, ward } => self.undo((now, key.0), command, *of, ward),
            Action::Silence { .. } | Action::Unsilence { .. } => self.silence(now, command),
            answering => self.answer(now, key.0, command, answering),
        }
    }

    fn tap(
        &mut self,
        key: Key,
        expects: Option<i64>,
        place: &Place,
        tap: &BedTap,
    ) -> Result<Trail, Reason> {
        if key.0 < self.edge {
            return Err(Reason::BeyondHorizon);
        }
        if !self.has_place(place) {
            return Err(Reason::SiteFull);
        }
        let bed = place.bed_key().ok_or(Reason::FieldMissing)?;
        let said = self.beds.get(&bed).and_then(|bed| bed.said.as_ref());
        let seen = said.map_or(0, |said| said.clean_since_ms);
        if expects.is_some_and(|expects| expects != seen) {
            return Err(Reason::ChangedSince);
        }
        self.hear_place(key.0, place);
        self.bed_event(bed.clone(), key, BedEvent::Tap(tap.clone()));
        Ok(Trail::Tap(bed, key))
    }

    fn answer(
        &mut self,
        now: i64,
        at: i64,
        command: &Command,
        action: &Action,
    ) -> Result<Trail, Reason> {
        if !self.has_answers(self.versions.now()) {
            return Err(Reason::VersionTooOld);
        }
        let parts = action.alert().and_then(command::alert_parts);
        let (rule, ward, name, first_since) = parts.ok_or(Reason::AlertUnknown)?;
        let rule = alert::all().iter().position(|spec| spec.name == rule);
        let subject = Subject {
            rule: rule.ok_or(Reason::AlertUnknown)?,
            ward,
            name: name.into(),
        };
        let demand = self.demand(&subject);
        let answered = self
            .alarms
            .act(&subject, first_since, command.expects, |answer| {
                apply(answer, &demand, command, (at, now))
            });
        let (before, notice) = answered?;
        let trail = match action {
            Action::Escalate { .. } => Trail::Final,
            Action::Comment { .. } => Trail::Comment(subject.clone(), first_since),
            // It was over, and now somebody has seen it: that can't be unseen.
            _ if before.condition == Condition::Latched => Trail::Final,
            _ => Trail::Answer(
                subject.clone(),
                first_since,
                [before, notice.answer.clone()].into(),
            ),
        };
        self.say_notices(now, &subject, &[notice]);
        Ok(trail)
    }

    fn undo(
        &mut self,
        (now, at): (i64, i64),
        command: &Command,
        of: CommandId,
        ward: &WardId,
    ) -> Result<Trail, Reason> {
        let known = self.commands.get(&of);
        let known = known.filter(|done| done.ward.as_ref() == Some(ward));
        let done = known.ok_or(Reason::CommandUnknown)?;
        let role: Option<Role> = command.by.role.parse().ok();
        let permit = role.map_or(Permit::No, |role| {
            role.permit(Act::Command(CommandKind::Undo))
        });
        match permit {
            Permit::Any => {}
            Permit::Own if done.by == command.by.label => {}
            Permit::Own | Permit::No => return Err(Reason::NotYours),
        }
        if at.saturating_sub(done.at) > UNDO_MS {
            return Err(Reason::CommandTooOld);
        }
        match done.what.clone() {
            Trail::Final => return Err(Reason::CommandFinal),
            Trail::Note => {}
            Trail::Tap(bed, key) => self.take_back_tap(&bed, key),
            Trail::Silence(of, silences) => self.take_back_silence(now, &of, *silences)?,
            Trail::Comment(subject, first_since) => {
                self.restore(now, &subject, first_since, |answer, _| {
                    answer.comments = answer.comments.saturating_sub(1);
                    Ok(())
                })?;
            }
            Trail::Answer(subject, first_since, answers) => {
                let [before, after] = *answers;
                self.restore(now, &subject, first_since, |answer, demand| {
                    take_back(answer, &before, &after)?;
                    answer.pass(demand, now);
                    Ok(())
                })?;
            }
        }
        if let Some(done) = self.commands.get_mut(&of) {
            done.what = Trail::Final;
        }
        Ok(Trail::Final)
    }

    fn take_back_tap(&mut self, bed: &BedKey, key: Key) {
        let entry = self.beds.entry(bed.clone()).or_default();
        entry.timeline.remove(key);
        self.touched.entities.insert(Entity::Bed(bed.clone()));
    }

    fn restore(
        &mut self,
        now: i64,
        subject: &Subject,
        first_since: i64,
        back: impl FnOnce(&mut Answer, &Demand) -> Result<(), Reason>,
    ) -> Result<(), Reason> {
        let demand = self.demand(subject);
        let back = |answer: &mut Answer| back(answer, &demand);
        let (_, notice) = self.alarms.act(subject, first_since, None, back)?;
        self.say_notices(now, subject, &[notice]);
        Ok(())
    }

    /// Says what came of the commands of this epoch, once their beds have been folded: a tap
    /// that its bed refuses is no tap.
    pub(super) fn say_commands(&mut self, now: i64) {
        for Folded { id, mut view } in std::mem::take(&mut self.touched.commands) {
            if let Some(reason) = self.refused_tap(id) {
                reason.code().clone_into(&mut view.refused);
            }
            self.say_change(now, Change::Command(view));
        }
    }

    fn refused_tap(&mut self, id: CommandId) -> Option<Reason> {
        let done = self.commands.get_mut(&id)?;
        let Trail::Tap(bed, key) = &done.what else {
            return None;
        };
        let (bed, key) = (bed.clone(), *key);
        let refused = self.touched.refused.get(&Entity::Bed(bed.clone()))?;
        let (_, reason) = *refused.iter().find(|(refused, _)| *refused == key)?;
        done.what = Trail::Final;
        self.beds.entry(bed).or_default().timeline.remove(key);
        Some(reason)
    }

    /// Lets go of commands that nobody will send again or take back.
    pub(super) fn forget_commands(&mut self, now: i64) {
        self.commands
            .retain(|_, done| done.folded >= now.saturating_sub(KEPT_MS));
    }

    /// Whether somebody may have one more command remembered: nobody fills the room alone.
    fn has_room(&self, by: &str) -> bool {
        let of_one = || self.commands.values().filter(|done| done.by == by).count();
        self.commands.len() < COMMANDS_OF_ONE
            || (self.commands.len() < COMMANDS_MAX && of_one() < COMMANDS_OF_ONE)
    }
}

/// Does what is asked to an answer; `at` and `now` are when it was done and when it is folded.
fn apply(
    answer: &mut Answer,
    demand: &Demand,
    command: &Command,
    (at, now): (i64, i64),
) -> Result<(), Reason> {
    let by = &command.by.label;
    match &command.action {
        Action::Acknowledge { .. } => answer.acknowledge(demand, by, at, now),
        Action::Assign { to, .. } => answer.assign(to),
        Action::Shelve { for_ms, reason, .. } => {
            let shelved = Shelved {
                by: by.clone(),
                until: now.saturating_add((*for_ms).clamp(0, command::SHELVED_MAX_MS)),
                reason: reason.clone(),
            };
            answer.shelve(demand, Some(shelved), now)
        }
        Action::Unshelve { .. } => answer.shelve(demand, None, now),
        Action::Escalate { .. } => answer.escalate(now),
        Action::Comment { .. } => {
            answer.comments = answer.comments.saturating_add(1);
            Ok(())
        }
        Action::Tap { .. }
        | Action::Annotate { .. }
        | Action::Silence { .. }
        | Action::Unsilence { .. }
        | Action::Undo { .. } => Ok(()),
    }
}

/// Takes back what one command made of `before`, unless something else has come since.
fn take_back(answer: &mut Answer, before: &Answer, after: &Answer) -> Result<(), Reason> {
    let given = |answer: &Answer| {
        let Answer {
            acknowledged,
            owner,
            shelved,
            ..
        } = answer.clone();
        (acknowledged, owner, shelved)
    };
    if (given(answer), answer.turns) != (given(after), after.turns) {
        return Err(Reason::ChangedSince);
    }
    (answer.acknowledged, answer.owner, answer.shelved) = given(before);
    Ok(())
}

fn view_of(fact: &Fact, command: &Command, ward: Option<&WardId>) -> CommandView {
    let subject = match &command.action {
        Action::Tap { place, .. } => place.bed.as_ref().map(ToString::to_string),
        Action::Annotate { ward, .. } => Some(ward.to_string()),
        Action::Undo { command, .. } => Some(command.to_string()),
        Action::Silence { of, .. } | Action::Unsilence { of } => Some(match of.subject.as_str() {
            "" => of.rule.clone(),
            subject => format!("{}:{subject}", of.rule),
        }),
        action => action.alert().map(ToOwned::to_owned),
    };
    CommandView {
        command: command.id.to_string(),
        kind: command.action.name().to_owned(),
        ward: ward.map(ToString::to_string).unwrap_or_default(),
        subject: subject.unwrap_or_default(),
        by: command.by.label.clone(),
        role: command.by.role.clone(),
        device: command.by.device.clone(),
        at_ms: fact.at.0,
        told_ms: fact.told.0,
        refused: String::new(),
        text: command.action.text().to_owned(),
    }
}

//! What people and time make of an alert, beside what its rule says: a pure state machine.
//!
//! ```text
//! condition     active ──────────────> over, or latched until somebody has seen it
//! attention     nobody ──> acknowledged by its owner ──(expires, rises, undone)──> nobody
//! out of sight  shown  ──> shelved until a time, with a reason ──> shown
//!               shown  ──> suppressed by the alert that explains it, or by a silence ──> shown
//! escalation    step 1 ──> 2 ──> ... the last role again and again, while nobody has it
//! ```
//!
//! Escalation counts only while the alert is active, not acknowledged and in sight; when one
//! of these ends, it begins with the first step. All times are cell time, for people wait by
//! it; only an acknowledgement keeps when it was given.

use events::reason::Reason;
use serde::{Deserialize, Serialize};

/// How [`Answer::suppressed_by`] begins where a silence covers an alert; its id follows.
pub const SILENCE: &str = "silence:";

/// What a rule asks of people, with the numbers in force. Times in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// How many roles its chain has; at least one.
    pub roles: u32,
    /// How long each of them has, before the next is told.
    pub step_ms: i64,
    /// After how long the last of them is told again.
    pub repeat_ms: i64,
    /// How long an acknowledgement holds.
    pub acknowledged_ms: i64,
    /// How long it can be active before it rises to the highest priority; 0: it never does.
    pub rises_ms: i64,
    /// Whether it is of the highest priority from the beginning.
    pub is_high: bool,
    /// Whether people answer at all.
    pub is_asked: bool,
}

impl Demand {
    /// Of versions that knew no answers: nothing is asked, and time does nothing.
    pub const NONE: Self = Self {
        roles: 1,
        step_ms: i64::MAX,
        repeat_ms: i64::MAX,
        acknowledged_ms: i64::MAX,
        rises_ms: 0,
        is_high: false,
        is_asked: false,
    };

    /// By the numbers of a rule, as they stand in its response, in milliseconds.
    pub fn of(
        roles: usize,
        [step_ms, acknowledged_ms, rises_ms, repeat_ms]: [i64; 4],
        is_high: bool,
    ) -> Self {
        Self {
            roles: u32::try_from(roles).unwrap_or(u32::MAX),
            step_ms,
            repeat_ms: if repeat_ms > 0 { repeat_ms } else { step_ms },
            acknowledged_ms,
            rises_ms,
            is_high,
            is_asked: true,
        }
    }

    /// How long whoever was told in this step has, before somebody is told again.
    const fn patience_ms(&self, step: u32) -> i64 {
        if step < self.roles {
            self.step_ms
        } else {
            self.repeat_ms
        }
    }
}

/// Who has acknowledged it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Acknowledged {
    /// Who.
    pub by: String,
    /// When they did.
    pub at: i64,
    /// When it expires.
    pub until: i64,
}

/// Until when, by whom and why it is out of the way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shelved {
    /// By whom.
    pub by: String,
    /// Until when.
    pub until: i64,
    /// Why.
    pub reason: String,
}

/// Whether what it is about is still the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Condition {
    /// It is, for people since this cell time.
    Active(i64),
    /// It is not, and nobody had seen it.
    Latched,
    /// It is not.
    Over,
}

/// The answer to an alert so far.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Answer {
    /// Whether it is still the case.
    pub condition: Condition,
    /// Who has seen it.
    pub acknowledged: Option<Acknowledged>,
    /// Who looks after it; empty: nobody.
    pub owner: String,
    /// Whether it is out of the way.
    pub shelved: Option<Shelved>,
    /// The alert that explains it, or the silence that covers it; empty: none.
    pub suppressed_by: String,
    /// How often somebody was told, and when last.
    pub told: Option<(u32, i64)>,
    /// Whether it has risen to the highest priority.
    pub has_risen: bool,
    /// How many remarks there are.
    pub comments: u32,
    /// How often people have changed something of it.
    pub turns: u32,
}

impl Answer {
    /// Of an alert that is raised now, and that another explains, or none with an empty name.
    pub fn raised(demand: &Demand, by: &str, now: i64) -> Self {
        let mut answer = Self::over();
        answer.condition = Condition::Active(now);
        answer.suppress(demand, by, now);
        answer
    }

    /// Of one that was over before anybody could see it.
    pub const fn over() -> Self {
        Self {
            condition: Condition::Over,
            acknowledged: None,
            owner: String::new(),
            shelved: None,
            suppressed_by: String::new(),
            told: None,
            has_risen: false,
            comments: 0,
            turns: 0,
        }
    }

    /// Whether it is of the highest priority.
    pub const fn is_high(&self, demand: &Demand) -> bool {
        demand.is_high || self.has_risen
    }

    /// Whether somebody is to be told of it.
    pub const fn calls(&self) -> bool {
        matches!(self.condition, Condition::Active(_))
            && self.acknowledged.is_none()
            && self.shelved.is_none()
            && self.suppressed_by.is_empty()
    }

    /// Whether boards may sound: only severity, or time that nobody has used, earns it.
    pub fn sounds(&self, demand: &Demand) -> bool {
        self.calls() && (self.is_high(demand) || self.told.is_some_and(|(step, _)| step > 1))
    }

    /// Which of the roles of its chain is to act, from 0 on; nobody when none is.
    pub fn role(&self, demand: &Demand) -> Option<u32> {
        let (step, _) = self.told?;
        Some(step.clamp(1, demand.roles) - 1)
    }

    /// The next time at which time alone changes something.
    pub fn due(&self, demand: &Demand) -> Option<i64> {
        if !matches!(self.condition, Condition::Active(_)) {
            return None;
        }
        let acknowledged = self.acknowledged.as_ref().map(|known| known.until);
        let shelved = self.shelved.as_ref().map(|shelved| shelved.until);
        let step = self
            .told
            .map(|(step, since)| since.saturating_add(demand.patience_ms(step)));
        [acknowledged, shelved, step, self.rises_at(demand)]
            .into_iter()
            .flatten()
            .min()
    }

    fn rises_at(&self, demand: &Demand) -> Option<i64> {
        let Condition::Active(since) = self.condition else {
            return None;
        };
        let rises = demand.rises_ms > 0 && !self.has_risen && !demand.is_high;
        rises.then_some(since.saturating_add(demand.rises_ms))
    }

    /// What time alone does, up to `now`.
    pub fn pass(&mut self, demand: &Demand, now: i64) {
        if !matches!(self.condition, Condition::Active(_)) {
            self.told = None;
            return;
        }
        if self.rises_at(demand).is_some_and(|at| at <= now) {
            // Whoever has seen it, or put it out of the way, has seen less than this.
            self.has_risen = true;
            self.acknowledged = None;
            self.shelved = None;
            if self.suppressed_by.starts_with(SILENCE) {
                self.suppressed_by.clear();
            }
            self.told = None;
        }
        let is_over = |until: i64| until <= now;
        if self.acknowledged.as_ref().is_some_and(|a| is_over(a.until)) {
            self.acknowledged = None;
        }
        if self.shelved.as_ref().is_some_and(|s| is_over(s.until)) {
            self.shelved = None;
        }
        self.told = match self.told {
            _ if !self.calls() => None,
            None => Some((1, now)),
            Some((step, since)) if since.saturating_add(demand.patience_ms(step)) <= now => {
                Some((step.saturating_add(1), now))
            }
            told => told,
        };
    }

    /// From now on people are asked: whoever is first is told now.
    pub fn begin(&mut self, demand: &Demand, now: i64) {
        self.condition = Condition::Active(now);
        self.told = None;
        self.pass(demand, now);
    }

    /// It is the case again, and another alert explains it, or none with an empty name.
    pub fn reopen(&mut self, demand: &Demand, by: &str, now: i64) {
        self.explain(demand, by);
        if !matches!(self.condition, Condition::Active(_)) {
            self.condition = Condition::Active(now);
            self.acknowledged = None;
        }
        self.pass(demand, now);
    }

    /// It is no longer the case. An alert that is urgent and that nobody has seen stays.
    pub fn end(&mut self, demand: &Demand, now: i64) {
        let is_unseen = demand.is_asked && self.calls() && self.is_high(demand);
        self.condition = match self.condition {
            Condition::Active(_) if is_unseen => Condition::Latched,
            Condition::Active(_) => Condition::Over,
            ended => ended,
        };
        self.shelved = None;
        self.pass(demand, now);
    }

    /// Another of the same subject is raised, or it was wrong: nobody has to see this one.
    pub fn let_go(&mut self) {
        self.condition = Condition::Over;
        self.shelved = None;
        self.told = None;
    }

    /// Somebody has seen it, at `at`. Of two people the first has it.
    ///
    /// # Errors
    /// Somebody else has it, or it is over.
    pub fn acknowledge(
        &mut self,
        demand: &Demand,
        by: &str,
        at: i64,
        now: i64,
    ) -> Result<(), Reason> {
        match self.condition {
            Condition::Over => return Err(Reason::AlertOver),
            Condition::Latched => self.condition = Condition::Over,
            Condition::Active(_) => {}
        }
        if self.acknowledged.as_ref().is_some_and(|a| a.by != by) {
            return Err(Reason::AlertTaken);
        }
        self.acknowledged = Some(Acknowledged {
            by: by.to_owned(),
            at,
            until: now.saturating_add(demand.acknowledged_ms),
        });
        if self.owner.is_empty() {
            by.clone_into(&mut self.owner);
        }
        self.pass(demand, now);
        Ok(())
    }

    /// Somebody is to look after it.
    ///
    /// # Errors
    /// It is over.
    pub fn assign(&mut self, to: &str) -> Result<(), Reason> {
        self.check_open()?;
        to.clone_into(&mut self.owner);
        Ok(())
    }

    /// It is out of the way for a while, or back with nothing.
    ///
    /// # Errors
    /// It is over.
    pub fn shelve(
        &mut self,
        demand: &Demand,
        shelved: Option<Shelved>,
        now: i64,
    ) -> Result<(), Reason> {
        self.check_open()?;
        self.shelved = shelved;
        self.pass(demand, now);
        Ok(())
    }

    /// Whoever is next is told now.
    ///
    /// # Errors
    /// It is over, or somebody has it.
    pub fn escalate(&mut self, now: i64) -> Result<(), Reason> {
        self.check_open()?;
        if self.acknowledged.is_some() {
            return Err(Reason::AlertTaken);
        }
        if !self.calls() {
            return Err(Reason::ChangedSince);
        }
        let (step, _) = self.told.unwrap_or((0, now));
        self.told = Some((step.saturating_add(1), now));
        Ok(())
    }

    /// Another alert explains it, or a silence covers it; nothing does with an empty name. What is
    /// of high priority is covered by no silence.
    pub fn suppress(&mut self, demand: &Demand, by: &str, now: i64) {
        self.explain(demand, by);
        self.pass(demand, now);
    }

    fn explain(&mut self, demand: &Demand, by: &str) {
        let is_covered = !(self.is_high(demand) && by.starts_with(SILENCE));
        let by = if is_covered { by } else { "" };
        by.clone_into(&mut self.suppressed_by);
    }

    const fn check_open(&self) -> Result<(), Reason> {
        match self.condition {
            Condition::Active(_) => Ok(()),
            Condition::Latched | Condition::Over => Err(Reason::AlertOver),
        }
    }
}

#[cfg(test)]
mod tests;

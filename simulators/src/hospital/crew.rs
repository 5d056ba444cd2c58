//! A crew of finite size: cleaners, porters. What they can't do waits in a queue.

use std::collections::VecDeque;

use super::calendar;
use crate::scenario::PerShift;

pub(super) struct Crew {
    at_work: PerShift,
    busy: u32,
    queue: VecDeque<usize>,
}

impl Crew {
    pub(super) fn new(at_work: PerShift) -> Self {
        Self {
            at_work,
            busy: 0,
            queue: VecDeque::new(),
        }
    }

    pub(super) fn ask(&mut self, job: usize) {
        self.queue.push_back(job);
    }

    /// The next job, if somebody is free to do it. Whoever is at a job when the
    /// shift changes finishes it.
    pub(super) fn next_job(&mut self, now_ms: i64) -> Option<usize> {
        if self.busy >= self.at_work[calendar::shift(now_ms)] {
            return None;
        }
        let job = self.queue.pop_front()?;
        self.busy += 1;
        Some(job)
    }

    pub(super) fn job_done(&mut self) {
        self.busy -= 1;
    }
}

//! The life of a device: what equipment was doing, and when a device was heard.

use std::sync::Arc;

use events::fact::EquipmentStatus;
use events::id::WardId;

use super::Timeline;
use crate::trace::{Interval, Kind, Traces};

/// What is known of a device now.
#[derive(Clone, Debug, Default)]
pub struct DeviceLife {
    /// What equipment said, in order.
    pub statuses: Timeline<EquipmentStatus>,
    /// What it was doing before the oldest that is kept, and since when.
    pub base: Option<(EquipmentStatus, i64)>,
    /// When it was last heard.
    pub heard: i64,
    /// The gaps in which it was not.
    pub gaps: Vec<(i64, i64)>,
    /// Whether it is quiet now.
    pub quiet: bool,
    /// Whether it, or its last will, said that it is gone.
    pub offline: bool,
    /// What ended before is let go of.
    edge: i64,
}

impl DeviceLife {
    /// Takes what its lane says of when it was heard.
    pub fn hear(&mut self, last: i64, gaps: Vec<(i64, i64)>, quiet: bool) {
        (self.heard, self.gaps, self.quiet) = (last, gaps, quiet);
        self.gaps.retain(|(_, next)| *next >= self.edge);
    }

    /// Its traces on the ward where it stands.
    pub fn traces(&self, ward: &WardId, subject: &Arc<str>) -> Traces {
        let mut traces = Traces::default();
        let mut push = |kind, from, to| {
            traces.intervals.push(Interval {
                ward: ward.clone(),
                kind,
                subject: subject.clone(),
                from,
                to,
            });
        };
        let mut now = self.base;
        for ((at, _), status) in self.statuses.iter() {
            match now {
                Some((before, _)) if before == *status => {}
                Some((before, since)) => {
                    push(kind(before), since, Some(at));
                    now = Some((*status, at));
                }
                None => now = Some((*status, at)),
            }
        }
        if let Some((status, since)) = now {
            push(kind(status), since, None);
        }
        for (last, next) in &self.gaps {
            push(Kind::Silent, *last, Some(*next));
        }
        if self.quiet {
            push(Kind::Silent, self.heard, None);
        }
        traces
    }

    /// Lets go of what is older than `edge`.
    pub fn forget(&mut self, edge: i64) {
        for ((at, _), status) in self.statuses.split_before(edge) {
            if self.base.is_none_or(|(before, _)| before != status) {
                self.base = Some((status, at));
            }
        }
        self.edge = edge;
        self.gaps.retain(|(_, next)| *next >= edge);
    }
}

fn kind(status: EquipmentStatus) -> Kind {
    match status {
        EquipmentStatus::InUse => Kind::InUse,
        EquipmentStatus::Idle => Kind::Idle,
        EquipmentStatus::Fault => Kind::Fault,
    }
}

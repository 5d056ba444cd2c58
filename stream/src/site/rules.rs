//! What is in force for a bed while its life is folded: who knows whether it is
//! occupied, which version computes, whether it is listed, and how long its clocks may
//! disagree.

use events::place::BedKey;
use events::time::MINUTE_MS;

use super::SiteFold;
use crate::alert::{self, bed_conflict};
use crate::life::bed::{BedEvent, BedSetting};
use crate::master::Master;
use crate::thresholds::Thresholds;
use crate::trace::{Kind, Traces};
use crate::version::Versions;

/// What `control` has set, of all that beds go by.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) master: &'a Master,
    pub(super) thresholds: &'a Thresholds,
    pub(super) versions: &'a Versions,
}

impl SiteFold {
    pub(super) const fn rules(&self) -> Rules<'_> {
        Rules {
            master: &self.master,
            thresholds: &self.thresholds,
            versions: &self.versions,
        }
    }
}

impl Rules<'_> {
    /// What was in force for a bed before `edge`.
    pub(super) fn before(self, key: &BedKey, edge: i64) -> BedSetting {
        BedSetting {
            ward: key.ward.clone(),
            subject: key.bed.as_str().into(),
            source: self.master.source_before(&key.ward, edge),
            version: self.versions.before(edge),
        }
    }

    /// What came into force for a bed since.
    pub(super) fn since(self, key: &BedKey, edge: i64) -> Vec<(i64, BedEvent)> {
        let sources = self.master.source_changes(&key.ward, edge).into_iter();
        let sources = sources.map(|(from, source)| (from, BedEvent::Source(source)));
        let versions = self.versions.changes(edge);
        let versions = versions.map(|(from, version)| (from, BedEvent::Version(version)));
        sources.chain(versions).collect()
    }

    /// How long the clocks of a bed may disagree before it is a conflict, when they began
    /// to at `since`; in milliseconds.
    pub(super) fn patience_ms(self, key: &BedKey, since: i64) -> i64 {
        let mut rules = alert::all().iter();
        let rule = rules.position(|rule| rule.name == bed_conflict::NAME);
        let rule = rule.expect("the rule is listed");
        self.thresholds.at(rule, 0, &key.ward, since) * MINUTE_MS
    }

    /// Takes away what does not count: of beds that were not listed at the time, all but
    /// who lay in them; of what clocks disagreed on, the time that is given to them.
    pub(super) fn counts(self, key: &BedKey, traces: &mut Traces) {
        traces.marks.retain(|mark| self.master.lists(key, mark.at));
        traces.intervals.retain_mut(|interval| {
            let counts = interval.kind == Kind::Occupied || self.master.lists(key, interval.from);
            if interval.kind == Kind::Ghost {
                interval.from += self.patience_ms(key, interval.from);
            }
            counts && interval.to.is_none_or(|to| to >= interval.from)
        });
    }
}

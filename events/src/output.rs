//! What the processor says. The types are the published messages themselves:
//! the processor writes them from checked ids, and sinks only read them.

use serde::{Deserialize, Serialize};

use crate::topic::KafkaTopic;

pub use crate::proto::{
    Alert, AlertPriority, AlertState, BedClock, BedConflict, BedView, BoardChange, Cleanliness,
    Coming, CommandView, Confidence, DeadLetter, EpochEnd, Folded, Gone, KpiValue, Late, Leaving,
    OnShift, SilenceView, SiteView, SourceLevel, SourceView, Waiting, WardView,
    board_change::Change,
};

mod ends;

pub use ends::EpochEnds;

/// One output, with its place `(epoch, index)` inside.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// To the topic `alerts`.
    Alert(Alert),
    /// To the topic `board`.
    Board(BoardChange),
    /// To the topic `kpis`.
    Kpi(KpiValue),
    /// To the topic `late`.
    Late(Late),
}

/// A record of an output topic.
#[expect(clippy::large_enum_variant, reason = "most records are outputs")]
#[derive(Clone, Debug, PartialEq)]
pub enum OutputRecord {
    /// Something that an epoch says.
    Output(Output),
    /// It has said all of it.
    EpochEnd(EpochEnd),
    /// The processor has said all that it says up to a time.
    Folded(Folded),
}

impl Output {
    /// The topic that it goes to.
    pub const fn topic(&self) -> KafkaTopic {
        match self {
            Self::Alert(_) => KafkaTopic::Alerts,
            Self::Board(_) => KafkaTopic::Board,
            Self::Kpi(_) => KafkaTopic::Kpis,
            Self::Late(_) => KafkaTopic::Late,
        }
    }

    /// Gives the output its place.
    pub fn place(&mut self, epoch: u64, index: u32) {
        let (e, i) = match self {
            Self::Alert(alert) => (&mut alert.epoch, &mut alert.index),
            Self::Board(change) => (&mut change.epoch, &mut change.index),
            Self::Kpi(kpi) => (&mut kpi.epoch, &mut kpi.index),
            Self::Late(late) => (&mut late.epoch, &mut late.index),
        };
        (*e, *i) = (epoch, index);
    }

    /// Its place: the epoch that says it, and its index there.
    pub const fn placed(&self) -> (u64, u32) {
        match self {
            Self::Alert(alert) => (alert.epoch, alert.index),
            Self::Board(change) => (change.epoch, change.index),
            Self::Kpi(kpi) => (kpi.epoch, kpi.index),
            Self::Late(late) => (late.epoch, late.index),
        }
    }

    /// Tenant and site, which decide its lane.
    pub fn site_key(&self) -> String {
        let (tenant, site) = match self {
            Self::Alert(alert) => (&alert.tenant, &alert.site),
            Self::Board(change) => (&change.tenant, &change.site),
            Self::Kpi(kpi) => (&kpi.tenant, &kpi.site),
            Self::Late(late) => (&late.tenant, &late.site),
        };
        format!("{tenant}/{site}")
    }
}

/// The ward of a value that is about the whole site.
pub const WHOLE_SITE: &str = "-";

/// What a KPI row's number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Stat {
    /// The value itself.
    Value,
    /// Median of the durations, in the KPI's unit.
    P50,
    /// 90th percentile of the durations, in the KPI's unit.
    P90,
    /// Largest value within the window.
    Peak,
    /// When the peak was first reached: milliseconds since the window's start.
    PeakAt,
    /// How many durations the percentiles rest on.
    N,
    /// How many lack their start or their end.
    Missing,
    /// How many were negative.
    Invalid,
}

impl Stat {
    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::Peak => "peak",
            Self::PeakAt => "peak_at",
            Self::N => "n",
            Self::Missing => "missing",
            Self::Invalid => "invalid",
        }
    }
}

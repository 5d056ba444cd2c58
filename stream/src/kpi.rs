//! The KPI registry. A KPI is one file under `kpi/` and one line in [`all`]; its
//! judge, a naive definition, is the file of the same name in
//! `simulators/src/truth/`. A KPI sees a [`View`]: the traces of a ward, or of
//! all wards of a site, and a window; it does not know what is late.

mod appointment_wait;
mod census;
mod cleaning;
mod durations;
mod equipment_utilisation;
mod movements;
mod no_show_rate;
mod occupancy;
mod request_to_assign;
mod waiting;

use std::collections::BTreeSet;

use events::output::Stat;
use events::time::Span;
use serde::{Deserialize, Serialize};

use crate::trace::{Clock, Kind, Reading, WardTraces};

/// One KPI.
pub struct KpiSpec {
    /// Its name in tables.
    pub name: &'static str,
    /// Unit of its value.
    pub unit: &'static str,
    /// The question that it answers.
    pub question: &'static str,
    /// Where its definition comes from.
    pub source: &'static str,
    /// Its rows for a window.
    pub measure: fn(&View<'_>) -> Vec<Row>,
}

/// Every KPI, by name.
pub fn all() -> &'static [KpiSpec] {
    &[
        appointment_wait::KPI,
        movements::ARRIVALS,
        cleaning::BED_TURN,
        census::KPI,
        cleaning::CLEAN_TO_OCCUPIED,
        cleaning::CLEANING_RESPONSE,
        cleaning::CLEANING_TIME,
        movements::DEPARTURES,
        equipment_utilisation::KPI,
        no_show_rate::KPI,
        occupancy::KPI,
        request_to_assign::KPI,
        movements::TRANSFERS_IN,
        movements::TRANSFERS_OUT,
        cleaning::VACATED_TO_KNOWN,
        waiting::BED,
        waiting::CLEANING,
        waiting::DEPARTURE,
        waiting::ROOM,
    ]
}

/// One number of one KPI: integers, divided when read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Row {
    /// Which number.
    pub stat: Stat,
    /// Above the line.
    pub numerator: i64,
    /// Below the line; positive.
    pub denominator: i64,
}

/// What a KPI may look at.
pub struct View<'a> {
    /// The wards, with the ids of their staffed beds.
    pub wards: &'a [WardInView<'a>],
    /// The window.
    pub window: Span,
}

/// One ward of a view.
pub struct WardInView<'a> {
    /// What is left behind there.
    pub traces: &'a WardTraces,
    /// Its listed and staffed beds.
    pub staffed: &'a BTreeSet<String>,
}

impl View<'_> {
    /// Milliseconds of the window for which something was the case, over all subjects.
    fn time(&self, kind: Kind) -> i64 {
        let Span { from, to } = self.window;
        let of_ward = |ward: &WardInView<'_>| -> i64 {
            ward.traces
                .within(kind, from, to)
                .map(|(_, from, to)| to - from)
                .sum()
        };
        self.wards.iter().map(of_ward).sum()
    }

    /// What a clock said within the window.
    fn readings(&self, clock: Clock) -> impl Iterator<Item = Reading> {
        let Span { from, to } = self.window;
        self.wards
            .iter()
            .flat_map(move |ward| ward.traces.readings(clock, from, to))
    }
}

fn value(numerator: i64, denominator: i64) -> Vec<Row> {
    vec![Row {
        stat: Stat::Value,
        numerator,
        denominator,
    }]
}

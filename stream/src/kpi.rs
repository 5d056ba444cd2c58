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

use std::cell::Cell;
use std::collections::BTreeSet;

use events::id::WardId;
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

/// What a KPI may look at. It notes what is looked at, so that a number can be
/// explained without a word from its KPI.
pub struct View<'a> {
    /// The wards, with the ids of their staffed beds.
    pub wards: &'a [WardInView<'a>],
    /// The window.
    pub window: Span,
    looked: Cell<Looked>,
}

/// One ward of a view.
pub struct WardInView<'a> {
    /// Which.
    pub ward: &'a WardId,
    /// What is left behind there.
    pub traces: &'a WardTraces,
    /// Its listed and staffed beds.
    pub staffed: &'a BTreeSet<String>,
}

/// What was looked at, a bit a kind or clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    intervals: u32,
    of_staffed: u32,
    clocks: u32,
}

impl Looked {
    /// Whether intervals of a kind count, of a subject that is a staffed bed or not.
    pub fn has_interval(self, kind: Kind, is_staffed: bool) -> bool {
        let of_staffed = if is_staffed { self.of_staffed } else { 0 };
        (self.intervals | of_staffed) & 1 << kind as u32 != 0
    }

    /// Whether the marks of a clock count.
    pub fn has_clock(self, clock: Clock) -> bool {
        self.clocks & 1 << clock as u32 != 0
    }
}

impl<'a> View<'a> {
    /// A view at which nothing has been looked yet.
    pub fn new(wards: &'a [WardInView<'a>], window: Span) -> Self {
        Self {
            wards,
            window,
            looked: Cell::default(),
        }
    }

    /// What has been looked at.
    pub fn looked(&self) -> Looked {
        self.looked.get()
    }

    fn look(&self, note: impl FnOnce(&mut Looked)) {
        let mut looked = self.looked.get();
        note(&mut looked);
        self.looked.set(looked);
    }

    /// Milliseconds of the window for which something was the case, over all subjects.
    fn time(&self, kind: Kind) -> i64 {
        self.look(|looked| looked.intervals |= 1 << kind as u32);
        let Span { from, to } = self.window;
        let of_ward = |ward: &WardInView<'_>| -> i64 {
            ward.traces
                .within(kind, from, to)
                .map(|(_, from, to)| to - from)
                .sum()
        };
        self.wards.iter().map(of_ward).sum()
    }

    /// When in the window something was the case with staffed beds.
    fn of_staffed(&self, kind: Kind) -> impl Iterator<Item = (i64, i64)> {
        self.look(|looked| looked.of_staffed |= 1 << kind as u32);
        let Span { from, to } = self.window;
        self.wards.iter().flat_map(move |ward| {
            let intervals = ward.traces.within(kind, from, to);
            intervals
                .filter(|(bed, ..)| ward.staffed.contains(*bed))
                .map(|(_, from, to)| (from, to))
        })
    }

    /// What a clock said within the window.
    fn readings(&self, clock: Clock) -> impl Iterator<Item = Reading> {
        self.look(|looked| looked.clocks |= 1 << clock as u32);
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

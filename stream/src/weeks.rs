//! Weeks, put together from the days that were said: a week is longer than the horizon, and
//! what its first days followed from is gone when it ends. What adds up is exact.

use std::collections::BTreeMap;

use events::output::Stat;
use events::time::{DAY_MS, Span, Window};
use serde::{Deserialize, Serialize};

use crate::kpi::cover::{Cover, WHOLE_PPM};
use crate::kpi::{self, KpiSpec, Row};
use crate::shared::Shared;
use crate::windows::{Block, Scope};

mod joined;
mod named;

use joined::Joined;

/// Days of a week.
const DAYS: i64 = 7;
/// On which day of the first week 1970 began: a Thursday.
const FIRST: i64 = 3;

/// The days that a week can still need, as they were last said.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Days {
    of: BTreeMap<Scope, Shared<BTreeMap<i64, Day>>>,
}

/// A day of a ward or a site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Day {
    span: Span,
    /// Of the computation that measured it.
    version: u32,
    #[serde(with = "named")]
    block: Block,
    dark: Dark,
}

/// The KPIs that have no row of a window that was not wholly covered, by name, and how much of
/// it was, in millionths.
pub type Dark = Vec<(String, u32)>;

impl Day {
    /// How much of it was covered for a KPI that has no row of it, in millionths.
    fn covered(&self, spec: &KpiSpec) -> u32 {
        let mut dark = self.dark.iter();
        let dark = dark.find(|(name, _)| name == spec.name);
        dark.map_or(WHOLE_PPM, |(_, covered)| *covered)
    }
}

impl Days {
    /// Keeps a day as it is said.
    pub fn keep(
        &mut self,
        scope: &Scope,
        day: Window,
        version: u32,
        (block, dark): (&Block, Dark),
    ) {
        let adds_up =
            |(_, row, _): &&(usize, Row, Option<Cover>)| !matches!(row.stat, Stat::P50 | Stat::P90);
        let kept = Day {
            span: day.span,
            version,
            block: block.iter().filter(adds_up).copied().collect(),
            dark,
        };
        let days = self.of.entry(scope.clone()).or_default();
        days.insert(day.number, kept);
    }

    /// Of whom days are kept.
    pub fn scopes(&self) -> Vec<Scope> {
        self.of.keys().cloned().collect()
    }

    /// The rows of a week; nothing when one of its days was not said, or the site went from
    /// one zone to another in it.
    pub fn together(&self, scope: &Scope, week: Window) -> Option<Block> {
        let first = week.number * DAYS - FIRST;
        let days = self.of.get(scope)?;
        let days: Vec<&Day> = (first..first + DAYS)
            .filter_map(|number| days.get(&number))
            .collect();
        let mut at = week.span.from;
        for day in &days {
            at = (day.span.from == at).then_some(day.span.to)?;
        }
        if at != week.span.to || days.len() != usize::try_from(DAYS).ok()? {
            return None;
        }
        let version = days.iter().map(|day| day.version).min()?;
        let all = kpi::all().iter().enumerate();
        let said = all.filter(|(_, spec)| spec.version <= version);
        let rows = said.flat_map(|(place, spec)| {
            let rows = Joined::of(place, spec, &days).rows(spec);
            rows.into_iter()
                .map(move |(row, cover)| (place, row, cover))
        });
        Some(rows.collect())
    }

    /// Lets go of the days of weeks that ended before `edge`: none of them can be corrected.
    pub fn forget(&mut self, edge: i64) {
        for days in self.of.values_mut() {
            // No zone is a whole day away from UTC.
            let is_over = |day: i64| {
                let last = (day + FIRST).div_euclid(DAYS) * DAYS - FIRST + DAYS;
                (last + 1) * DAY_MS <= edge
            };
            if days.keys().next().is_some_and(|day| is_over(*day)) {
                days.retain(|day, _| !is_over(*day));
            }
        }
        self.of.retain(|_, days| !days.is_empty());
    }
}

#[cfg(test)]
mod tests;

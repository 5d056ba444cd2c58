//! The rows of one KPI over days side by side, for what can be put together exactly.

use events::output::Stat;
use events::time::Span;

use super::Day;
use crate::kpi::{KpiSpec, Row, Scale};

/// The rows of one KPI, each with its day.
pub(super) struct Joined {
    days: usize,
    rows: Vec<(Span, Row)>,
}

impl Joined {
    pub(super) fn of(place: usize, days: &[&Day]) -> Self {
        let of_day = |day: &&Day| {
            let span = day.span;
            let rows = day.block.iter().filter(|(of, _)| *of == place);
            rows.map(|(_, row)| (span, *row)).collect::<Vec<_>>()
        };
        Self {
            days: days.len(),
            rows: days.iter().flat_map(of_day).collect(),
        }
    }

    pub(super) fn rows(&self, spec: &KpiSpec) -> Vec<Row> {
        let value = match spec.scale {
            Scale::Amount | Scale::Count => self.summed(Stat::Value),
            Scale::Duration => self.divided(),
            Scale::Moment => self.first(),
            Scale::Rate => None,
            // Nothing is above the line of a share that is not below it, and a day without
            // a row has neither.
            Scale::Ratio if spec.unit == "share" => self.divided(),
            Scale::Ratio => self.divided().filter(|_| self.is_of_each_day(Stat::Value)),
        };
        let counts = [Stat::N, Stat::Missing, Stat::Invalid].map(|stat| self.summed(stat));
        let rows = value
            .into_iter()
            .chain(self.peak())
            .chain(counts.into_iter().flatten());
        rows.collect()
    }

    fn of_stat(&self, stat: Stat) -> impl Iterator<Item = (Span, Row)> {
        let rows = self.rows.iter().copied();
        rows.filter(move |(_, row)| row.stat == stat)
    }

    fn is_of_each_day(&self, stat: Stat) -> bool {
        self.of_stat(stat).count() == self.days
    }

    /// Of the same below the line, all of it above.
    fn summed(&self, stat: Stat) -> Option<Row> {
        let mut rows = self.of_stat(stat).map(|(_, row)| row);
        let mut sum = rows.next()?;
        for row in rows {
            if row.denominator != sum.denominator {
                return None;
            }
            sum.numerator += row.numerator;
        }
        Some(sum)
    }

    fn divided(&self) -> Option<Row> {
        let rows = self.of_stat(Stat::Value).map(|(_, row)| row);
        rows.reduce(|sum, row| Row {
            stat: sum.stat,
            numerator: sum.numerator + row.numerator,
            denominator: sum.denominator + row.denominator,
        })
    }

    /// What was so when the first day began, and with it the week.
    fn first(&self) -> Option<Row> {
        let mut rows = self.of_stat(Stat::Value);
        let is_first = self.is_of_each_day(Stat::Value);
        rows.next().map(|(_, row)| row).filter(|_| is_first)
    }

    /// The highest of the days' peaks, and when it was first reached.
    fn peak(&self) -> Vec<Row> {
        if !self.is_of_each_day(Stat::Peak) {
            return Vec::new();
        }
        let Some((first, _)) = self.of_stat(Stat::Peak).next() else {
            return Vec::new();
        };
        let share = |row: &Row, of: &Row| i128::from(row.numerator) * i128::from(of.denominator);
        let highest = self.of_stat(Stat::Peak).reduce(|high, next| {
            match share(&next.1, &high.1) > share(&high.1, &next.1) {
                true => next,
                false => high,
            }
        });
        let reached = highest.and_then(|(day, _)| {
            let (_, at) = self.of_stat(Stat::PeakAt).find(|(of, _)| *of == day)?;
            let numerator = day.from - first.from + at.numerator;
            Some(Row { numerator, ..at })
        });
        let peak = highest.map(|(_, row)| row);
        peak.into_iter().chain(reached).collect()
    }
}

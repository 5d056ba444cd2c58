//! The rows of one KPI over days side by side, for what can be put together exactly; and
//! what the days lack, together.

use events::output::Stat;
use events::time::Span;

use super::Day;
use crate::kpi::cover::{Cover, WHOLE_PPM};
use crate::kpi::{KpiSpec, Row, Scale};

/// A row, its day, and what the day lacks; nothing of a version that does not say it.
type OfDay = (Span, Row, Option<Cover>);
/// What is made of the bounds of days.
type Bound = fn(&[i64]) -> Option<i64>;

/// The rows of one KPI.
pub(super) struct Joined {
    rows: Vec<OfDay>,
    /// The days, and how much of each was covered that has no row, in millionths.
    days: Vec<(Span, u32)>,
}

impl Joined {
    pub(super) fn of(place: usize, spec: &KpiSpec, days: &[&Day]) -> Self {
        let of_day = |day: &&Day| {
            let span = day.span;
            let rows = day.block.iter().filter(|(of, ..)| *of == place);
            rows.map(|(_, row, cover)| (span, *row, *cover))
                .collect::<Vec<_>>()
        };
        Self {
            rows: days.iter().flat_map(of_day).collect(),
            days: days
                .iter()
                .map(|day| (day.span, day.covered(spec)))
                .collect(),
        }
    }

    pub(super) fn rows(&self, spec: &KpiSpec) -> Vec<(Row, Option<Cover>)> {
        let value = match spec.scale {
            Scale::Amount | Scale::Count => self.summed(Stat::Value),
            Scale::Duration => self.divided(),
            Scale::Moment => self.first(),
            Scale::Rate => None,
            Scale::Outlook => return Vec::new(),
            // Nothing is above the line of a share that is not below it, and a day without
            // a row has neither.
            Scale::Ratio if spec.unit == "share" => self.divided(),
            Scale::Ratio => self.divided().filter(|_| self.is_of_each_day(Stat::Value)),
        };
        let bound: Bound = match spec.scale {
            Scale::Moment => |days| days.first().copied(),
            _ => |days| Some(days.iter().sum()),
        };
        let value = value.map(|row| (row, self.cover(Stat::Value, bound)));
        let sum: Bound = |days| Some(days.iter().sum());
        let counts = [Stat::N, Stat::Missing, Stat::Invalid]
            .map(|stat| Some((self.summed(stat)?, self.cover(stat, sum))));
        let rows = value
            .into_iter()
            .chain(self.peak())
            .chain(counts.into_iter().flatten());
        rows.collect()
    }

    fn of_stat(&self, stat: Stat) -> impl Iterator<Item = OfDay> {
        let rows = self.rows.iter().copied();
        rows.filter(move |(_, row, _)| row.stat == stat)
    }

    fn is_of_each_day(&self, stat: Stat) -> bool {
        self.of_stat(stat).count() == self.days.len()
    }

    /// Of the same below the line, all of it above.
    fn summed(&self, stat: Stat) -> Option<Row> {
        let mut rows = self.of_stat(stat).map(|(_, row, _)| row);
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
        let rows = self.of_stat(Stat::Value).map(|(_, row, _)| row);
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
        rows.next().map(|(_, row, _)| row).filter(|_| is_first)
    }

    /// The highest of the days' peaks, and when it was first reached.
    fn peak(&self) -> Vec<(Row, Option<Cover>)> {
        if !self.is_of_each_day(Stat::Peak) {
            return Vec::new();
        }
        let Some((first, below, _)) = self.of_stat(Stat::Peak).next() else {
            return Vec::new();
        };
        let share = |row: &Row, of: &Row| i128::from(row.numerator) * i128::from(of.denominator);
        let highest = self.of_stat(Stat::Peak).reduce(|high, next| {
            match share(&next.1, &high.1) > share(&high.1, &next.1) {
                true => next,
                false => high,
            }
        });
        let reached = highest.and_then(|(day, ..)| {
            let (_, at, _) = self.of_stat(Stat::PeakAt).find(|(of, ..)| *of == day)?;
            let numerator = day.from - first.from + at.numerator;
            Some((Row { numerator, ..at }, self.cover(Stat::PeakAt, |_| None)))
        });
        let mut rows = self.of_stat(Stat::Peak);
        let bound: Bound = match rows.all(|(_, row, _)| row.denominator == below.denominator) {
            true => |days| days.iter().max().copied(),
            false => |_| None,
        };
        let peak = highest.map(|(_, row, _)| (row, self.cover(Stat::Peak, bound)));
        peak.into_iter().chain(reached).collect()
    }

    /// The share of the days that was covered, and what the bounds of each come to: a day
    /// that lacks nothing is its own bound, and of one without a row that lacks something
    /// there is none.
    fn cover(&self, stat: Stat, together: Bound) -> Option<Cover> {
        let of_day = |(day, covered): &(Span, u32)| {
            let Some((_, row, cover)) = self.of_stat(stat).find(|(of, ..)| of == day) else {
                let own = (*covered == WHOLE_PPM).then_some(0);
                return Some((day.length_ms(), *covered, own, own));
            };
            let cover = cover?;
            let is_whole = cover == Cover::WHOLE;
            let own = |bound: Option<i64>| bound.or(is_whole.then_some(row.numerator));
            let bounds = (own(cover.lower), own(cover.upper));
            Some((day.length_ms(), cover.coverage_ppm, bounds.0, bounds.1))
        };
        let days = self.days.iter().map(of_day).collect::<Option<Vec<_>>>()?;
        if days.iter().all(|(_, covered, ..)| *covered == WHOLE_PPM) {
            return Some(Cover::WHOLE);
        }
        let bound = |bounds: Option<Vec<i64>>| bounds.and_then(|bounds| together(&bounds));
        let length: i64 = days.iter().map(|(length, ..)| length).sum();
        let covered = days.iter();
        let covered = covered.map(|(length, covered, ..)| i64::from(*covered) * length);
        Some(Cover {
            coverage_ppm: u32::try_from(covered.sum::<i64>() / length.max(1)).unwrap_or(0),
            lower: bound(days.iter().map(|(_, _, lower, _)| *lower).collect()),
            upper: bound(days.iter().map(|(.., upper)| *upper).collect()),
        })
    }
}

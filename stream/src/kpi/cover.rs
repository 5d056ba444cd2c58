//! How much of its window the sources of a number covered, and between which bounds it
//! lies when they did not cover all of it. There the number itself goes on as if nothing
//! had happened since; the bounds say what may have:
//!
//! | the number | lower | upper |
//! |---|---|---|
//! | time of beds | that of the covered time | and each bed for all of the rest, while it is open |
//! | other time | that of the covered time | none |
//! | beds, or visits, at the start of the window | itself; none of them when the start is not covered | itself; else all open beds, of visits none |
//! | the most beds at once | the most in the covered time | all beds |
//! | what happened, and how many durations there are | what is known | none |
//! | how many of these are missing or invalid | none of them | none |
//! | how many there are to look ahead to, when the window starts | itself; none of them when the start is not covered | itself; else none |
//! | percentiles, means, other ratios | none | none |

use events::output::Stat;
use events::time::Span;
use serde::{Deserialize, Serialize};

use super::Row;
use super::looked::Sort;
use super::spec::{Denominator, KpiSpec, Scale};
use super::view::View;

/// All of a window, in millionths.
pub const WHOLE_PPM: u32 = 1_000_000;

/// What is to be said of a row beside its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    /// The share of the window that was covered, in millionths, rounded down.
    pub coverage_ppm: u32,
    /// The least that it may be, over the same denominator.
    pub lower: Option<i64>,
    /// The most that it may be, over the same denominator.
    pub upper: Option<i64>,
}

impl Cover {
    /// Of a number whose sources covered the whole window.
    pub const WHOLE: Self = Self {
        coverage_ppm: WHOLE_PPM,
        lower: None,
        upper: None,
    };
}

/// The rows of a KPI, as `view` has seen them, with what the stretches of its window
/// that nobody covered make of them.
pub(crate) fn covered(
    spec: &KpiSpec,
    view: &View<'_>,
    rows: Vec<Row>,
    uncovered: &[(i64, i64)],
) -> Vec<(Row, Cover)> {
    if uncovered.is_empty() {
        return rows.into_iter().map(|row| (row, Cover::WHOLE)).collect();
    }
    let lacks = Lacks::new(spec, view, uncovered);
    let cover = |row: Row| {
        let (lower, upper) = lacks.bounds(spec, &row);
        let cover = Cover {
            coverage_ppm: coverage_ppm(view.window, uncovered),
            lower,
            upper,
        };
        (row, cover)
    };
    rows.into_iter().map(cover).collect()
}

/// The share of a window that is left beside stretches of it, in millionths, rounded down.
pub(crate) fn coverage_ppm(window: Span, uncovered: &[(i64, i64)]) -> u32 {
    let uncovered: i64 = uncovered.iter().map(|(from, to)| to - from).sum();
    let covered = window.length_ms() - uncovered;
    u32::try_from(covered * i64::from(WHOLE_PPM) / window.length_ms()).unwrap_or(0)
}

/// What a window lacks.
struct Lacks {
    sort: Sort,
    starts_covered: bool,
    /// The rows of each stretch that was covered.
    parts: Vec<Row>,
}

impl Lacks {
    fn new(spec: &KpiSpec, view: &View<'_>, uncovered: &[(i64, i64)]) -> Self {
        let sort = view.sort(uncovered);
        let rows = |window: Span| (spec.measure)(&view.of(window));
        let parts = match sort {
            Sort::BedTime(_) | Sort::Time => between(view.window, uncovered),
            _ => Vec::new(),
        };
        let parts = parts.into_iter().flat_map(rows);
        Self {
            sort,
            starts_covered: uncovered[0].0 > view.window.from,
            parts: parts.collect(),
        }
    }

    fn bounds(&self, spec: &KpiSpec, row: &Row) -> (Option<i64>, Option<i64>) {
        let known = (Some(row.numerator), None);
        let of_parts = self.parts.iter().filter(|part| part.stat == row.stat);
        match (row.stat, self.sort) {
            (Stat::N | Stat::Missing | Stat::Invalid, Sort::AtStart) => {
                self.bounds_of_value(spec, row.numerator, 0)
            }
            (Stat::N, _) => known,
            // What was not told may be what they lack.
            (Stat::Missing | Stat::Invalid, _) => (Some(0), None),
            (Stat::Peak, _) => {
                let most = of_parts.map(|part| part.numerator).max();
                (Some(most.unwrap_or(0)), Some(row.denominator))
            }
            (Stat::Value, _) => {
                let time: i64 = of_parts.map(|part| part.numerator).sum();
                self.bounds_of_value(spec, row.numerator, time)
            }
            (Stat::P50 | Stat::P90 | Stat::PeakAt, _) => (None, None),
        }
    }

    fn bounds_of_value(
        &self,
        spec: &KpiSpec,
        said: i64,
        covered: i64,
    ) -> (Option<i64>, Option<i64>) {
        let is_count = spec.scale == Scale::Count || spec.denominator != Denominator::None;
        match self.sort {
            Sort::BedTime(lacks) => (Some(covered), Some(covered + lacks)),
            Sort::Time => (Some(covered), None),
            Sort::BedsAtStart(_) | Sort::AtStart if self.starts_covered => (Some(said), Some(said)),
            Sort::BedsAtStart(beds) => (Some(0), Some(beds)),
            Sort::AtStart => (Some(0), None),
            Sort::Marks if is_count => (Some(said), None),
            Sort::Marks | Sort::Mixed => (None, None),
        }
    }
}

/// What is left of a window between stretches.
fn between(window: Span, stretches: &[(i64, i64)]) -> Vec<Span> {
    let ends = stretches.iter().map(|(_, to)| *to);
    let froms = std::iter::once(window.from).chain(ends);
    let tos = stretches.iter().map(|(from, _)| *from).chain([window.to]);
    let spans = froms.zip(tos).map(|(from, to)| Span { from, to });
    spans.filter(|span| span.from < span.to).collect()
}

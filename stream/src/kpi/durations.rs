//! The rows that every clock has: exact percentiles with their n, and what could
//! not be measured.

use events::output::Stat;
use events::time::MINUTE_MS;

use super::{Denominator, Focus, KpiSpec, Row, Scale, View, integer};
use crate::trace::{Clock, Reading};

/// What the clocks of beds have in common.
pub(super) const OF_BED: KpiSpec = KpiSpec {
    name: "",
    unit: "min",
    question: "",
    source: "",
    focus: Focus::Bed,
    activity: "",
    statistic: "p50 and p90, with n, missing and invalid",
    scale: Scale::Duration,
    starts: "",
    stops: "",
    exclusions: "",
    denominator: Denominator::None,
    version: 1,
    measure: |_| Vec::new(),
};

/// What the clocks of appointments have in common.
pub(super) const OF_APPOINTMENT: KpiSpec = KpiSpec {
    focus: Focus::Appointment,
    ..OF_BED
};

/// What the clocks of patients have in common.
pub(super) const OF_PATIENT: KpiSpec = KpiSpec {
    focus: Focus::Patient,
    ..OF_BED
};

/// p50, p90 (minutes), n, missing and invalid of a clock; nothing when it did not stop.
pub(super) fn rows(view: &View<'_>, clock: Clock) -> Vec<Row> {
    rows_in(view, clock, MINUTE_MS)
}

/// As [`rows`], in a unit of so many milliseconds.
pub(super) fn rows_in(view: &View<'_>, clock: Clock, unit_ms: i64) -> Vec<Row> {
    rows_of(view.readings(clock), unit_ms)
}

/// As [`rows_in`], of what was measured in another way.
pub(super) fn rows_of(readings: impl Iterator<Item = Reading>, unit_ms: i64) -> Vec<Row> {
    let (mut took, mut missing, mut invalid) = (Vec::new(), 0, 0);
    for reading in readings {
        match reading {
            Reading::Took(ms) if ms >= 0 => took.push(ms),
            Reading::Took(_) | Reading::Invalid => invalid += 1,
            Reading::Missing => missing += 1,
        }
    }
    took.sort_unstable();
    let n = integer(took.len());
    if n + missing + invalid == 0 {
        return Vec::new();
    }
    let row = |stat, numerator, denominator| Row {
        stat,
        numerator,
        denominator,
    };
    let percentiles = [(Stat::P50, 50), (Stat::P90, 90)]
        .into_iter()
        .filter_map(|(stat, p)| Some(row(stat, percentile(&took, p)?, unit_ms)));
    percentiles
        .chain([
            row(Stat::N, n, 1),
            row(Stat::Missing, missing, 1),
            row(Stat::Invalid, invalid, 1),
        ])
        .collect()
}

/// Nearest rank: the value at place ⌈p·n/100⌉ of the sorted values.
fn percentile(sorted: &[i64], p: usize) -> Option<i64> {
    let rank = (p * sorted.len()).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn nearest_rank() {
        assert_eq!(percentile(&[], 50), None);
        assert_eq!(percentile(&[7], 90), Some(7));
        assert_eq!(percentile(&[1, 2], 50), Some(1));
        assert_eq!(percentile(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 90), Some(9));
        assert_eq!(
            percentile(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 90),
            Some(10)
        );
    }
}

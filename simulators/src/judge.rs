//! How what was got differs from what was expected, in words.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};

use events::time::EventTime;

use crate::truth::{AlertKey, Cover, RowKey};

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Which row or alert.
    pub what: String,
    /// What should have been said; `nothing` when it should not exist.
    pub expected: String,
    /// What was said; `nothing` when it does not exist.
    pub got: String,
}

impl Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            expected,
            got,
        } = self;
        write!(f, "{what}: expected {expected}, got {got}")
    }
}

/// Every row that is missing, should not be there, or has another value.
pub fn compare_rows(
    expected: &BTreeMap<RowKey, (i64, i64)>,
    got: &BTreeMap<RowKey, (i64, i64)>,
) -> Vec<Mismatch> {
    let keys: BTreeSet<&RowKey> = expected.keys().chain(got.keys()).collect();
    let differing = keys
        .into_iter()
        .filter(|key| expected.get(key) != got.get(key));
    let value = |row: Option<&(i64, i64)>| match row {
        Some((numerator, denominator)) => format!("{numerator}/{denominator}"),
        None => "nothing".to_owned(),
    };
    differing
        .map(|key| Mismatch {
            what: key.to_string(),
            expected: value(expected.get(key)),
            got: value(got.get(key)),
        })
        .collect()
}

/// Every row that is covered otherwise, or has other bounds.
pub fn compare_covers(
    expected: &BTreeMap<RowKey, Cover>,
    got: &BTreeMap<RowKey, Cover>,
) -> Vec<Mismatch> {
    let keys: BTreeSet<&RowKey> = expected.keys().chain(got.keys()).collect();
    let differing = keys
        .into_iter()
        .filter(|key| expected.get(key) != got.get(key));
    let value = |cover: Option<&Cover>| format!("{cover:?}");
    differing
        .map(|key| Mismatch {
            what: format!("cover of {key}"),
            expected: value(expected.get(key)),
            got: value(got.get(key)),
        })
        .collect()
}

/// Every alert that is missing, should not be there, or has another end.
pub fn compare_alerts(expected: &BTreeSet<AlertKey>, got: &BTreeSet<AlertKey>) -> Vec<Mismatch> {
    let until = |alerts: &BTreeSet<AlertKey>| -> BTreeMap<_, Option<i64>> {
        let parts = alerts.iter().cloned();
        parts
            .map(|(rule, ward, subject, from, to)| ((rule, ward, subject, from), to))
            .collect()
    };
    let (expected, got) = (until(expected), until(got));
    let keys: BTreeSet<_> = expected.keys().chain(got.keys()).collect();
    let differing = keys
        .into_iter()
        .filter(|key| expected.get(key) != got.get(key));
    let value = |to: Option<&Option<i64>>| match to {
        Some(Some(to)) => format!("until {}", EventTime(*to)),
        Some(None) => "open".to_owned(),
        None => "nothing".to_owned(),
    };
    differing
        .map(|key| {
            let (rule, ward, subject, from) = key;
            Mismatch {
                what: format!("alert {rule} {ward} {subject} from {}", EventTime(*from)),
                expected: value(expected.get(key)),
                got: value(got.get(key)),
            }
        })
        .collect()
}

impl Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            ward,
            kpi,
            stat,
            resolution_s,
            window_ms,
        } = self;
        let window = EventTime(*window_ms);
        write!(f, "kpi {kpi} {stat} {ward} {resolution_s} s at {window}")
    }
}

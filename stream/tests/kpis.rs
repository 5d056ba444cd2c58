//! The registry and its page.

use std::collections::BTreeSet;
use std::path::Path;

use stream::kpi::{self, Scale};
use stream::version;

/// `make kpis` writes the page again.
#[test]
fn the_page_is_written_from_the_registry() {
    let page = kpi::page::markdown();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/kpis.md");
    expect_test::expect_file![file].assert_eq(&page);
}

/// Names are keys in tables and paths, and everything is said of each.
#[test]
fn every_kpi_is_defined_in_full() {
    let names: BTreeSet<_> = kpi::all().iter().map(|kpi| kpi.name).collect();
    assert_eq!(names.len(), kpi::all().len(), "a name is used twice");
    for kpi in kpi::all() {
        let name = kpi.name;
        let is_part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        assert!(name.bytes().all(is_part), "{name}");
        let texts = [
            name,
            kpi.unit,
            kpi.question,
            kpi.source,
            kpi.activity,
            kpi.statistic,
            kpi.starts,
            kpi.stops,
            kpi.exclusions,
        ];
        for text in texts {
            assert!(!text.is_empty() && !text.contains('|'), "{name}: {text:?}");
        }
        assert!(version::is_known(kpi.version), "{name}");
        let has_percentiles = kpi.statistic.contains("p50");
        assert_eq!(
            has_percentiles,
            matches!(kpi.scale, Scale::Duration | Scale::Outlook),
            "{name}"
        );
    }
}

/// Each KPI has its facts, each fact a way in, and nothing else is named.
#[test]
fn every_kpi_is_in_the_table_of_facts() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/facts.md");
    let page = std::fs::read_to_string(file).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let mut named = BTreeSet::new();
    for row in rows.filter(|row| !row.starts_with("| fact |")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let (kpis, rest) = cells.split_last().unwrap();
        let (told_by, ways) = rest[1..].split_last().unwrap();
        assert!(ways.iter().any(|way| !way.is_empty()), "no way in: {row}");
        assert!(!told_by.is_empty(), "the hospital does not tell it: {row}");
        named.extend(kpis.split('`').skip(1).step_by(2).map(str::to_owned));
    }
    let all: BTreeSet<_> = kpi::all().iter().map(|kpi| kpi.name.to_owned()).collect();
    assert_eq!(named, all);
}

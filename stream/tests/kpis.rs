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
        let is_part = |b: u8| b.is_ascii_lowercase() || b == b'_';
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
        assert_eq!(has_percentiles, kpi.scale == Scale::Duration, "{name}");
    }
}

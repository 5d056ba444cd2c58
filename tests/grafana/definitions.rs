//! What a panel says of the KPIs that it shows is what the registry says of them.

use std::path::Path;

use dashboards::grafana::{self, Query};
use stream::kpi::{self, KpiSpec};

/// `make kpis` writes the definitions into the panels again.
#[test]
fn panels_define_what_they_show_as_the_registry_does() {
    let mut wrong = Vec::new();
    for panel in grafana::panels() {
        let wanted = description(&panel);
        if panel.description != wanted {
            update(&panel, &wanted);
            wrong.push(format!("{}: {}", panel.dashboard, panel.title));
        }
    }
    assert!(
        wrong.is_empty() || updates(),
        "these panels define KPIs otherwise than the registry (make kpis): {wrong:#?}"
    );
}

/// What has a name that the registry does not know would be empty for good.
#[test]
fn panels_ask_for_kpis_that_are_known() {
    for panel in grafana::panels().iter().filter(|panel| shows_kpis(panel)) {
        let list = panel.sql.split_once("AND kpi ").map(|(_, rest)| rest);
        let (names, _) = list.and_then(|rest| rest.split_once(" AND ")).unwrap();
        for name in names.split('\'').skip(1).step_by(2) {
            let is_known = kpi::all().iter().any(|kpi| kpi.name == name);
            assert!(is_known, "{}: {name}", panel.title);
        }
    }
}

fn shows_kpis(panel: &Query) -> bool {
    panel.sql.contains("kpi_latest")
}

/// The panel's own words, and under them the definitions.
fn description(panel: &Query) -> String {
    let words = panel.description.split("\n\n").next().unwrap();
    let mut text = words.to_owned();
    if shows_kpis(panel) {
        let shown = kpi::all()
            .iter()
            .filter(|kpi| panel.sql.contains(&format!("'{}'", kpi.name)));
        for kpi in shown {
            text.push_str("\n\n");
            text.push_str(&definition(kpi));
        }
    }
    text
}

fn definition(kpi: &KpiSpec) -> String {
    format!(
        "`{}` ({}): {} {}. Starts: {}. Stops: {}. Does not count: {}. Below the line: {}. Version {}.",
        kpi.name,
        kpi.unit,
        kpi.question,
        kpi.statistic,
        kpi.starts,
        kpi.stops,
        kpi.exclusions,
        kpi.denominator.name(),
        kpi.version,
    )
}

fn updates() -> bool {
    std::env::var_os("UPDATE_EXPECT").is_some()
}

/// Puts a description in the place of a panel's own, in the file of its dashboard.
fn update(panel: &Query, description: &str) {
    if !updates() {
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("dashboards/grafana/dashboards");
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap().path();
        let text = std::fs::read_to_string(&file).unwrap();
        let json = |text: &str| serde_json::to_string(text).unwrap();
        if text.contains(&format!("\"title\": {}", json(&panel.dashboard))) {
            let updated = text.replace(&json(&panel.description), &json(description));
            std::fs::write(file, updated).unwrap();
        }
    }
}

//! What is said of the dashboards' JSON without a database: Grafana would show a broken panel,
//! or none, where one of these fails.

use std::collections::BTreeSet;

use super::*;

const PROVISIONED: &str = include_str!("../../grafana/provisioning/datasources/clickhouse.yaml");
const COLUMNS: u64 = 24;

fn dashboards() -> Vec<Value> {
    DASHBOARDS.map(parsed).into()
}

fn panels_of(dashboard: &Value) -> &Vec<Value> {
    dashboard["panels"]
        .as_array()
        .expect("a dashboard has panels")
}

#[test]
fn dashboards_have_their_own_ids_and_titles() {
    for field in ["uid", "title"] {
        let names: BTreeSet<_> = dashboards()
            .iter()
            .map(|board| board[field].to_string())
            .collect();
        assert_eq!(names.len(), DASHBOARDS.len(), "{field}: {names:?}");
    }
}

#[test]
fn panels_have_their_own_ids_and_lie_side_by_side() {
    for dashboard in dashboards() {
        let mut ids = BTreeSet::new();
        let mut cells = BTreeSet::new();
        for panel in panels_of(&dashboard) {
            assert!(ids.insert(panel["id"].as_u64()), "{}", panel["title"]);
            let place = |key: &str| panel["gridPos"][key].as_u64().expect("a panel has a place");
            for x in place("x")..place("x") + place("w") {
                assert!(x < COLUMNS, "{} is too wide", panel["title"]);
                for y in place("y")..place("y") + place("h") {
                    assert!(
                        cells.insert((x, y)),
                        "{} covers another panel",
                        panel["title"]
                    );
                }
            }
        }
    }
}

#[test]
fn every_panel_says_what_it_shows_in_which_unit() {
    for dashboard in dashboards() {
        for panel in panels_of(&dashboard) {
            let description = panel["description"].as_str().unwrap_or_default();
            assert!(description.len() > 40, "{}: {description}", panel["title"]);
            let unit = panel["fieldConfig"]["defaults"]["unit"].as_str();
            assert!(
                unit.is_some_and(|unit| !unit.is_empty()),
                "{}",
                panel["title"]
            );
        }
    }
}

#[test]
fn every_panel_and_variable_asks_the_provisioned_source() {
    let uid = "medaxis-clickhouse";
    assert!(PROVISIONED.contains(&format!("uid: {uid}")));
    assert!(PROVISIONED.contains("type: grafana-clickhouse-datasource"));
    for dashboard in dashboards() {
        let variables = dashboard["templating"]["list"].as_array().expect("a list");
        let asking = variables
            .iter()
            .filter(|variable| variable["type"] == "query");
        for item in asking.chain(panels_of(&dashboard)) {
            assert_eq!(item["datasource"]["uid"], uid, "{item}");
        }
        for panel in panels_of(&dashboard) {
            let targets = panel["targets"].as_array().expect("a panel has targets");
            assert_eq!(targets.len(), 1, "{}", panel["title"]);
            assert_eq!(targets[0]["datasource"]["uid"], uid, "{}", panel["title"]);
        }
    }
}

#[test]
fn every_query_is_found() {
    for dashboard in dashboards() {
        let title = dashboard["title"].as_str().unwrap_or_default();
        assert_eq!(count(&panels(), title), panels_of(&dashboard).len());
        assert!(count(&variables(), title) > 0);
    }
}

fn count(queries: &[Query], dashboard: &str) -> usize {
    let of_it = queries.iter().filter(|query| query.dashboard == dashboard);
    of_it.count()
}

/// A query may use a variable only if its dashboard has it.
#[test]
fn every_query_can_be_expanded() {
    for dashboard in dashboards() {
        let list = dashboard["templating"]["list"].as_array().expect("a list");
        let names = list.iter().filter_map(|variable| variable["name"].as_str());
        let values: Vec<_> = names.map(|name| (name, "1")).collect();
        let context = Context {
            from_s: 0,
            to_s: 1,
            interval_s: 1,
            variables: &values,
        };
        let queries = panels().into_iter().chain(variables());
        for query in queries.filter(|query| dashboard["title"] == *query.dashboard) {
            let expanded = expand(&query.sql, &context);
            assert!(expanded.is_ok(), "{}: {expanded:?}", query.title);
        }
    }
}

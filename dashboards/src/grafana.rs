//! The provisioned Grafana dashboards as data: every query in them, and what Grafana and its
//! ClickHouse plugin make of a query before they send it, so that each can be executed without
//! Grafana. Pure.

use serde_json::Value;

mod expand;

pub use expand::{Context, ExpandError, expand};

/// One query of a dashboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Title of its dashboard.
    pub dashboard: String,
    /// Title of its panel, or name of its variable.
    pub title: String,
    /// What it asks, before [`expand`].
    pub sql: String,
    /// What the panel says of itself; nothing for a variable.
    pub description: String,
}

/// The dashboards, as Grafana reads them.
const DASHBOARDS: [&str; 8] = [
    include_str!("../grafana/dashboards/alarms.json"),
    include_str!("../grafana/dashboards/beds.json"),
    include_str!("../grafana/dashboards/clinic.json"),
    include_str!("../grafana/dashboards/emergency.json"),
    include_str!("../grafana/dashboards/holdups.json"),
    include_str!("../grafana/dashboards/signals.json"),
    include_str!("../grafana/dashboards/trust.json"),
    include_str!("../grafana/dashboards/turnover.json"),
];

/// The query of every panel.
pub fn panels() -> Vec<Query> {
    queries("/panels", "/title", "/targets/0/rawSql")
}

/// The query of every variable that has one. It gives the values of the variable, and their
/// labels when it has a second column.
pub fn variables() -> Vec<Query> {
    queries("/templating/list", "/name", "/query/rawSql")
}

/// What stands at `sql` in each item of `list` that has it.
fn queries(list: &str, title: &str, sql: &str) -> Vec<Query> {
    let mut found = Vec::new();
    for dashboard in DASHBOARDS.map(parsed) {
        let items = dashboard.pointer(list).and_then(Value::as_array);
        for item in items.into_iter().flatten() {
            found.extend(text(item, sql).map(|sql| Query {
                dashboard: text(&dashboard, "/title").unwrap_or_default(),
                title: text(item, title).unwrap_or_default(),
                sql,
                description: text(item, "/description").unwrap_or_default(),
            }));
        }
    }
    found
}

fn parsed(dashboard: &str) -> Value {
    serde_json::from_str(dashboard).expect("the files are JSON, as the tests assert")
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests;

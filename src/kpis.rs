//! The KPIs: the registry as JSON, and `medaxis kpi`, which prints the values of one as
//! `GET /v1/{tenant}/{site}/kpis/{kpi}` gives them, all pages of it, or with `--spc` its days as
//! `.../spc` does.

use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use events::id::{SiteId, TenantId};
use events::place::Site;
use events::time::CellTime;
use serde_json::{Value, json};
use sinks::Answers;
use stream::kpi::{self, KpiSpec};
use stream::version;

use crate::cli::{KpiArgs, Table};
use crate::clock;
use crate::config::Config;

/// Columns of a CSV, each a field of a row.
const COLUMNS: &[&str] = &[
    "ward",
    "kpi",
    "stat",
    "resolution",
    "window_from",
    "window_to",
    "value",
    "unit",
    "numerator",
    "denominator",
    "revision",
    "as_of",
    "coverage",
    "lower",
    "upper",
];

/// As [`COLUMNS`], of a control chart.
const CHART: &[&str] = &[
    "ward",
    "stat",
    "window_from",
    "value",
    "unit",
    "mean",
    "lower",
    "upper",
    "n",
    "signals",
    "as_of",
];

/// The registry, as `GET /v1/kpis` gives it.
pub(crate) fn registry() -> Value {
    let kpis: Vec<Value> = kpi::all().iter().map(described).collect();
    json!({ "version": version::NEWEST, "kpis": kpis })
}

fn described(kpi: &KpiSpec) -> Value {
    json!({
        "name": kpi.name,
        "unit": kpi.unit,
        "question": kpi.question,
        "focus": kpi.focus.name(),
        "activity": kpi.activity,
        "statistic": kpi.statistic,
        "scale": kpi.scale.name(),
        "starts": kpi.starts,
        "stops": kpi.stops,
        "exclusions": kpi.exclusions,
        "denominator": kpi.denominator.name(),
        "percentiles": kpi.percentiles(),
        "reference": kpi.source,
        "version": kpi.version,
    })
}

/// Prints the values of a KPI.
pub(crate) async fn run(args: KpiArgs) -> anyhow::Result<()> {
    let config = Config::load(args.site.config.config.as_deref())?;
    let wrong = |field: &str, error: &dyn std::fmt::Display| anyhow::anyhow!("{field}: {error}");
    let site = Site {
        tenant: TenantId::new(&args.site.tenant).map_err(|error| wrong("tenant", &error))?,
        site: SiteId::new(&args.site.site).map_err(|error| wrong("site", &error))?,
    };
    // Nothing is written: which log it would be of does not matter.
    let clickhouse = config.clickhouse(String::new())?;
    let tenants = BTreeSet::from([site.tenant.clone()]);
    let answers = Answers::new(
        &clickhouse,
        tenants,
        Arc::new(|| CellTime(clock::wall_ms())),
        registry(),
    );
    let mut asked = args.parameters();
    let to = BufWriter::new(io::stdout().lock());
    if args.spc {
        let chart = answers.spc(site, &args.kpi, &asked).await;
        let chart = chart.map_err(|problem| anyhow::anyhow!("{problem}"))?;
        let mut rows = Rows::of(args.format, "spc", CHART, to)?;
        rows.print(&chart)?;
        return rows.end(&chart);
    }
    let mut rows = Rows::of(args.format, "kpis", COLUMNS, to)?;
    loop {
        let page = answers.kpi(site.clone(), &args.kpi, &asked).await;
        let page = page.map_err(|problem| anyhow::anyhow!("{problem}"))?;
        rows.print(&page)?;
        let Some(next) = page["next"].as_str() else {
            return rows.end(&page);
        };
        asked.retain(|(name, _)| name != "after" && name != "as_known_at");
        asked.push(("after".to_owned(), next.to_owned()));
        let known_at = page["known_at"].as_str().unwrap_or_default();
        asked.push(("as_known_at".to_owned(), known_at.to_owned()));
    }
}

/// Rows, printed page by page.
struct Rows<W: Write> {
    format: Table,
    /// What an answer calls them.
    name: &'static str,
    columns: &'static [&'static str],
    to: W,
    printed: usize,
}

impl<W: Write> Rows<W> {
    fn of(
        format: Table,
        name: &'static str,
        columns: &'static [&'static str],
        mut to: W,
    ) -> io::Result<Self> {
        match format {
            Table::Csv => writeln!(to, "{}", columns.join(","))?,
            Table::Json => write!(to, "{{\"{name}\":[")?,
        }
        Ok(Self {
            format,
            name,
            columns,
            to,
            printed: 0,
        })
    }

    fn print(&mut self, page: &Value) -> io::Result<()> {
        for row in page[self.name].as_array().into_iter().flatten() {
            match self.format {
                Table::Csv => writeln!(self.to, "{}", line(self.columns, row))?,
                Table::Json if self.printed == 0 => write!(self.to, "\n{row}")?,
                Table::Json => write!(self.to, ",\n{row}")?,
            }
            self.printed += 1;
        }
        Ok(())
    }

    fn end(mut self, page: &Value) -> anyhow::Result<()> {
        if self.format == Table::Json {
            write!(self.to, "\n]")?;
            for field in ["known_at", "limits", "incomplete_days"] {
                if let Some(said) = page.get(field) {
                    write!(self.to, ",\"{field}\":{said}")?;
                }
            }
            writeln!(self.to, "}}")?;
        }
        Ok(self.to.flush()?)
    }
}

/// A row as a line of CSV. No field has a comma or a quote in it: names are of letters,
/// digits, `_` and `-`, and the rest are numbers, times and units.
fn line(columns: &[&str], row: &Value) -> String {
    let field = |column: &&str| {
        let value = match *column {
            "window_from" => &row["window"]["from"],
            "window_to" => &row["window"]["to"],
            column => &row[column],
        };
        match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            Value::Array(list) => {
                let texts: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
                texts.join(" ")
            }
            other => other.to_string(),
        }
    };
    columns.iter().map(field).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: Option<f64>) -> Value {
        json!({
            "ward": "ICU", "kpi": "occupancy", "stat": "value", "resolution": 3600,
            "window": { "from": "2026-01-02T14:00:00.000Z", "to": "2026-01-02T15:00:00.000Z" },
            "value": value, "unit": "share", "numerator": 1, "denominator": 4,
            "revision": 0, "as_of": "2026-01-02T15:01:00.000Z",
            "coverage": 0.75, "lower": value, "upper": null,
        })
    }

    fn printed(format: Table, pages: &[Value]) -> String {
        let mut text = Vec::new();
        let mut rows = Rows::of(format, "kpis", COLUMNS, &mut text).unwrap();
        for page in pages {
            rows.print(page).unwrap();
        }
        rows.end(&pages[pages.len() - 1]).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn all_pages_are_one_table() {
        let page = |row: Value| json!({ "kpis": [row], "known_at": "then", "incomplete_days": [] });
        let pages = [page(row(Some(0.25))), page(row(None))];
        let text = printed(Table::Json, &pages);
        let all: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(all["kpis"], json!([row(Some(0.25)), row(None)]));
        assert_eq!(all["known_at"], "then");
        let rest = "1,4,0,2026-01-02T15:01:00.000Z,0.75";
        let window = "3600,2026-01-02T14:00:00.000Z,2026-01-02T15:00:00.000Z";
        let text = printed(Table::Csv, &pages);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                format!("ICU,occupancy,value,{window},0.25,share,{rest},0.25,"),
                format!("ICU,occupancy,value,{window},,share,{rest},,"),
            ]
        );
        let none = json!({ "kpis": [], "known_at": "then", "incomplete_days": [] });
        let text = printed(Table::Json, &[none]);
        let all: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(all["kpis"], json!([]));
    }

    #[test]
    fn signals_of_a_day_are_one_field() {
        let day = json!({
            "ward": "A", "stat": "value", "value": 30.0, "unit": "patients", "mean": 11.0,
            "window": { "from": "2026-01-11T00:00:00.000Z", "to": null },
            "lower": null, "upper": 15.5, "n": 10, "signals": ["above_limit", "run_above"],
            "as_of": "2026-01-12T00:01:00.000Z",
        });
        let expected = "A,value,2026-01-11T00:00:00.000Z,30.0,patients,11.0,,15.5,10,\
            above_limit run_above,2026-01-12T00:01:00.000Z";
        assert_eq!(line(CHART, &day), expected);
    }

    #[test]
    fn the_registry_says_everything_of_every_kpi() {
        let registry = registry();
        let kpis = registry["kpis"].as_array().unwrap();
        assert_eq!(kpis.len(), kpi::all().len());
        for kpi in kpis {
            for (field, said) in kpi.as_object().unwrap() {
                assert_ne!(*said, json!(""), "{field} of {}", kpi["name"]);
            }
        }
    }
}

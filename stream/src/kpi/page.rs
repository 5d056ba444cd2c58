//! The registry as a page: `docs/kpis.md`.

use std::fmt::Write;

use super::all;

const HEAD: &str = "\
# KPIs

Generated from the registry in `stream/src/kpi.rs` by `make kpis`; `GET /v1/kpis` gives the same
as JSON. States, clocks and how they follow from what is told: `docs/clocks.md`; what is told,
and by which ways it comes in: `docs/facts.md`. How to ask for values: `docs/answers.md`.

Every KPI is said for windows of 1 minute, 15 minutes, 1 hour and, from version 3 on, 1 day (by
the clock of the site's zone), for each listed ward and for the whole site. From version 4 on, what
adds up is also said of weeks, from Monday to Monday, put together from their days: no percentiles,
no rates, and of a ratio that is no share only when each day has it. Values are an integer
numerator over an integer denominator, times are event times, intervals are half-open. A KPI is said by computations of its version and newer ones.
Durations count in the window in which they end.
";

/// The page.
pub fn markdown() -> String {
    let mut page = HEAD.to_owned();
    for kpi in all() {
        let rows = [
            ("unit", kpi.unit),
            ("focus", kpi.focus.name()),
            ("activity", kpi.activity),
            ("statistic", kpi.statistic),
            ("scale", kpi.scale.name()),
            ("clock starts", kpi.starts),
            ("clock stops", kpi.stops),
            ("does not count", kpi.exclusions),
            ("denominator", kpi.denominator.name()),
            ("percentiles", kpi.percentiles()),
            ("reference", kpi.source),
        ];
        let mut say = || -> std::fmt::Result {
            write!(
                page,
                "\n## `{}`\n{}\n\n| | |\n|---|---|\n",
                kpi.name, kpi.question
            )?;
            for (name, text) in rows {
                writeln!(page, "| {name} | {text} |")?;
            }
            writeln!(page, "| version | {} |", kpi.version)
        };
        say().expect("a text takes what is written");
    }
    page
}

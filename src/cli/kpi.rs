//! What can be asked of `medaxis kpi`.

use clap::{Args, ValueEnum};

use super::SiteArgs;

#[derive(Clone, Debug, Args)]
pub(crate) struct KpiArgs {
    #[command(flatten)]
    pub(crate) site: SiteArgs,
    /// Name of a KPI, such as occupancy.
    pub(crate) kpi: String,
    /// A ward; `-` is the whole site. Without it all of them.
    #[arg(long)]
    ward: Option<String>,
    /// From when on, in event time (RFC 3339).
    #[arg(long, value_name = "TIME")]
    from: String,
    /// Until when, itself no longer; at most 31 days later.
    #[arg(long, value_name = "TIME")]
    to: String,
    /// Length of the windows: 1m, 15m, 1h, 1d or 1w, or in seconds. Without it all of them.
    #[arg(long)]
    resolution: Option<String>,
    /// What was known then (RFC 3339), in place of now.
    #[arg(long, value_name = "TIME")]
    as_known_at: Option<String>,
    /// As a control chart of days, each with mean, limits and signals; at most 731 days.
    #[arg(long, conflicts_with = "resolution")]
    pub(crate) spc: bool,
    /// Of a control chart: the number of each day, such as value or p50. Without it all.
    #[arg(long, requires = "spc")]
    stat: Option<String>,
    /// Of a control chart: since when the limits are of. Without it they are of all its days.
    #[arg(long, value_name = "TIME", requires = "spc", requires = "limits_to")]
    limits_from: Option<String>,
    /// Until when the limits are of, itself no longer.
    #[arg(long, value_name = "TIME", requires = "limits_from")]
    limits_to: Option<String>,
    /// How to print it.
    #[arg(long, value_enum, default_value = "csv")]
    pub(crate) format: Table,
}

/// How to print rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Table {
    /// A line a row, the names of the columns first.
    Csv,
    /// One JSON object.
    Json,
}

impl KpiArgs {
    /// The parameters of the same question over HTTP.
    pub(crate) fn parameters(&self) -> Vec<(String, String)> {
        let said = [
            ("from", Some(&self.from)),
            ("to", Some(&self.to)),
            ("ward", self.ward.as_ref()),
            ("resolution", self.resolution.as_ref()),
            ("stat", self.stat.as_ref()),
            ("limits_from", self.limits_from.as_ref()),
            ("limits_to", self.limits_to.as_ref()),
            ("as_known_at", self.as_known_at.as_ref()),
        ];
        let said = said.into_iter();
        said.filter_map(|(name, value)| Some((name.to_owned(), value?.clone())))
            .collect()
    }
}

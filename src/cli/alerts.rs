//! Commands about alerts.

use clap::Subcommand;

use super::{ConfigArgs, SiteArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum AlertsCommand {
    /// Who would be told of an alert that nobody answers, and when, by the numbers in force.
    DryRun {
        #[command(flatten)]
        site: SiteArgs,
        /// By the numbers of this ward.
        #[arg(long)]
        ward: Option<String>,
        /// How long it lasts.
        #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(i64).range(0..=43_200))]
        minutes: i64,
        /// Such as bed_dirty.
        rule: String,
    },
    /// Send a signed test message to an endpoint of the configuration.
    TestWebhook {
        #[command(flatten)]
        config: ConfigArgs,
        /// The endpoint's name.
        name: String,
    },
}

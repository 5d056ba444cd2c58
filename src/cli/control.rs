//! The commands of `medaxis control`.

use std::path::PathBuf;

use clap::Subcommand;

use super::{ConfigArgs, SiteArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum ControlCommand {
    /// Send the bed master: wards, rooms, beds, and who knows whether they are occupied.
    Master {
        #[command(flatten)]
        config: ConfigArgs,
        /// The bed master as TOML.
        file: PathBuf,
    },
    /// Set a number of an alert rule.
    Set {
        #[command(flatten)]
        config: ConfigArgs,
        #[arg(long)]
        tenant: String,
        #[arg(long)]
        site: String,
        /// Only for this ward.
        #[arg(long)]
        ward: Option<String>,
        /// Such as bed_dirty.
        rule: String,
        /// Such as minutes.
        name: String,
        value: i64,
    },
    /// Set how far back corrections of a site reach, and how long its windows wait.
    Horizons {
        #[command(flatten)]
        site: SiteArgs,
        /// Hours; stream.horizon_hours at most.
        #[arg(long)]
        correction_hours: i64,
        /// Seconds, an hour at most.
        #[arg(long)]
        disorder_s: i64,
    },
    /// Set the version of the computation that a site goes by.
    Version {
        #[command(flatten)]
        site: SiteArgs,
        #[arg(value_name = "VERSION")]
        number: u32,
    },
    /// The settings in force, for a site or one of its wards, as JSON.
    Get {
        #[command(flatten)]
        site: SiteArgs,
        /// As they hold on this ward.
        #[arg(long)]
        ward: Option<String>,
    },
    /// Every setting of a site that the log holds, oldest first, a JSON object a line.
    History {
        #[command(flatten)]
        site: SiteArgs,
    },
}

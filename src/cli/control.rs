//! The commands of `medaxis control`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

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
    /// The beds of the bed master: take over a list of them, or one that is not listed.
    #[command(subcommand)]
    Beds(BedsCommand),
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

#[derive(Debug, Subcommand)]
pub(crate) enum BedsCommand {
    /// Put the wards and beds of a file in place of those that are listed.
    Import(ImportArgs),
    /// List beds that the bed master does not know, as it is said of them.
    Adopt(AdoptArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    pub(crate) site: SiteArgs,
    /// The file.
    pub(crate) file: PathBuf,
    /// What kind of file it is.
    #[arg(long, value_enum, default_value = "csv")]
    pub(crate) format: ListFormat,
    /// Which column of a CSV file is what: FIELD=COLUMN, or FIELD==TEXT for one text in all
    /// rows; several with commas between them. Fields: ward, bed, [room], [label], [staffed],
    /// [hours], [ward_label], [source].
    #[arg(long, value_name = "FIELD=COLUMN")]
    pub(crate) map: Vec<String>,
    /// What separates the columns of a CSV file.
    #[arg(long, default_value = ",")]
    pub(crate) separator: char,
    /// Say what would change, and send nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// A row a bed.
    Csv,
    /// A FHIR bundle of Location resources, as JSON.
    Fhir,
}

#[derive(Debug, Args)]
pub(crate) struct AdoptArgs {
    #[command(flatten)]
    pub(crate) site: SiteArgs,
    /// The beds, by the names that the board shows.
    #[arg(required = true, value_name = "WARD/BED")]
    pub(crate) beds: Vec<String>,
    /// The room that they are in.
    #[arg(long)]
    pub(crate) room: Option<String>,
    /// They are there, and not staffed.
    #[arg(long)]
    pub(crate) unstaffed: bool,
}

//! The commands of `medaxis backfill`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use ingest::csv::Kind;

use super::SiteArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum BackfillCommand {
    /// Stays on wards: visit, ward, in, out, and if there are: bed, type.
    Stays(BackfillArgs),
    /// Appointments: appointment, ward, scheduled, and if there are: arrived, roomed,
    /// started, ended, cancelled, `no_show`, type.
    Appointments(BackfillArgs),
    /// Cleanings of beds: ward, bed, done, and if there are: dirty, started.
    Cleaning(BackfillArgs),
    /// Requests of beds: visit, ward, requested, and if there are: assigned, placed,
    /// cancelled, bed.
    Requests(BackfillArgs),
}

#[derive(Clone, Debug, Args)]
pub(crate) struct BackfillArgs {
    /// The file, with a header.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) site: SiteArgs,
    /// Which column is what: FIELD=COLUMN, or FIELD==TEXT where the file has none;
    /// several with commas between them, or again.
    #[arg(long, required = true, value_name = "FIELD=COLUMN")]
    pub(crate) map: Vec<String>,
    /// Zone of times without an offset.
    #[arg(long, default_value = "UTC")]
    pub(crate) zone: String,
    /// What stands between two columns.
    #[arg(long, default_value = ",", value_name = "CHARACTER")]
    pub(crate) separator: char,
    /// A bed master as for `control master`, for numbers of staffed beds. Without it
    /// the wards are those of the file.
    #[arg(long, value_name = "FILE")]
    pub(crate) master: Option<PathBuf>,
    /// Read and fold, and write nothing: no server is needed.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

impl BackfillCommand {
    pub(crate) fn parts(self) -> (Kind, BackfillArgs) {
        match self {
            Self::Stays(args) => (Kind::Stays, args),
            Self::Appointments(args) => (Kind::Appointments, args),
            Self::Cleaning(args) => (Kind::Cleaning, args),
            Self::Requests(args) => (Kind::Requests, args),
        }
    }
}

//! The command `medaxis vitals`.

use std::path::PathBuf;

use clap::Args;

use super::SiteArgs;

#[derive(Clone, Debug, Args)]
pub(crate) struct VitalsArgs {
    /// The file, with a header; `-` is standard input.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) site: SiteArgs,
    /// Which column is what: FIELD=COLUMN, or FIELD==TEXT where the file has none;
    /// fields are visit, at, sign, value and unit; several with commas between them.
    #[arg(long, required = true, value_name = "FIELD=COLUMN")]
    pub(crate) map: Vec<String>,
    /// What the file calls a sign, and which it is, such as hr=heart_rate; several with
    /// commas between them, or again.
    #[arg(long, value_name = "NAME=SIGN")]
    pub(crate) sign: Vec<String>,
    /// Zone of times without an offset.
    #[arg(long, default_value = "UTC")]
    pub(crate) zone: String,
    /// What stands between two columns.
    #[arg(long, default_value = ",", value_name = "CHARACTER")]
    pub(crate) separator: char,
    /// Read, and write nothing: no server is needed.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

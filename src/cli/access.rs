//! Tokens, as they are made, listed and revoked.

use clap::{Args, Subcommand};
use events::access::{Label, Role, Tier};
use events::id::{DeviceId, SiteId, TenantId, WardId};

use super::ConfigArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum AccessCommand {
    /// Make a token for somebody, and print it: it is shown this once.
    Add {
        #[command(flatten)]
        whom: WhomArgs,
        /// In which role: charge_nurse, bed_manager, cleaner, analyst, source or operator.
        #[arg(long)]
        role: Role,
        /// How closely they may look: public, corridor or staff.
        #[arg(long)]
        tier: Tier,
    },
    /// Make a token for a screen on a wall, and print the link that it is opened with.
    Kiosk {
        #[command(flatten)]
        whom: WhomArgs,
        /// The screen; the first that opens the link is the only one that can.
        #[arg(long, value_parser = |name: &str| DeviceId::encode(name))]
        device: DeviceId,
        /// How closely those who pass by may look: public, corridor or staff.
        #[arg(long, default_value = "corridor")]
        tier: Tier,
        /// Where the screen reaches the board; without it, where the node listens.
        #[arg(long, value_name = "URL")]
        board: Option<String>,
    },
    /// Every token: whose it is, and for what.
    List(ConfigArgs),
    /// End a token; open connections are closed within about a second.
    Revoke {
        #[command(flatten)]
        config: ConfigArgs,
        #[arg(long, value_parser = |name: &str| TenantId::new(name))]
        tenant: TenantId,
        /// Whose.
        #[arg(value_parser = |text: &str| Label::new(text))]
        label: Label,
    },
}

/// For whom a token is.
#[derive(Clone, Debug, Args)]
pub(crate) struct WhomArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[arg(long, value_parser = |name: &str| TenantId::new(name))]
    pub(crate) tenant: TenantId,
    /// A site, given once for each; `all` for those that will be, too.
    #[arg(long = "site", required = true, value_parser = |name: &str| all_or(name, SiteId::new))]
    pub(crate) sites: Vec<AllOr<SiteId>>,
    /// A ward, given once for each; `all` for the whole site.
    #[arg(long = "ward", required = true, value_parser = |name: &str| all_or(name, WardId::encode))]
    pub(crate) wards: Vec<AllOr<WardId>>,
    /// Who it is, as histories show it; one of its tenant.
    #[arg(long, value_parser = |text: &str| Label::new(text))]
    pub(crate) label: Label,
}

/// One of them, or all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AllOr<T> {
    All,
    One(T),
}

fn all_or<T, E>(name: &str, read: fn(&str) -> Result<T, E>) -> Result<AllOr<T>, E> {
    match name {
        "all" => Ok(AllOr::All),
        name => read(name).map(AllOr::One),
    }
}

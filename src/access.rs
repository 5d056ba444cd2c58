//! Who may come in: the access file with its tokens, the door in front of everything that
//! is served, sessions of browsers, and the commands that write the file. What a grant
//! allows, `events::access` says; `docs/access.md` describes all of it.

mod book;
mod command;
mod door;
mod file;
mod session;
mod token;

use std::path::PathBuf;

use events::access::{Grant, Label, Role, Sites, Tier, Wards};
use events::id::TenantId;
use ingest::Tenants;
use serde::Deserialize;

pub(crate) use book::Book;
pub(crate) use command::{link, run};
pub(crate) use door::guarded;
pub(crate) use file::{Entry, edit, read};
pub(crate) use session::router as session_router;
pub(crate) use token::{Hash, Token};

/// Where the tokens are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) file: PathBuf,
}

impl Settings {
    /// Whether the file is there and can be used by these tenants.
    pub(crate) fn check(&self, tenants: &Tenants) -> anyhow::Result<()> {
        file::of_tenants(&self.file, tenants).map(drop)
    }
}

/// A grant of everything that a role can see of a tenant.
pub(crate) fn whole(tenant: TenantId, role: Role, label: Label) -> Grant {
    Grant {
        tenant,
        sites: Sites::All,
        role,
        tier: Tier::Staff,
        wards: Wards::All,
        label,
        device: None,
    }
}

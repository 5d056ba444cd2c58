//! The demo's tokens: one of each role for whoever started it, in a file that is made new
//! with each start unless there is one already; and its simulator's own, in no file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use events::access::{Grant, Label, Role, Tier};
use events::id::{DeviceId, TenantId};

use crate::access::{self, Book, Entry, Token};
use crate::config::Config;

/// Who may come in, and with what.
pub(super) struct Tokens {
    pub(super) book: Arc<Book>,
    /// Of the simulator, which tells facts.
    pub(super) source: Token,
    /// Of the board that measures.
    pub(super) operator: Token,
    /// One of each role; none where somebody brought a file.
    pub(super) shown: Vec<(Role, Token)>,
}

impl Tokens {
    /// Takes those of `given`, else makes new ones in `data`.
    pub(super) fn make(
        given: Option<&Path>,
        data: &Path,
        config: &mut Config,
    ) -> anyhow::Result<Self> {
        let tenant = config.tenant_ids()?.first().cloned();
        let tenant = tenant.context("tenants: name at least one")?;
        let mut shown = Vec::new();
        config.access.file = match given {
            Some(file) => file.to_owned(),
            None => new_file(data, &tenant, &mut shown)?,
        };
        let (source, operator) = (Token::random()?, Token::random()?);
        let own = [
            (Role::Source, "The simulator", &source),
            (Role::Operator, "The demo's report", &operator),
        ];
        let own = own.map(|(role, label, token)| entry(&tenant, role, label, token));
        let file = config.access.file.clone();
        let book = Book::open(file, config.tenant_ids()?, own.into())?;
        Ok(Self {
            book: Arc::new(book),
            source,
            operator,
            shown,
        })
    }
}

fn new_file(
    data: &Path,
    tenant: &TenantId,
    shown: &mut Vec<(Role, Token)>,
) -> anyhow::Result<PathBuf> {
    for role in Role::ALL {
        shown.push((*role, Token::random()?));
    }
    let made = shown
        .iter()
        .map(|(role, token)| entry(tenant, *role, &format!("Demo: {role}"), token));
    let file = data.join("access.toml");
    access::edit(&file, |entries| {
        // Nobody has the tokens of an earlier start any more.
        *entries = made.collect();
        Ok(())
    })?;
    Ok(file)
}

fn entry(tenant: &TenantId, role: Role, label: &str, token: &Token) -> Entry {
    let label = Label::new(label).expect("our own labels can be shown");
    let is_kiosk = role == Role::Kiosk;
    let device = is_kiosk.then(|| DeviceId::new("kiosk-1").expect("a name that fits"));
    let tier = match role {
        Role::Cleaner | Role::Kiosk => Tier::Corridor,
        _ => Tier::Staff,
    };
    Entry {
        hash: token.hash(),
        grant: Grant {
            tier,
            device,
            ..access::whole(tenant.clone(), role, label)
        },
        bound: None,
    }
}

//! `medaxis access`: makes, lists and revokes tokens. Nodes that use the file notice by
//! themselves.

use std::collections::BTreeSet;

use anyhow::ensure;
use events::access::{Grant, Role, Sites, Wards};
use events::id::{SiteId, WardId};

use super::{Entry, Token, edit, read};
use crate::cli::{AccessCommand, AllOr, ConfigArgs, WhomArgs};
use crate::config::Config;

/// Runs one.
pub(crate) fn run(command: AccessCommand) -> anyhow::Result<()> {
    match command {
        AccessCommand::Add { whom, role, tier } => {
            ensure!(
                role != Role::Kiosk,
                "--role: a kiosk's token is made with `medaxis access kiosk`"
            );
            let (grant, config) = grant(whom, role)?;
            let token = add(&config, Grant { tier, ..grant })?;
            println!("{}", token.reveal());
            Ok(())
        }
        AccessCommand::Kiosk {
            whom,
            device,
            tier,
            board,
        } => {
            let (grant, config) = grant(whom, Role::Kiosk)?;
            let device = Some(device);
            let token = add(
                &config,
                Grant {
                    tier,
                    device,
                    ..grant
                },
            )?;
            let board = board.unwrap_or_else(|| format!("http://{}", config.server.listen));
            println!("{}", link(&board, &token));
            Ok(())
        }
        AccessCommand::List(args) => list(&args),
        AccessCommand::Revoke {
            config,
            tenant,
            label,
        } => {
            let config = load(&config)?;
            edit(&config.access.file, |entries| {
                let before = entries.len();
                entries
                    .retain(|Entry { grant, .. }| grant.tenant != tenant || grant.label != label);
                ensure!(
                    entries.len() < before,
                    "tenant {tenant} has no token with the label {:?}",
                    label.as_str()
                );
                Ok(())
            })
        }
    }
}

/// What follows `#` reaches no server and no log.
pub(crate) fn link(board: &str, token: &Token) -> String {
    format!("{}/#token={}", board.trim_end_matches('/'), token.reveal())
}

fn load(args: &ConfigArgs) -> anyhow::Result<Config> {
    Config::load(args.config.as_deref())
}

fn grant(whom: WhomArgs, role: Role) -> anyhow::Result<(Grant, Config)> {
    let config = load(&whom.config)?;
    config.check_tenant(whom.tenant.as_str())?;
    let sites = these("--site", whom.sites)?;
    let wards = these("--ward", whom.wards)?;
    let grant = Grant {
        sites: sites.map_or(Sites::All, Sites::These),
        wards: wards.map_or(Wards::All, Wards::These),
        ..super::whole(whom.tenant, role, whom.label)
    };
    Ok((grant, config))
}

/// Nothing for all of them.
fn these<T: Ord>(option: &str, named: Vec<AllOr<T>>) -> anyhow::Result<Option<BTreeSet<T>>> {
    let count = named.len();
    let these: BTreeSet<T> = named
        .into_iter()
        .filter_map(|one| match one {
            AllOr::All => None,
            AllOr::One(one) => Some(one),
        })
        .collect();
    ensure!(
        these.is_empty() || these.len() == count,
        "{option}: is all, or each name once"
    );
    Ok((!these.is_empty()).then_some(these))
}

fn add(config: &Config, grant: Grant) -> anyhow::Result<Token> {
    let token = Token::random()?;
    let entry = Entry {
        hash: token.hash(),
        grant,
        bound: None,
    };
    edit(&config.access.file, |entries| {
        ensure!(
            entries.iter().all(|other| {
                (&other.grant.tenant, &other.grant.label)
                    != (&entry.grant.tenant, &entry.grant.label)
            }),
            "--label: tenant {} has a token of this label already",
            entry.grant.tenant
        );
        entries.push(entry);
        Ok(())
    })?;
    Ok(token)
}

fn list(args: &ConfigArgs) -> anyhow::Result<()> {
    for Entry { grant, bound, .. } in read(&load(args)?.access.file)? {
        let sites = match &grant.sites {
            Sites::All => "all".to_owned(),
            Sites::These(sites) => joined(sites.iter().map(SiteId::as_str)),
        };
        let wards = match &grant.wards {
            Wards::All => "all".to_owned(),
            Wards::These(wards) => joined(wards.iter().map(WardId::as_str)),
        };
        let device = match (&grant.device, bound) {
            (Some(device), Some(_)) => format!("  device {device}"),
            (Some(device), None) => format!("  device {device}, not opened yet"),
            (None, _) => String::new(),
        };
        println!(
            "{:?}  {}  tier {}  tenant {}  sites {sites}  wards {wards}{device}",
            grant.label.as_str(),
            grant.role,
            grant.tier,
            grant.tenant
        );
    }
    Ok(())
}

fn joined<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(",")
}

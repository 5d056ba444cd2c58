//! `medaxis run`: a node against real servers; and what checks and prepares it.

use std::sync::Arc;

use events::time::CellTime;
use ingest::http::idempotency::Requests;

use crate::access::Book;
use crate::cli::{ConfigArgs, RunArgs};
use crate::config::Config;
use crate::node::{Node, Options};
use crate::roles::{Role, Roles};
use crate::{clock, keys, labels, servers, signal};

/// Runs a node, or these parts of one, until Ctrl-C, or until a part fails.
pub(crate) async fn run(args: RunArgs, roles: Roles) -> anyhow::Result<()> {
    let config = Config::load(args.config.config.as_deref())?;
    config.hl7.check_open(args.allow_unauthenticated_hl7)?;
    let book = Arc::new(book(&config, &roles)?);
    let clock = clock::cell_clock(CellTime(clock::wall_ms()), 1.0);
    let is_gateway = roles.has(Role::Gateway);
    let pseudonyms = is_gateway.then(|| keys::pseudonyms(&config.privacy.pseudonym_key_file));
    let label_key = match is_gateway || roles.has(Role::Board) {
        true => labels::key(&config, is_gateway)?,
        false => None,
    };
    let options = Options {
        roles,
        clock: Arc::clone(&clock),
        speed: 1.0,
        warning: None,
        sites: Vec::new(),
        pseudonyms: pseudonyms.transpose()?,
        label_key,
        kafka_was_there: true,
        requests: Requests::default(),
        backlog: None,
        runs_past: false,
        book,
    };
    let mut node = Node::start(&config, options).await?;
    if is_gateway {
        node.open_doors(&config, &clock).await?;
    }
    tracing::info!(board = %node.address, "ready");
    let failed = tokio::select! {
        error = node.failed() => Some(error),
        asked = signal::asked_to_end() => asked.err().map(Into::into),
    };
    node.end(failed).await
}

/// Who may come in. Parts that serve nothing but their metrics need no file.
fn book(config: &Config, roles: &Roles) -> anyhow::Result<Book> {
    let serving = [Role::Archive, Role::Board, Role::Gateway];
    if serving.into_iter().any(|role| roles.has(role)) {
        let file = config.access.file.clone();
        Book::open(file, config.tenant_ids()?, Vec::new())
    } else {
        Ok(Book::nobody())
    }
}

/// Brings ClickHouse to the schema of this version.
pub(crate) async fn migrate(args: ConfigArgs) -> anyhow::Result<()> {
    let config = Config::load(args.config.as_deref())?;
    let applied = servers::migrate(&config.clickhouse(String::new())?).await?;
    for migration in &applied {
        println!("applied {migration}");
    }
    println!("{} is up to date", config.clickhouse.database);
    Ok(())
}

/// Says whether the configuration can be used, with the files that it names.
pub(crate) fn check(args: &RunArgs) -> anyhow::Result<()> {
    let config = Config::load(args.config.config.as_deref())?;
    config.hl7.check_open(args.allow_unauthenticated_hl7)?;
    config.check_files()?;
    println!("the configuration is good");
    Ok(())
}

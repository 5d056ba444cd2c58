//! IO: one block, one insert: synchronous, named by its token, acknowledged when it is stored.

use std::time::Duration;

use ::clickhouse::error::Error;
use ::clickhouse::{Client, RowWrite};
use events::output::{Change, KpiValue, Output};
use events::topic::KafkaTopic;

use super::{ANSWER, ClickHouseConfig, in_time};
use crate::batch::Block;
use crate::counters;
use crate::record::Item;
use crate::rows::{self, ProgressRow};

/// For one piece of a block to leave.
const SEND: Duration = Duration::from_secs(10);

/// Stores a block in the table of its topic.
pub(super) async fn block(
    client: &Client,
    config: &ClickHouseConfig,
    block: &Block,
    token: &str,
) -> Result<(), Error> {
    let Some(table) = counters::table(block.topic) else {
        return Ok(());
    };
    let to = Target {
        client,
        table,
        token: Some(token),
    };
    let lane = block.lane;
    match block.topic {
        KafkaTopic::Control => Ok(()),
        KafkaTopic::Signals => {
            let frames = pick(block, |item| match item {
                Item::Frame(frame) => Some(frame),
                _ => None,
            });
            let rows = frames.flat_map(|(offset, frame)| rows::readings(frame, lane, offset));
            insert::<rows::ReadingRow<'_>>(to, rows).await
        }
        KafkaTopic::Facts => {
            let told = pick(block, |item| match item {
                Item::Told(told) => Some(told),
                _ => None,
            });
            let rows = told.flat_map(|(offset, told)| rows::facts(told, lane, offset));
            insert::<rows::FactRow<'_>>(to, rows).await
        }
        KafkaTopic::DeadLetter => {
            let letters = pick(block, |item| match item {
                Item::DeadLetter(letter) => Some(letter),
                _ => None,
            });
            let rows = letters.map(|(at, letter)| rows::DeadLetterRow::new(letter, lane, at));
            insert::<rows::DeadLetterRow<'_>>(to, rows).await
        }
        KafkaTopic::Alerts | KafkaTopic::Board | KafkaTopic::Kpis | KafkaTopic::Late => {
            outputs(to, block, &config.source_run).await
        }
    }
}

async fn outputs(to: Target<'_>, block: &Block, source_run: &str) -> Result<(), Error> {
    let outputs = pick(block, |item| match item {
        Item::Output(output) => Some(output),
        _ => None,
    });
    let outputs = outputs.map(|(_, output)| output);
    match block.topic {
        KafkaTopic::Alerts => {
            let rows = outputs.filter_map(|output| match output {
                Output::Alert(alert) => Some(rows::AlertRow::new(alert)),
                _ => None,
            });
            insert::<rows::AlertRow<'_>>(to, rows).await
        }
        KafkaTopic::Board => {
            let rows = outputs.filter_map(|output| match output {
                Output::Board(change) => match &change.change {
                    Some(Change::Bed(bed)) => Some(rows::BedRow::new(change, bed)),
                    _ => None,
                },
                _ => None,
            });
            insert::<rows::BedRow<'_>>(to, rows).await?;
            commands(to, block).await
        }
        KafkaTopic::Kpis => {
            let rows = outputs.filter_map(|output| match output {
                Output::Kpi(kpi) => Some(rows::KpiRow::new(kpi, source_run)),
                _ => None,
            });
            insert::<rows::KpiRow<'_>>(to, rows).await
        }
        _ => {
            let rows = outputs.filter_map(|output| match output {
                Output::Late(late) => Some(rows::LateRow::new(late)),
                _ => None,
            });
            insert::<rows::LateRow<'_>>(to, rows).await
        }
    }
}

/// Stores the commands among the changes of boards.
async fn commands(to: Target<'_>, block: &Block) -> Result<(), Error> {
    let commands = pick(block, |item| match item {
        Item::Output(Output::Board(change)) => match &change.change {
            Some(Change::Command(command)) => Some(rows::CommandRow::new(change, command)),
            _ => None,
        },
        _ => None,
    });
    let commands: Vec<_> = commands.map(|(_, row)| row).collect();
    if commands.is_empty() {
        return Ok(());
    }
    let to = Target {
        table: "commands",
        ..to
    };
    insert::<rows::CommandRow<'_>>(to, commands.into_iter()).await
}

/// Stores KPI rows of a run, whose keys make them safe to be stored again.
pub(super) async fn kpis(
    client: &Client,
    rows: &[KpiValue],
    source_run: &str,
) -> Result<(), Error> {
    let to = Target {
        client,
        table: "kpi",
        token: None,
    };
    let rows = rows.iter().map(|row| rows::KpiRow::new(row, source_run));
    insert::<rows::KpiRow<'_>>(to, rows).await
}

/// Stores positions. The highest of a lane holds, so that nothing needs a token.
pub(super) async fn progress(client: &Client, rows: &[ProgressRow]) -> Result<(), Error> {
    let mut insert = in_time(client.insert::<ProgressRow>("progress"))
        .await?
        .with_setting("async_insert", "0")
        .with_setting("wait_end_of_query", "1")
        // Else a position that was once deleted by hand could not be written again.
        .with_setting("deduplicate_insert", "disable")
        .with_timeouts(Some(SEND), Some(ANSWER));
    for row in rows {
        insert.write(row).await?;
    }
    insert.end().await
}

#[derive(Clone, Copy)]
struct Target<'a> {
    client: &'a Client,
    table: &'a str,
    /// What names the block, when the same name always means the same rows.
    token: Option<&'a str>,
}

async fn insert<'a, R: RowWrite>(
    to: Target<'_>,
    rows: impl Iterator<Item = R::Value<'a>>,
) -> Result<(), Error> {
    let mut insert = in_time(to.client.insert::<R>(to.table))
        .await?
        .with_setting("async_insert", "0")
        .with_setting("wait_end_of_query", "1")
        // A table is partitioned by month or day; a backfill may span many in one block.
        .with_setting("throw_on_max_partitions_per_insert_block", "0")
        .with_timeouts(Some(SEND), Some(ANSWER));
    insert = match to.token {
        Some(token) => insert
            .with_setting("deduplicate_insert", "enable")
            .with_setting("insert_deduplication_token", token),
        // Else rows that were once deleted by hand could not be written again.
        None => insert.with_setting("deduplicate_insert", "disable"),
    };
    for row in rows {
        insert.write(&row).await?;
    }
    insert.end().await
}

fn pick<'a, T: 'a>(
    block: &'a Block,
    what: impl Fn(&'a Item) -> Option<T> + 'a,
) -> impl Iterator<Item = (u64, T)> + 'a {
    let items = block.items.iter();
    items.filter_map(move |(offset, item)| what(item).map(|thing| (*offset, thing)))
}

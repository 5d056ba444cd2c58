//! Rows of the table `commands`.

use clickhouse::Row;
use events::output::{BoardChange, CommandView};
use serde::Serialize;

use crate::words;

/// A row of `commands`.
#[derive(Row, Serialize)]
pub(crate) struct CommandRow<'a> {
    tenant: &'a str,
    site: &'a str,
    command: &'a str,
    epoch: u64,
    epoch_index: u32,
    as_of: i64,
    kind: &'a str,
    ward: &'a str,
    subject: &'a str,
    by: &'a str,
    role: &'a str,
    device: &'a str,
    at: i64,
    told: i64,
    outcome: &'static str,
    reason: &'a str,
    text: &'a str,
}

impl<'a> CommandRow<'a> {
    pub(crate) fn new(change: &'a BoardChange, command: &'a CommandView) -> Self {
        Self {
            tenant: &change.tenant,
            site: &change.site,
            command: &command.command,
            epoch: change.epoch,
            epoch_index: change.index,
            as_of: change.as_of_ms,
            kind: &command.kind,
            ward: &command.ward,
            subject: &command.subject,
            by: &command.by,
            role: &command.role,
            device: &command.device,
            at: command.at_ms,
            told: command.told_ms,
            outcome: words::outcome(&command.refused),
            reason: &command.refused,
            text: &command.text,
        }
    }
}

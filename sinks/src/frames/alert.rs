//! Alerts and commands as boards see them.

use events::output::{Alert, CommandView, SilenceView};
use serde::Serialize;

use crate::words;

#[derive(Serialize)]
pub(super) struct AlertView<'a> {
    ward: &'a str,
    id: &'a str,
    rule: &'a str,
    subject: &'a str,
    priority: &'static str,
    state: &'static str,
    since_ms: i64,
    until_ms: i64,
    as_of_ms: i64,
    revision: u32,
    acknowledged_by: &'a str,
    acknowledged_ms: i64,
    acknowledged_until_ms: i64,
    owner: &'a str,
    shelved_until_ms: i64,
    shelved_by: &'a str,
    shelve_reason: &'a str,
    suppressed_by: &'a str,
    step: u32,
    notify: &'a str,
    sound: bool,
    comments: u32,
}

impl<'a> AlertView<'a> {
    pub(super) fn new(alert: &'a Alert) -> Self {
        Self {
            ward: &alert.ward,
            id: &alert.id,
            rule: &alert.rule,
            subject: &alert.subject,
            priority: words::priority(alert.priority()),
            state: words::alert_state(alert.state()),
            since_ms: alert.since_ms,
            until_ms: alert.until_ms.unwrap_or(0),
            as_of_ms: alert.as_of_ms,
            revision: alert.revision,
            acknowledged_by: &alert.acknowledged_by,
            acknowledged_ms: alert.acknowledged_ms,
            acknowledged_until_ms: alert.acknowledged_until_ms,
            owner: &alert.owner,
            shelved_until_ms: alert.shelved_until_ms,
            shelved_by: &alert.shelved_by,
            shelve_reason: &alert.shelve_reason,
            suppressed_by: &alert.suppressed_by,
            step: alert.step,
            notify: &alert.notify,
            sound: alert.sound,
            comments: alert.comments,
        }
    }
}

/// A silence.
#[derive(Serialize)]
pub(super) struct Silence<'a> {
    id: &'a str,
    ward: &'a str,
    rule: &'a str,
    subject: &'a str,
    since_ms: i64,
    until_ms: i64,
    by: &'a str,
    reason: &'a str,
}

impl<'a> Silence<'a> {
    pub(super) fn new(silence: &'a SilenceView) -> Self {
        Self {
            id: &silence.id,
            ward: &silence.ward,
            rule: &silence.rule,
            subject: &silence.subject,
            since_ms: silence.since_ms,
            until_ms: silence.until_ms,
            by: &silence.by,
            reason: &silence.reason,
        }
    }
}

/// A silence, for those who may not know of whom it is, nor who wanted it.
#[derive(Serialize)]
pub(super) struct SilentRule<'a> {
    id: &'a str,
    ward: &'a str,
    rule: &'a str,
    since_ms: i64,
    until_ms: i64,
}

impl<'a> SilentRule<'a> {
    pub(super) fn new(silence: &'a SilenceView) -> Self {
        Self {
            id: &silence.id,
            ward: &silence.ward,
            rule: &silence.rule,
            since_ms: silence.since_ms,
            until_ms: silence.until_ms,
        }
    }
}

/// What came of a command.
#[derive(Serialize)]
pub(super) struct Command<'a> {
    id: &'a str,
    kind: &'a str,
    ward: &'a str,
    subject: &'a str,
    by: &'a str,
    role: &'a str,
    at_ms: i64,
    outcome: &'static str,
    reason: &'a str,
    text: &'a str,
}

impl<'a> Command<'a> {
    pub(super) fn new(command: &'a CommandView) -> Self {
        Self {
            id: &command.command,
            kind: &command.kind,
            ward: &command.ward,
            subject: &command.subject,
            by: &command.by,
            role: &command.role,
            at_ms: command.at_ms,
            outcome: words::outcome(&command.refused),
            reason: &command.refused,
            text: &command.text,
        }
    }
}

/// What came of a command, for those who may not know who asked what.
#[derive(Serialize)]
pub(super) struct Outcome<'a> {
    id: &'a str,
    kind: &'a str,
    ward: &'a str,
    outcome: &'static str,
    reason: &'a str,
}

impl<'a> Outcome<'a> {
    pub(super) fn new(command: &'a CommandView) -> Self {
        Self {
            id: &command.command,
            kind: &command.kind,
            ward: &command.ward,
            outcome: words::outcome(&command.refused),
            reason: &command.refused,
        }
    }
}

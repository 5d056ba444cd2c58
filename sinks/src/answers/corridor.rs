//! Rows for those who look from a corridor: what is not to be seen from there is not asked for.

use clickhouse::Row;
use serde::Deserialize;
use serde_json::{Value, json};

use super::history::time;
use crate::words;

/// An alert without its subject, and without the id that is made with it.
#[derive(Row, Deserialize)]
pub(super) struct CorridorAlert {
    ward: String,
    rule: String,
    priority: String,
    state: String,
    since: i64,
    until: Option<i64>,
    as_of: i64,
}

impl CorridorAlert {
    pub(super) fn json(self) -> Value {
        // When somebody began to wait, and no longer did, is not for here.
        let valid = match words::is_of_person(&self.rule) {
            true => Value::Null,
            false => json!({ "from": time(self.since), "to": self.until.map(time) }),
        };
        json!({
            "ward": self.ward,
            "rule": self.rule,
            "priority": self.priority,
            "state": self.state,
            "valid": valid,
            "as_of": time(self.as_of),
        })
    }
}

/// A bed without who is in it, who comes and why it is blocked.
#[derive(Row, Deserialize)]
pub(super) struct CorridorBed {
    ward: String,
    room: String,
    bed: String,
    label: String,
    listed: bool,
    staffed: bool,
    occupied: bool,
    cleanliness: String,
    clean_since: Option<i64>,
    blocked: bool,
    as_of: i64,
    confidence: String,
}

impl CorridorBed {
    pub(super) fn json(self) -> Value {
        json!({
            "ward": self.ward,
            "room": self.room,
            "bed": self.bed,
            "label": self.label,
            "listed": self.listed,
            "staffed": self.staffed,
            "occupied": self.occupied,
            "cleanliness": self.cleanliness,
            "clean_since": self.clean_since.map(time),
            "blocked": self.blocked,
            "confidence": self.confidence,
            "as_of": time(self.as_of),
        })
    }
}

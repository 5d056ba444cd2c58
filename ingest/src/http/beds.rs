//! `POST /v1/{tenant}/{site}/beds`: what staff tap on a bed: clean, dirty,
//! blocked, open.

use events::fact::{BedTap, What};
use events::id;

use super::fields::{Fault, Fields};
use super::visits;

pub(super) const FIELDS: &[&str] = &[
    "ward",
    "bed",
    "room",
    "event",
    "reason",
    "expected_back",
    "at",
];

const EVENTS: &[&str] = &["clean", "dirty", "blocked", "open"];

pub(super) fn read(fields: &Fields<'_>) -> Result<What, Fault> {
    let tap = match fields.text("event")? {
        "clean" => BedTap::Clean,
        "dirty" => BedTap::Dirty,
        "open" => BedTap::Open,
        "blocked" => BedTap::Blocked {
            reason: fields.id("reason", word)?,
            expected_back: fields.optional_time("expected_back")?,
        },
        _ => return Err(fields.no_event(EVENTS)),
    };
    Ok(What::Bed {
        place: visits::bed(fields)?,
        tap,
    })
}

/// A reason is one word, so that it can be counted.
fn word(text: &str) -> Result<String, id::IdError> {
    id::check(text).map(|()| text.to_owned())
}

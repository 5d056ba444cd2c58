//! `POST /v1/{tenant}/{site}/commands`: what somebody asks for at a board, one command a
//! request. Who asks is known by the grant, never by the body; when it was done is told as an
//! age, so that a wrong clock of theirs does no harm. It goes into the log like everything
//! else; what comes of it is told on the boards.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, extract::rejection::PathRejection};
use events::access::{Act, Grant, Role, Tier};
use events::command::{
    ALERT_MAX, Action, Actor, Command, CommandId, SHELVED_MAX_MS, Silenced, TEXT_MAX, alert_parts,
};
use events::fact::{BedTap, Fact, FactFlags, Receipt, Told, What};
use events::id::{self, BedId, WardId};
use events::place::Place;
use events::reason::Reason;
use events::time::{CellTime, EventTime, HOUR_MS, MINUTE_MS};
use events::topic;
use serde_json::{Value as Body, json};

use super::fields::{Fault, Fields};
use super::idempotency::{self, Claim};
use super::problem::Problem;
use super::{Api, told};

/// Largest body, in bytes.
pub const BODY_MAX: usize = 4 * 1024;
/// Older than this is nothing that somebody has just done, in milliseconds.
const AGE_MAX_MS: i64 = 72 * HOUR_MS;
/// Older than this it is taken only if its sender has been asked whether it still holds.
const ASK_AFTER_MS: i64 = 12 * HOUR_MS;
/// [`Told::source`] of commands.
pub(super) const SOURCE: &str = "board";
/// What stands beside the one field that says what is asked for.
const FRAME: [&str; 4] = ["id", "age_ms", "expects", "confirmed"];
/// What can be asked for.
const ACTIONS: [&str; 13] = [
    "acknowledge",
    "assign",
    "shelve",
    "unshelve",
    "silence",
    "unsilence",
    "escalate",
    "comment",
    "tap",
    "block",
    "open",
    "annotate",
    "undo",
];

/// Takes a command, and answers once it is durable.
pub(super) async fn take(
    api: &Arc<Api>,
    grant: &Arc<Grant>,
    path: Result<(String, String), PathRejection>,
    request: Request,
) -> Result<Response, Problem> {
    let (tenant, name) = path.map_err(|_| Problem::PathUnknown)?;
    let site = super::seen_site(api, grant, &tenant, &name)?;
    if api.is_absent(&site, None) {
        return Err(Problem::SiteUnknown);
    }
    if grant.tier < Tier::Corridor || !asks_at_all(grant) {
        return Err(Problem::NotAllowed);
    }
    if api.past.unread.contains(told::lane(&site, api.lanes)) {
        return Err(Problem::Recalling);
    }
    let now = (api.clock)();
    if !api.paces.admit(&(site.tenant.clone(), grant.label.clone())) {
        return Err(Problem::TooFast);
    }
    let (body, turn) = api.turns.take(request).await?;
    let (at, command) = read(&body, grant, now).map_err(|fault| match fault {
        Wrong::NotJson(detail) => Problem::NotJson(detail),
        Wrong::Fault(fault) => Problem::Facts(vec![fault]),
    })?;
    let ward = command.action.ward();
    let sees = ward.is_none_or(|ward| match ward.as_str() {
        WHOLE_SITE => grant.sees_all_wards(),
        _ => grant.sees_ward(&ward) && !api.is_absent(&site, Some(&ward)),
    });
    if !sees {
        return Err(Problem::SiteUnknown);
    }
    if !grant.may(Act::Command(command.action.kind())) {
        return Err(Problem::NotAllowed);
    }
    let id = command.id;
    let receipt = receipt(&topic::site_key(&site), id, grant, &command);
    match api.requests.look(|requests| requests.claim(&receipt, now)) {
        Claim::New => {}
        Claim::Repeated(_) => return Ok(pending(id)),
        Claim::OtherBody => return Err(Problem::KeyReused),
        Claim::UnderWay => return Err(Problem::KeyUnderWay),
    }
    let told = Told {
        site,
        source: SOURCE.to_owned(),
        facts: vec![Fact {
            at,
            told: now,
            flags: FactFlags::default(),
            what: What::Command(Box::new(command)),
        }],
        receipt: Some(receipt),
    };
    tokio::spawn(super::finish(Arc::clone(api), told, turn))
        .await
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
        .map(|_| pending(id))
}

/// The ward of an alert about a whole site.
const WHOLE_SITE: &str = "-";

/// Whether its role has any command.
fn asks_at_all(grant: &Grant) -> bool {
    Act::all().any(|act| matches!(act, Act::Command(_)) && grant.may(act))
}

/// The command without its age, which is another when it is sent again.
fn receipt(site: &str, id: CommandId, grant: &Grant, command: &Command) -> Receipt {
    let path = format!("/v1/{site}/commands");
    let what = format!("{:?}", (&command.action, command.expects));
    let key = format!("{}/{id}", grant.label);
    idempotency::receipt(&path, key.as_bytes(), what.as_bytes())
}

fn pending(id: CommandId) -> Response {
    let body = json!({ "id": id.to_string(), "state": "pending" });
    (StatusCode::ACCEPTED, Json(body)).into_response()
}

/// Why a body is no command.
#[derive(Debug)]
enum Wrong {
    NotJson(String),
    Fault(Fault),
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// When it was done, and what it is.
fn read(body: &[u8], grant: &Grant, now: CellTime) -> Result<(EventTime, Command), Wrong> {
    let json: Body = serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Wrong::NotJson(format!("not JSON at line {line} column {column}"))
    })?;
    let known: Vec<&str> = FRAME.iter().chain(&ACTIONS).copied().collect();
    let fields = Fields::of(&json, 0, &known)?;
    let id = fields.text("id")?.parse::<CommandId>();
    let id = id.map_err(|error| fields.fault("id", Reason::IdInvalid, error.to_string()))?;
    let age = fields.number("age_ms", 0, AGE_MAX_MS)?;
    if age > ASK_AFTER_MS && !fields.flag("confirmed")? {
        let detail = "is over 12 h: ask whether it still holds, and say so with confirmed";
        return Err(fields.fault("age_ms", Reason::OutOfRange, detail).into());
    }
    let expects = fields.optional_number("expects", 0, i64::MAX)?;
    let command = Command {
        id,
        by: Actor {
            label: grant.label.to_string(),
            role: role(grant.role),
            device: grant
                .device
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
        },
        expects,
        action: action(&json, &fields)?,
    };
    Ok((EventTime(now.0.saturating_sub(age)), command))
}

fn role(role: Role) -> String {
    role.name().to_owned()
}

/// The one thing that is asked for.
fn action(json: &Body, fields: &Fields<'_>) -> Result<Action, Fault> {
    let mut asked = ACTIONS.iter().filter(|name| json.get(name).is_some());
    let (Some(name), None) = (asked.next(), asked.next()) else {
        let detail = format!(
            "exactly one of {} says what is asked for",
            ACTIONS.join(", ")
        );
        return Err(fields.fault("", Reason::FieldMissing, detail));
    };
    let of = |known: &[&str]| Fields::of(&json[name], 0, known);
    Ok(match *name {
        "acknowledge" => Action::Acknowledge {
            alert: alert(&of(&["alert"])?)?,
        },
        "unshelve" => Action::Unshelve {
            alert: alert(&of(&["alert"])?)?,
        },
        "escalate" => Action::Escalate {
            alert: alert(&of(&["alert"])?)?,
        },
        "assign" => {
            let fields = of(&["alert", "to"])?;
            Action::Assign {
                alert: alert(&fields)?,
                to: words(&fields, "to")?,
            }
        }
        "shelve" => {
            let fields = of(&["alert", "minutes", "reason"])?;
            Action::Shelve {
                alert: alert(&fields)?,
                for_ms: fields.number("minutes", 1, SHELVED_MAX_MS / MINUTE_MS)? * MINUTE_MS,
                reason: words(&fields, "reason")?,
            }
        }
        "silence" => {
            let fields = of(&["ward", "rule", "subject", "minutes", "reason"])?;
            Action::Silence {
                of: silenced(&fields)?,
                for_ms: fields.number("minutes", 1, SHELVED_MAX_MS / MINUTE_MS)? * MINUTE_MS,
                reason: words(&fields, "reason")?,
            }
        }
        "unsilence" => Action::Unsilence {
            of: silenced(&of(&["ward", "rule", "subject"])?)?,
        },
        "comment" => {
            let fields = of(&["alert", "text"])?;
            Action::Comment {
                alert: alert(&fields)?,
                text: words(&fields, "text")?,
            }
        }
        "annotate" => {
            let fields = of(&["ward", "text"])?;
            Action::Annotate {
                ward: fields.id("ward", WardId::encode)?,
                text: words(&fields, "text")?,
            }
        }
        "undo" => {
            let fields = of(&["command", "ward"])?;
            let command = fields.text("command")?.parse::<CommandId>();
            let command = command
                .map_err(|error| fields.fault("command", Reason::IdInvalid, error.to_string()))?;
            let ward = fields.id("ward", WardId::encode)?;
            Action::Undo { command, ward }
        }
        of_bed => tap(of_bed, of)?,
    })
}

fn tap<'a>(name: &str, of: impl Fn(&[&str]) -> Result<Fields<'a>, Fault>) -> Result<Action, Fault> {
    let (fields, tap) = match name {
        "tap" => {
            let fields = of(&["ward", "bed", "is"])?;
            let tap = match fields.text("is")? {
                "clean" => BedTap::Clean,
                "dirty" => BedTap::Dirty,
                _ => return Err(fields.fault("is", Reason::OutOfRange, "is none of clean, dirty")),
            };
            (fields, tap)
        }
        "block" => {
            let fields = of(&["ward", "bed", "reason", "expected_back_ms"])?;
            let back = fields.optional_number("expected_back_ms", 0, MAX_MS)?;
            let tap = BedTap::Blocked {
                reason: fields.id("reason", |text| id::check(text).map(|()| text.to_owned()))?,
                expected_back: back.map(EventTime),
            };
            (fields, tap)
        }
        _ => (of(&["ward", "bed"])?, BedTap::Open),
    };
    let place = Place {
        ward: fields.id("ward", WardId::encode)?,
        room: None,
        bed: Some(fields.id("bed", BedId::encode)?),
    };
    Ok(Action::Tap { place, tap })
}

/// A rule of a ward, and one subject if it is about one only.
fn silenced(fields: &Fields<'_>) -> Result<Silenced, Fault> {
    let name = |field: &'static str, text: &str| {
        if text.is_empty() || text.len() > ALERT_MAX || text.chars().any(char::is_control) {
            let detail = format!("is not 1 to {ALERT_MAX} bytes of plain text");
            return Err(fields.fault(field, Reason::OutOfRange, detail));
        }
        Ok(text.to_owned())
    };
    Ok(Silenced {
        ward: fields.id("ward", WardId::encode)?,
        rule: name("rule", fields.text("rule")?)?,
        subject: match fields.optional_text("subject")? {
            Some(subject) => name("subject", subject)?,
            None => String::new(),
        },
    })
}

/// The end of the year 9999, in milliseconds since 1970.
const MAX_MS: i64 = 253_402_300_799_999;

fn alert(fields: &Fields<'_>) -> Result<String, Fault> {
    let name = fields.text("alert")?;
    if name.len() > ALERT_MAX || alert_parts(name).is_none() {
        return Err(fields.fault("alert", Reason::IdInvalid, "is no name of an alert"));
    }
    Ok(name.to_owned())
}

/// A text of people: one at least, and no more than [`TEXT_MAX`] characters.
fn words(fields: &Fields<'_>, name: &str) -> Result<String, Fault> {
    let text = fields.text(name)?.trim();
    let is_plain = |c: char| !c.is_control() || c == '\n';
    if text.is_empty() || text.chars().count() > TEXT_MAX || !text.chars().all(is_plain) {
        let detail = format!("is not plain text of 1 to {TEXT_MAX} characters");
        return Err(fields.fault(name, Reason::OutOfRange, detail));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests;

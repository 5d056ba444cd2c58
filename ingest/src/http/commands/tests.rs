//! What a command may say, and what its sender is told when it may not.

use events::access::{Label, Sites, Wards};
use events::id::TenantId;

use super::*;

const NOW: CellTime = CellTime(1_767_323_046_000);
const ID: &str = "0192f7a0-3c4d-7abc-8def-00123456789a";
const ALERT: &str = "bed_dirty:icu:b1:1767320000000";

fn grant() -> Grant {
    Grant {
        tenant: TenantId::new("demo").unwrap(),
        sites: Sites::All,
        role: Role::ChargeNurse,
        tier: Tier::Staff,
        wards: Wards::All,
        label: Label::new("Ann").unwrap(),
        device: None,
    }
}

/// A body with these fields beside its id and age.
fn body(more: Body) -> Body {
    let mut body = json!({ "id": ID, "age_ms": 1_500 });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn taken(more: Body) -> (EventTime, Command) {
    read(body(more).to_string().as_bytes(), &grant(), NOW).unwrap()
}

fn fault(more: Body) -> (String, &'static str) {
    match read(body(more).to_string().as_bytes(), &grant(), NOW) {
        Err(Wrong::Fault(fault)) => (fault.field, fault.reason.code()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_command_says_who_by_its_grant_and_when_by_its_age() {
    let (at, command) = taken(json!({ "acknowledge": { "alert": ALERT }, "expects": 2 }));
    assert_eq!(at, EventTime(NOW.0 - 1_500));
    assert_eq!(
        (command.by.label.as_str(), command.by.role.as_str()),
        ("Ann", "charge_nurse")
    );
    assert_eq!(command.expects, Some(2));
    assert_eq!(command.id.to_string(), ID);
    assert_eq!(command.action.ward().unwrap().as_str(), "icu");
}

#[test]
fn every_action_is_read() {
    let alert = json!({ "alert": ALERT });
    let with = |name: &str, value: Body| {
        let mut of = alert.clone();
        of[name] = value;
        of
    };
    let mut shelve = with("minutes", json!(30));
    shelve["reason"] = json!("known");
    let rule = json!({ "ward": "icu", "rule": "device_silent", "subject": "pump-7" });
    let mut silence = rule.clone();
    silence["minutes"] = json!(30);
    silence["reason"] = json!("in repair");
    let actions = [
        ("acknowledge", alert.clone(), "acknowledge"),
        ("assign", with("to", json!("Bob")), "assign"),
        ("shelve", shelve, "shelve"),
        ("unshelve", alert.clone(), "unshelve"),
        ("silence", silence, "silence"),
        ("unsilence", rule, "unsilence"),
        ("escalate", alert.clone(), "escalate"),
        ("comment", with("text", json!("on it")), "comment"),
        (
            "tap",
            json!({ "ward": "icu", "bed": "b1", "is": "dirty" }),
            "dirty",
        ),
        (
            "block",
            json!({ "ward": "icu", "bed": "b1", "reason": "repair" }),
            "block",
        ),
        ("open", json!({ "ward": "icu", "bed": "b1" }), "open"),
        (
            "annotate",
            json!({ "ward": "icu", "text": "new rota" }),
            "annotate",
        ),
        ("undo", json!({ "command": ID, "ward": "icu" }), "undo"),
    ];
    assert_eq!(actions.each_ref().map(|(name, ..)| *name), ACTIONS);
    for (name, value, called) in actions {
        let mut more = json!({});
        more[name] = value;
        let (_, command) = taken(more);
        assert_eq!(command.action.name(), called);
        assert_eq!(command.action.ward().unwrap().as_str(), "icu");
    }
}

#[test]
fn what_is_wrong_is_named() {
    let ack = json!({ "acknowledge": { "alert": ALERT } });
    let also = |name: &str, value: Body| {
        let mut more = ack.clone();
        more[name] = value;
        more
    };
    let faults = [
        (json!({}), "", "field_missing"),
        (
            also("open", json!({ "ward": "icu", "bed": "b1" })),
            "",
            "field_missing",
        ),
        (also("by", json!("Bob")), "by", "field_unknown"),
        (also("id", json!("7")), "id", "id_invalid"),
        (also("age_ms", json!(-1)), "age_ms", "out_of_range"),
        (also("age_ms", json!(1.5)), "age_ms", "out_of_range"),
        (also("age_ms", json!("1")), "age_ms", "type_wrong"),
        (
            also("age_ms", json!(AGE_MAX_MS + 1)),
            "age_ms",
            "out_of_range",
        ),
        (
            also("age_ms", json!(ASK_AFTER_MS + 1)),
            "age_ms",
            "out_of_range",
        ),
        (
            json!({ "acknowledge": { "alert": "icu" } }),
            "alert",
            "id_invalid",
        ),
        (json!({ "acknowledge": {} }), "alert", "field_missing"),
        (
            json!({ "assign": { "alert": ALERT, "to": " " } }),
            "to",
            "out_of_range",
        ),
        (
            json!({ "comment": { "alert": ALERT, "text": "x".repeat(TEXT_MAX + 1) } }),
            "text",
            "out_of_range",
        ),
        (
            json!({ "shelve": { "alert": ALERT, "minutes": 0, "reason": "x" } }),
            "minutes",
            "out_of_range",
        ),
        (
            json!({ "tap": { "ward": "icu", "bed": "b1", "is": "wet" } }),
            "is",
            "out_of_range",
        ),
        (
            json!({ "undo": { "command": "x", "ward": "icu" } }),
            "command",
            "id_invalid",
        ),
    ];
    for (more, field, reason) in faults {
        assert_eq!(fault(more.clone()), (field.to_owned(), reason), "{more}");
    }
    let old = also("confirmed", json!(true));
    let mut old = body(old);
    old["age_ms"] = json!(ASK_AFTER_MS + 1);
    assert!(read(old.to_string().as_bytes(), &grant(), NOW).is_ok());
    assert!(matches!(read(b"{", &grant(), NOW), Err(Wrong::NotJson(_))));
}

#[test]
fn every_example_of_the_description_is_a_command() {
    let document: Body = serde_json::from_str(super::super::OPENAPI).unwrap();
    let post = &document["paths"]["/v1/{tenant}/{site}/commands"]["post"];
    let examples = &post["requestBody"]["content"]["application/json"]["examples"];
    let examples = examples.as_object().unwrap();
    let mut named: Vec<&str> = examples.keys().map(|name| &**name).collect();
    let mut actions = ACTIONS.to_vec();
    named.sort_unstable();
    actions.sort_unstable();
    assert_eq!(named, actions);
    for (name, example) in examples {
        let taken = read(example["value"].to_string().as_bytes(), &grant(), NOW);
        assert!(taken.is_ok(), "{name}: {taken:?}");
    }
}

//! What an endpoint is sent: JSON by tier, and its id, which follows from the place of the output in
//! the log, so that whoever gets it twice can tell. Pure: the same output gives the same bytes.

use events::access::Tier;
use events::output::{Alert, AlertState};
use events::time::EventTime;
use serde::Serialize;

use super::Endpoint;
use crate::record::Seq;
use crate::words;

/// The id of the message about an output: endpoint, lane, epoch and index.
pub(crate) fn id(endpoint: &str, lane: u32, seq: Seq) -> String {
    format!("{endpoint}.{lane}.{}.{}", seq.epoch, seq.index)
}

/// The endpoint of an id.
pub fn endpoint_of(id: &str) -> Option<&str> {
    id.split_once('.').map(|(endpoint, _)| endpoint)
}

/// A message that says nothing but that messages arrive.
pub fn test_body(tenant: &str, at: EventTime) -> Vec<u8> {
    json(&Message {
        kind: "test",
        timestamp: at.to_string(),
        data: Data {
            tenant,
            ..Data::default()
        },
    })
}

/// What is said of an alert.
pub(crate) fn body(endpoint: &Endpoint, alert: &Alert) -> Vec<u8> {
    json(&Message {
        kind: kind(alert),
        timestamp: EventTime(alert.as_of_ms).to_string(),
        data: Data::new(endpoint, alert),
    })
}

fn json(message: &Message<'_>) -> Vec<u8> {
    serde_json::to_vec(message).expect("texts and numbers become JSON")
}

#[derive(Serialize)]
struct Message<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: String,
    data: Data<'a>,
}

/// An alert as those see it who are outside. No text that a person has typed is among it: it could
/// name a patient.
#[derive(Default, Serialize)]
struct Data<'a> {
    tenant: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    site: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    ward: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    alert: Option<Told<'a>>,
}

#[derive(Serialize)]
struct Told<'a> {
    key: String,
    revision: u32,
    rule: &'a str,
    /// A bed, a device, a source or a ward; nothing where it may be a person.
    subject: &'a str,
    priority: &'static str,
    state: &'static str,
    /// 0 where it is not said, or is not over.
    since_ms: i64,
    until_ms: i64,
    step: u32,
    notify: &'a str,
    sound: bool,
    acknowledged: bool,
    shelved_until_ms: i64,
    suppressed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    staff: Option<Staff<'a>>,
}

/// Who has it: from the tier `staff` on.
#[derive(Serialize)]
struct Staff<'a> {
    acknowledged_by: &'a str,
    owner: &'a str,
}

impl<'a> Data<'a> {
    fn new(endpoint: &Endpoint, alert: &'a Alert) -> Self {
        let is_staff = endpoint.tier >= Tier::Staff;
        let shows = is_staff || words::is_of_no_person(&alert.rule);
        let secret = endpoint.secrets.first();
        let key = match secret.filter(|_| !shows) {
            Some(secret) => secret.name_of(&alert.id),
            None => alert.id.clone(),
        };
        let staff = Staff {
            acknowledged_by: &alert.acknowledged_by,
            owner: &alert.owner,
        };
        let told = Told {
            key,
            revision: alert.revision,
            rule: &alert.rule,
            subject: if shows { &alert.subject } else { "" },
            priority: words::priority(alert.priority()),
            state: words::alert_state(alert.state()),
            since_ms: if shows { alert.since_ms } else { 0 },
            until_ms: alert.until_ms.filter(|_| shows).unwrap_or(0),
            step: alert.step,
            notify: &alert.notify,
            sound: alert.sound,
            acknowledged: !alert.acknowledged_by.is_empty(),
            shelved_until_ms: alert.shelved_until_ms,
            suppressed: !alert.suppressed_by.is_empty(),
            staff: is_staff.then_some(staff),
        };
        Self {
            tenant: &alert.tenant,
            site: &alert.site,
            ward: &alert.ward,
            alert: Some(told),
        }
    }
}

/// What an alert is now, in one word; each message is whole, so that none needs the one before.
fn kind(alert: &Alert) -> &'static str {
    match alert.state() {
        AlertState::Cleared | AlertState::Latched => "alert.over",
        AlertState::Withdrawn => "alert.withdrawn",
        _ if alert.revision == 0 => "alert.raised",
        _ if !alert.acknowledged_by.is_empty() => "alert.acknowledged",
        _ if alert.shelved_until_ms > 0 => "alert.shelved",
        _ if !alert.suppressed_by.is_empty() => "alert.suppressed",
        _ if alert.step > 1 => "alert.escalated",
        _ => "alert.changed",
    }
}

#[cfg(test)]
mod tests {
    use events::output::AlertPriority;
    use serde_json::{Value, json};

    use super::*;
    use crate::webhook::Secret;

    fn endpoint(tier: Tier) -> Endpoint {
        let secret = Secret::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        Endpoint {
            name: "pager",
            url: "https://pager.example/hook".to_owned(),
            ca: None,
            secrets: vec![secret],
            tier,
            filter: super::super::Filter::default(),
        }
    }

    fn alert(rule: &str, subject: &str) -> Alert {
        Alert {
            tenant: "demo".to_owned(),
            site: "north".to_owned(),
            ward: "MED-B".to_owned(),
            id: format!("{rule}:MED-B:{subject}:1767320000000"),
            rule: rule.to_owned(),
            subject: subject.to_owned(),
            priority: AlertPriority::Medium.into(),
            state: AlertState::Raised.into(),
            since_ms: 1_767_320_000_000,
            as_of_ms: 1_767_320_060_000,
            revision: 3,
            step: 2,
            notify: "charge_nurse".to_owned(),
            sound: true,
            shelve_reason: "Mrs Miller asked".to_owned(),
            ..Alert::default()
        }
    }

    fn said(tier: Tier, alert: &Alert) -> Value {
        serde_json::from_slice(&body(&endpoint(tier), alert)).unwrap()
    }

    #[test]
    fn a_bed_is_named_to_everybody() {
        let told = said(Tier::Corridor, &alert("bed_dirty", "B-01"));
        let expected = json!({
            "type": "alert.escalated",
            "timestamp": "2026-01-02T02:14:20.000Z",
            "data": {
                "tenant": "demo", "site": "north", "ward": "MED-B",
                "alert": {
                    "key": "bed_dirty:MED-B:B-01:1767320000000", "revision": 3,
                    "rule": "bed_dirty", "subject": "B-01", "priority": "medium",
                    "state": "raised", "since_ms": 1_767_320_000_000_i64, "until_ms": 0,
                    "step": 2, "notify": "charge_nurse", "sound": true,
                    "acknowledged": false, "shelved_until_ms": 0, "suppressed": false,
                },
            },
        });
        assert_eq!(told, expected);
    }

    #[test]
    fn a_person_is_not_and_nor_is_what_somebody_typed() {
        for rule in ["request_waiting", "appointment_waiting", "rule_of_tomorrow"] {
            let alert = alert(rule, "visit-77");
            let told = said(Tier::Corridor, &alert);
            let text = told.to_string();
            assert!(
                !text.contains("visit-77") && !text.contains("17673200000"),
                "{text}"
            );
            let key = &told["data"]["alert"]["key"];
            assert_eq!(key.as_str().unwrap().len(), 24);
            assert_eq!(*key, said(Tier::Corridor, &alert)["data"]["alert"]["key"]);
            assert!(said(Tier::Staff, &alert).to_string().contains("visit-77"));
            for tier in [Tier::Corridor, Tier::Staff] {
                assert!(!said(tier, &alert).to_string().contains("Miller"));
            }
        }
    }

    #[test]
    fn what_it_is_now_is_one_word() {
        let raised = alert("bed_dirty", "B-01");
        let kind_of = |change: &dyn Fn(&mut Alert)| {
            let mut alert = raised.clone();
            change(&mut alert);
            kind(&alert)
        };
        assert_eq!(kind_of(&|a| a.revision = 0), "alert.raised");
        assert_eq!(
            kind_of(&|a| a.acknowledged_by = "ann".into()),
            "alert.acknowledged"
        );
        assert_eq!(kind_of(&|a| a.shelved_until_ms = 1), "alert.shelved");
        assert_eq!(
            kind_of(&|a| a.suppressed_by = "b".into()),
            "alert.suppressed"
        );
        assert_eq!(kind_of(&|a| a.step = 1), "alert.changed");
        let state = |state: AlertState| kind_of(&move |a: &mut Alert| a.state = state.into());
        assert_eq!(state(AlertState::Cleared), "alert.over");
        assert_eq!(state(AlertState::Latched), "alert.over");
        assert_eq!(state(AlertState::Withdrawn), "alert.withdrawn");
    }

    #[test]
    fn an_id_names_its_place_and_its_endpoint() {
        let seq = Seq { epoch: 7, index: 2 };
        assert_eq!(id("pager", 3, seq), "pager.3.7.2");
        assert_eq!(endpoint_of("pager.3.7.2"), Some("pager"));
        assert_eq!(endpoint_of("medaxis/v1"), None);
    }
}

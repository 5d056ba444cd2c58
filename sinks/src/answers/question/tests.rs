//! Questions that can be asked, and what is wrong with others.

use events::id::{SiteId, TenantId};

use super::*;

fn read(kind: Kind, query: &[(&str, &str)]) -> Result<Question, Vec<Fault>> {
    let site = Site {
        tenant: TenantId::new("demo").unwrap(),
        site: SiteId::new("north").unwrap(),
    };
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let query: Vec<_> = query.iter().map(own).collect();
    Question::read(kind, site, &query)
}

const FROM: (&str, &str) = ("from", "2026-01-02T14:00:00Z");
const TO: (&str, &str) = ("to", "2026-01-02T15:00:00+01:00");

#[test]
fn a_whole_question_is_read() {
    let to = ("to", "2026-01-02T14:00:01Z");
    let known = ("as_known_at", "2026-01-02T14:05:00Z");
    let ward = ("ward", "Ward 3");
    let question = read(
        Kind::Kpis,
        &[
            ward,
            ("kpi", "bed_turn"),
            ("resolution", "60"),
            FROM,
            to,
            known,
        ],
    );
    let question = question.unwrap();
    assert_eq!(question.wards, Some(vec!["Ward_x203".to_owned()]));
    assert_eq!(question.period.1 - question.period.0, 1_000);
    assert_eq!(question.known_at.unwrap().0 - question.period.0, 300_000);
}

#[test]
fn what_is_wrong_is_named() {
    let fields = |kind, query: &[(&str, &str)]| -> Vec<String> {
        let faults = read(kind, query).unwrap_err();
        faults.into_iter().map(|fault| fault.field).collect()
    };
    assert_eq!(fields(Kind::Kpis, &[]), ["from", "to"]);
    assert_eq!(
        fields(Kind::Kpis, &[FROM, TO]),
        ["to"],
        "14:00 is not after"
    );
    assert_eq!(
        fields(Kind::Alerts, &[FROM, ("to", "2026-02-03T00:00:00Z")]),
        ["to"]
    );
    assert_eq!(fields(Kind::Alerts, &[("from", "14:00"), TO]), ["from"]);
    assert_eq!(fields(Kind::Beds, &[FROM]), ["from"]);
    let twice = ("as_known_at", FROM.1);
    assert_eq!(fields(Kind::Beds, &[twice, twice]), ["as_known_at"]);
    for bad in [("as_known_at", "2200-01-01T00:00:00Z"), ("ward", "")] {
        assert_eq!(fields(Kind::Beds, &[bad]), [bad.0]);
    }
    for bad in [("kpi", "x' OR 1"), ("resolution", "61")] {
        let to = ("to", "2026-01-02T14:00:01Z");
        assert_eq!(fields(Kind::Kpis, &[FROM, to, bad]), [bad.0]);
    }
}

#[test]
fn the_limits_of_a_chart_are_those_of_its_days_or_of_both_times_that_are_given() {
    let to = ("to", "2026-02-15T00:00:00Z");
    let chart = |more: &[(&str, &str)]| read(Kind::Spc, &[&[FROM, to], more].concat());
    let question = chart(&[("stat", "p50")]).unwrap();
    assert_eq!(question.limits, question.period);
    let limits = [
        ("limits_from", "2025-01-01T00:00:00Z"),
        ("limits_to", "2025-01-02T00:00:00Z"),
    ];
    let question = chart(&limits).unwrap();
    assert_eq!(question.limits.1 - question.limits.0, DAY_MS);
    for (wrong, field) in [(limits[0], "limits_to"), (("stat", "mean"), "stat")] {
        assert_eq!(chart(&[wrong]).unwrap_err()[0].field, field);
    }
}

#[test]
fn a_proof_is_asked_for_by_its_period_of_a_day_at_most() {
    let read = |query: &[(&str, &str)]| {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        proof_period(&query.iter().map(own).collect::<Vec<_>>())
    };
    let (from, to) = read(&[FROM, ("to", "2026-01-03T14:00:00Z")]).unwrap();
    assert_eq!(to - from, DAY_MS);
    let faults = read(&[FROM, ("to", "2026-01-03T14:00:00.001Z"), ("ward", "A")]);
    let fields: Vec<_> = faults
        .unwrap_err()
        .into_iter()
        .map(|fault| fault.field)
        .collect();
    assert_eq!(fields, ["ward", "to"]);
}

//! A fact that was told is known again.

use super::*;
use crate::fhir::seen::{claim, receipts_of, request_receipt};
use crate::http::idempotency::Idempotency;
use events::fact::Told;

fn said(locations: Json) -> Said {
    read(&encounter("in-progress", json!({ "location": locations }))).unwrap()
}

/// How many of its facts are new.
fn new(known: &mut Idempotency, said: &Said) -> Option<usize> {
    let facts: Vec<_> = said.facts.iter().collect();
    let claimed = claim(known, &site(), &facts, NOW)?;
    claimed.remember(known, NOW);
    Some(claimed.new.len())
}

#[test]
fn of_a_later_version_only_what_is_new_is_told() {
    let mut known = Idempotency::default();
    let first = said(json!([at("A^1^9", "01:00")]));
    assert_eq!(new(&mut known, &first), Some(1));
    assert_eq!(new(&mut known, &first), Some(0));
    let moved = said(json!([at("A^1^9", "01:00"), at("B^2^3", "02:00")]));
    assert_eq!(new(&mut known, &moved), Some(1));
    let elsewhere = said(json!([at("A^1^8", "01:00")]));
    assert_eq!(new(&mut known, &elsewhere), Some(1), "another place");
    assert_eq!(new(&mut known, &Said::default()), Some(0));
}

#[test]
fn what_another_request_is_telling_is_waited_for_and_free_when_that_fails() {
    let mut known = Idempotency::default();
    let first = said(json!([at("A^1^9", "01:00")]));
    let facts: Vec<_> = first.facts.iter().collect();
    let claimed = claim(&mut known, &site(), &facts, NOW).unwrap();
    let moved = said(json!([at("C", "00:30"), at("A^1^9", "01:00")]));
    assert_eq!(new(&mut known, &moved), None);
    claimed.release(&mut known);
    assert_eq!(new(&mut known, &moved), Some(2), "nothing of it was kept");
}

#[test]
fn the_log_says_what_was_told_also_by_a_clock_that_is_ahead() {
    let on_time = said(json!([at("A^1^9", "01:00")]));
    let ahead = said(json!([at("A^1^9", "04:00")]));
    for said in [on_time, ahead] {
        let facts: Vec<_> = said.facts.iter().collect();
        let told = Told {
            site: site(),
            source: SOURCE.to_owned(),
            facts: said.facts.iter().map(|said| said.fact.clone()).collect(),
            receipt: Some(request_receipt(&site(), &facts)),
        };
        let mut known = Idempotency::default();
        for receipt in receipts_of(&told) {
            known.remember(&receipt, NOW, 1);
        }
        assert_eq!(new(&mut known, &said), Some(0));
        let other_way = Told {
            source: "http".to_owned(),
            ..told
        };
        assert_eq!(receipts_of(&other_way), []);
    }
}

//! Commands over real sockets: what is refused at the door, and that it disturbs nobody.

use std::io::Write as _;
use std::sync::Arc;

use axum::Extension;
use events::access::{Grant, Label, Role, Sites, Tier, Wards};
use events::fact::What;
use events::id::{TenantId, WardId};
use ingest::http::Api;

use crate::server::{Answer, Server, answer, serve_for, told_on};
use crate::support::{Cluster, cluster, eventually};

const COMMANDS: &str = "/v1/demo/north/commands";

fn grant(label: &str, wards: Wards) -> Extension<Arc<Grant>> {
    Extension(Arc::new(Grant {
        tenant: TenantId::new("demo").unwrap(),
        sites: Sites::All,
        role: Role::ChargeNurse,
        tier: Tier::Staff,
        wards,
        label: Label::new(label).unwrap(),
        device: None,
    }))
}

fn nurse(cluster: &Cluster, change: impl FnOnce(Api) -> Api) -> Server {
    serve_for(&cluster.config, grant("Ann", Wards::All), change)
}

/// Bed b1 of a ward is dirty.
fn tap(number: u32, ward: &str) -> String {
    format!(
        r#"{{"id":"00000000-0000-4000-8000-{number:012}","age_ms":0,
            "tap":{{"ward":"{ward}","bed":"b1","is":"dirty"}}}}"#
    )
}

/// How many commands the log holds.
fn kept(cluster: &Cluster) -> usize {
    let told = told_on(&cluster.config);
    let facts = told.iter().flat_map(|told| &told.facts);
    facts
        .filter(|fact| matches!(fact.what, What::Command(_)))
        .count()
}

fn is_refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(answer.body.contains(code), "{}", answer.body);
}

/// What is answered to 10 MiB, which are sent for as long as the server takes them.
fn large(server: &Server) -> Answer {
    let length = 10 * 1024 * 1024;
    let head = format!(
        "POST {COMMANDS} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    let mut stream = server.open(&head);
    let piece = [b' '; 16 * 1024];
    for _ in 0..length / piece.len() {
        if stream.write_all(&piece).is_err() {
            break;
        }
    }
    answer(stream)
}

#[test]
fn what_is_no_command_is_refused_and_a_repeated_one_is_kept_once() {
    let cluster = cluster();
    let server = nurse(&cluster, |api| api);
    for body in ["", "{", "[]x", "Jane Doe, born 1950"] {
        let answer = server.post(COMMANDS, None, body);
        is_refused(&answer, 400, "not-json");
        assert!(!answer.body.contains("Jane"), "{}", answer.body);
    }
    is_refused(&large(&server), 413, "body-too-large");
    is_refused(&server.post(COMMANDS, None, "{}"), 422, "errors");
    for _ in 0..3 {
        assert_eq!(server.post(COMMANDS, None, &tap(1, "a")).status, 202);
    }
    is_refused(
        &server.post(COMMANDS, None, &tap(1, "b")),
        422,
        "key-reused",
    );
    assert_eq!(kept(&cluster), 1);
}

#[test]
fn a_flood_of_one_person_is_refused_and_another_is_served() {
    let cluster = cluster();
    let server = nurse(&cluster, |api| api);
    let mut number = 0;
    let mut flood = || {
        number += 1;
        server.post(COMMANDS, None, &tap(number, "a"))
    };
    let mut taken = 0;
    let refused = loop {
        let answer = flood();
        if answer.status != 202 {
            break answer;
        }
        taken += 1;
        assert!(taken < 1_000, "it has no end");
    };
    assert!(taken >= 20, "a burst is taken: {taken}");
    is_refused(&refused, 429, "too-fast");
    assert!(refused.head.contains("retry-after"), "{}", refused.head);
    let bob = server.beside(grant("Bob", Wards::All));
    assert_eq!(bob.post(COMMANDS, None, &tap(5_000, "a")).status, 202);
    eventually("Ann is served again", || flood().status == 202);
}

#[test]
fn what_is_not_there_and_what_a_token_does_not_see_are_refused_alike() {
    let cluster = cluster();
    let server = nurse(&cluster, |api| {
        api.without(Arc::new(|site, ward| {
            site.site.as_str() != "north" || ward.is_some_and(|ward| ward.as_str() != "a")
        }))
    });
    let wards = Wards::These([WardId::new("b").unwrap()].into());
    let of_b = server.beside(grant("Carl", wards));
    let nowhere = server.post("/v1/demo/nowhere/commands", None, &tap(1, "a"));
    is_refused(&nowhere, 404, "site-unknown");
    for refused in [
        server.post(COMMANDS, None, &tap(2, "nowhere")),
        server.post("/v1/other/north/commands", None, &tap(3, "a")),
        of_b.post(COMMANDS, None, &tap(4, "a")),
    ] {
        assert_eq!((refused.status, &refused.body), (404, &nowhere.body));
    }
    assert_eq!(kept(&cluster), 0);
    assert_eq!(server.post(COMMANDS, None, &tap(5, "a")).status, 202);
    assert_eq!(kept(&cluster), 1);
}

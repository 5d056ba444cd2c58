//! Against Apache Kafka over TLS with a password: what a mock cluster can't show.

use std::sync::Arc;

use events::topic::KafkaTopic;
use harness::Login;
use harness::certificates::Certificates;
use harness::kafka::{Access, start};
use ingest::Pseudonyms;
use ingest::http::Api;
use ingest::http::idempotency::receipt;
use ingest::http::recall;
use ingest::kafka::{self, Config, Error, Mechanism, create_topics, wait};
use ingest::kafka_look::Look;
use ingest::kafka_writer::{Outgoing, Writer};
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::support::{Folder, NOW, clock, tenants, visit};

#[test]
fn topics_are_created_and_requests_recalled_over_tls_with_a_password() {
    let folder = Folder::new("apache");
    let certificates = Certificates::generate(folder.path()).unwrap();
    let authority = certificates.authority.clone();
    let password_file = folder.path().join("password");
    std::fs::write(&password_file, "horse-staple\n").unwrap();
    let login = Login::new("medaxis", "horse-staple");
    let server = start(Access::Tls(login, certificates)).unwrap();
    let config = Config {
        ca_file: Some(authority),
        login: Some(kafka::Login {
            user: "medaxis".to_owned(),
            password_file,
            mechanism: Mechanism::Plain,
        }),
        ..Config::new(server.address().to_string(), "tls.")
    };
    let (_stop, stopped) = watch::channel(false);
    wait(&config, &stopped).unwrap();

    let runtime = Runtime::new().unwrap();
    runtime.block_on(create_topics(&config)).unwrap();
    runtime
        .block_on(create_topics(&config))
        .expect("a second time changes nothing");
    let other = Config {
        lanes: 3,
        ..config.clone()
    };
    let error = runtime.block_on(create_topics(&other)).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Lanes {
                found: 4,
                expected: 3,
                ..
            }
        ),
        "{error}"
    );

    let writer = Writer::new(&config).unwrap();
    let told = visit(Some(receipt("/v1/demo/north/visits", b"k1", b"body")));
    let record = Outgoing {
        topic: KafkaTopic::Facts,
        lane: 2,
        key: None,
        value: events::wire::encode_facts(&told),
    };
    let delivery = writer.send_blocking(record).unwrap();
    assert_eq!(delivery.wait_blocking(), Ok(()));
    let look = Look::new(&config).unwrap();
    assert_eq!(look.watermarks(KafkaTopic::Facts, 2).unwrap(), (0, 1));
    let pseudonyms = Pseudonyms::new(&[7; 32]);
    let recalled = |since_ms| {
        let (pseudonyms, writer) = (pseudonyms.clone(), writer.clone());
        let api = Api::new(tenants(), 4, pseudonyms, writer, clock(), Arc::default());
        recall::run(&api.with_a_past(), &config, since_ms, &stopped).unwrap()
    };
    assert_eq!(recalled(NOW.0), 1);
    let far_ahead = 4_102_444_800_000; // 2100
    assert_eq!(recalled(far_ahead), 0);
}

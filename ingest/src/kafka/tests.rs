//! What the configuration becomes, and what is refused.

use super::*;

#[test]
fn control_has_one_lane_and_the_rest_as_configured() {
    let config = Config::new("localhost:1", "t.");
    let lanes = |name: &str| {
        let topics = config.topics();
        topics.iter().find(|(topic, _)| topic == name).unwrap().1
    };
    assert_eq!(lanes("t.control"), 1);
    assert_eq!(lanes("t.signals"), 4);
    assert_eq!(config.input_lanes().len(), 9);
}

#[test]
fn a_record_is_waited_for_at_least_five_minutes() {
    let producer = Config::new("localhost:1", "").producer().unwrap();
    let timeout = producer.get("delivery.timeout.ms").unwrap();
    assert!(timeout.parse::<u64>().unwrap() >= 300_000, "{timeout}");
}

#[test]
fn a_file_that_is_no_certificate_is_refused() {
    let file = std::env::temp_dir().join(format!("medaxis-ca-{}", std::process::id()));
    std::fs::write(&file, "no certificate\n").unwrap();
    let config = Config {
        ca_file: Some(file.clone()),
        ..Config::new("localhost:1", "")
    };
    let checked = config.check();
    std::fs::remove_file(file).unwrap();
    assert!(checked.is_err());
    Config::new("localhost:1", "").check().unwrap();
}

#[test]
fn a_missing_file_is_named() {
    let config = Config {
        ca_file: Some("/nowhere/ca.pem".into()),
        ..Config::new("localhost:1", "")
    };
    let error = config.producer().unwrap_err().to_string();
    assert!(
        error.starts_with("file /nowhere/ca.pem can't be read"),
        "{error}"
    );
}

#[test]
fn a_password_stays_in_its_file() {
    let folder = std::env::temp_dir().join(format!("medaxis-kafka-{}", std::process::id()));
    std::fs::write(&folder, "secret\n").unwrap();
    let config = Config {
        login: Some(Login {
            user: "medaxis".to_owned(),
            password_file: folder.clone(),
            mechanism: Mechanism::ScramSha512,
        }),
        ..Config::new("localhost:1", "")
    };
    let client = config.producer().unwrap();
    std::fs::remove_file(folder).unwrap();
    assert_eq!(client.get("sasl.password"), Some("secret"));
    assert_eq!(client.get("security.protocol"), Some("sasl_plaintext"));
    assert!(!format!("{config:?}").contains("secret"));
}

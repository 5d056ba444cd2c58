//! Whole demos that judge themselves: every KPI row and alert against the naive
//! definitions, with nothing wrong and with everything wrong, over real servers
//! and over the embedded ones.

use harness::{kafka, mosquitto};
use serde_json::{Value, json};

use crate::program::Demo;

/// A quarter of an hour in a quarter of a minute.
const SHORT: [&str; 6] = ["--for", "15s", "--speed", "60", "--report", "json"];

/// A demo over a Kafka and a Mosquitto of its own.
fn over_real_servers(args: &[&str]) -> Value {
    let kafka = kafka::start(kafka::Access::Open).unwrap();
    let mosquitto = mosquitto::start(mosquitto::Access::Open, &[]).unwrap();
    let (kafka, mqtt) = (kafka.address().to_string(), mosquitto.address().to_string());
    let servers = ["--history-hours", "2", "--kafka", &kafka, "--mqtt", &mqtt];
    Demo::start(&[&servers[..], &SHORT, args].concat()).report()
}

#[track_caller]
fn check(report: &Value) {
    assert_eq!(report["dead_letters"], json!({}), "{report:#}");
    for number in ["readings", "facts", "kpi_rows", "alerts"] {
        assert!(
            report[number].as_u64().unwrap() > 0,
            "{number} in {report:#}"
        );
    }
}

#[test]
fn a_demo_over_real_servers_is_right() {
    let report = over_real_servers(&[]);
    check(&report);
    // Housekeepers tap beds dirty that ADT still has as occupied; nothing is late.
    let mut set_aside = report["late"].as_object().unwrap().keys();
    assert!(
        set_aside.all(|reason| reason == "refused_bed_state"),
        "{report:#}"
    );
}

#[test]
fn a_demo_over_real_servers_is_right_when_everything_goes_wrong() {
    let report = over_real_servers(&["--faults", "all"]);
    check(&report);
    assert!(report["duplicates"].as_u64().unwrap() > 0, "{report:#}");
}

/// With the day before it, which is more than the embedded Kafka keeps.
#[test]
fn a_demo_on_embedded_parts_is_right_when_messages_come_twice_late_and_out_of_order() {
    let faults = ["--faults", "repeat=0.3,reorder,delay,reboot"];
    let report = Demo::start(&[&SHORT[..], &faults].concat()).report();
    check(&report);
    assert!(report["duplicates"].as_u64().unwrap() > 0, "{report:#}");
}

//! The JSON of each frame, to the letter.

use events::output::{AlertPriority, AlertState, Cleanliness};
use events::proto::{OccupancySourceView, Place};
use expect_test::{expect, expect_file};

use super::*;

fn written() -> Delta {
    Delta {
        prev: Seq { epoch: 7, index: 2 },
        seq: Seq { epoch: 9, index: 1 },
        as_of_ms: 180,
        wards: vec![WardView {
            ward: "a".to_owned(),
            label: "Ward A".to_owned(),
            source: OccupancySourceView::Both.into(),
            staffed: 12,
            coming: vec![Coming {
                visit: "v2".to_owned(),
                requested_ms: 150,
                ..Default::default()
            }],
            staff: vec![OnShift {
                role: "nurse".to_owned(),
                count: 3,
            }],
            ..Default::default()
        }],
        beds: vec![BedView {
            place: Some(Place {
                ward: "a".to_owned(),
                room: "-".to_owned(),
                bed: Some("b1".to_owned()),
            }),
            cleanliness: Cleanliness::Cleaning.into(),
            ..Default::default()
        }],
        alerts: vec![Alert {
            tenant: "not told".to_owned(),
            id: "a1".to_owned(),
            priority: AlertPriority::High.into(),
            state: AlertState::Raised.into(),
            since_ms: 160,
            ..Default::default()
        }],
        kpis: vec![KpiValue {
            ward: "-".to_owned(),
            kpi: "occupancy".to_owned(),
            stat: "value".to_owned(),
            resolution_s: 60,
            numerator: 5,
            denominator: 6,
            ..Default::default()
        }],
    }
}

#[test]
fn a_delta_is_written_as_boards_expect_it() {
    let frame: serde_json::Value = serde_json::from_str(delta(&written()).as_str()).unwrap();
    let pretty = serde_json::to_string_pretty(&frame).unwrap() + "\n";
    expect_file!["delta.json"].assert_eq(&pretty);
}

#[test]
fn hello_and_heartbeat_are_written_as_boards_expect_them() {
    let hello = hello("0.1.0", 5, 60.0, None);
    expect![[r#"{"type":"hello","build":"0.1.0","cell_ms":5,"speed":60.0,"warning":null}"#]]
        .assert_eq(hello.as_str());
    let sources = BTreeMap::from([("kafka", SourceState::Live), ("mqtt", SourceState::Lost)]);
    let heartbeat = heartbeat(5, 4, &sources);
    expect![[
        r#"{"type":"heartbeat","cell_ms":5,"as_of_ms":4,"sources":{"kafka":"live","mqtt":"lost"}}"#
    ]]
    .assert_eq(heartbeat.as_str());
}

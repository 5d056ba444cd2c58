//! The JSON of each frame, to the letter.

use events::access::{Grant, Label, Role, Sites, Wards};
use events::id::{TenantId, WardId};
use events::output::{
    Alert, AlertPriority, AlertState, BedClock, BedConflict, BedView, BoardChange, Change,
    Cleanliness, Coming, CommandView, Confidence, Leaving, OnShift, Output, SilenceView, SiteView,
    SourceLevel, SourceView, Waiting, WardView,
};
use events::proto::{OccupancySourceView, Place};
use expect_test::{expect, expect_file};

use super::*;
use crate::board::{ALERTS_MAX, BEDS_MAX, Board, KPIS_MAX, WARDS_MAX};
use crate::source::SourceState;
use crate::websocket::FRAME_MAX;

/// The view of a grant of a tier, of some wards or all.
fn view(tier: Tier, wards: Wards) -> View {
    View::of(&Grant {
        tenant: TenantId::new("demo").unwrap(),
        sites: Sites::All,
        role: Role::Kiosk,
        tier,
        wards,
        label: Label::new("somebody").unwrap(),
        device: None,
    })
}

fn staff() -> View {
    view(Tier::Staff, Wards::All)
}

fn site() -> SiteView {
    SiteView {
        label: "North".to_owned(),
        time_zone: "Europe/Vienna".to_owned(),
        silent: vec![SourceView {
            source: "hl7:ADT".to_owned(),
            feed: "visits".to_owned(),
            level: SourceLevel::Stale.into(),
            heard_ms: 90,
        }],
        silences: vec![SilenceView {
            id: "0192f7a0-3c4d-7abc-8def-00123456789a".to_owned(),
            ward: "a".to_owned(),
            rule: "bed_dirty".to_owned(),
            subject: "b2".to_owned(),
            since_ms: 100,
            until_ms: 1_900,
            by: "Ann".to_owned(),
            reason: "the sluice is closed".to_owned(),
        }],
    }
}

fn written() -> Delta {
    Delta {
        prev: Seq { epoch: 7, index: 2 },
        seq: Seq { epoch: 9, index: 1 },
        as_of_ms: 180,
        site: Some(site()),
        gone: vec![("a".to_owned(), "b2".to_owned())],
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
            adt: Some(BedClock {
                occupied: true,
                since_ms: 100,
            }),
            sensor: Some(BedClock {
                occupied: false,
                since_ms: 120,
            }),
            confidence: Confidence::Disputed.into(),
            conflict: Some(BedConflict {
                since_ms: 120,
                sensor: true,
                ..Default::default()
            }),
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
        commands: std::collections::VecDeque::new(),
        kpis: vec![KpiValue {
            ward: "-".to_owned(),
            kpi: "occupancy".to_owned(),
            stat: "value".to_owned(),
            resolution_s: 60,
            numerator: 5,
            denominator: 6,
            coverage_ppm: Some(750_000),
            lower: Some(4),
            upper: Some(6),
            ..Default::default()
        }],
    }
}

#[test]
fn a_delta_is_written_as_boards_expect_it() {
    let frame: serde_json::Value = serde_json::from_str(
        delta(&written(), Seq { epoch: 7, index: 2 }, &staff())
            .unwrap()
            .as_str(),
    )
    .unwrap();
    let pretty = serde_json::to_string_pretty(&frame).unwrap() + "\n";
    expect_file!["delta.json"].assert_eq(&pretty);
}

#[test]
fn hello_and_heartbeat_are_written_as_boards_expect_them() {
    let hello = hello("0.1.0", 5, 60.0, Tier::Staff, None);
    expect![[
        r#"{"type":"hello","build":"0.1.0","cell_ms":5,"speed":60.0,"tier":"staff","warning":null}"#
    ]]
    .assert_eq(hello.as_str());
    let source = |state, since_ms, behind_ms| Source {
        state,
        since_ms,
        behind_ms,
    };
    let sources = BTreeMap::from([
        ("kafka", source(SourceState::Late, 3, 2)),
        ("mqtt", source(SourceState::Lost, 1, 0)),
    ]);
    let heartbeat = heartbeat(5, 4, &sources, true, false);
    expect![[
        r#"{"type":"heartbeat","cell_ms":5,"as_of_ms":4,"sources":{"kafka":{"state":"late","since_ms":3,"behind_ms":2},"mqtt":{"state":"lost","since_ms":1,"behind_ms":0}},"full":true,"determinism_violation":false}"#
    ]]
    .assert_eq(heartbeat.as_str());
}

/// As they are told, as JSON.
fn told(delta: &Delta, view: &View) -> serde_json::Value {
    let frame = super::delta(delta, Seq { epoch: 7, index: 2 }, view).unwrap();
    serde_json::from_str(frame.as_str()).unwrap()
}

/// A change in which everything that is about a person says `SECRET` or 4711.
fn personal() -> Delta {
    let mut delta = written();
    let secret = || "SECRET".to_owned();
    delta.wards[0].occupied = 4;
    delta.wards[0].physical = 12;
    delta.wards[0].coming[0].visit = secret();
    delta.wards[0].coming[0].requested_ms = 4711;
    delta.wards[0].leaving.push(Leaving {
        visit: secret(),
        bed: "b1".to_owned(),
        ready_ms: 4711,
        expected_ms: 4711,
    });
    delta.wards[0].waiting.push(Waiting {
        stage: "decision".to_owned(),
        count: 2,
        longest_since_ms: 4711,
    });
    let bed = &mut delta.beds[0];
    bed.visit = secret();
    bed.reserved_for = secret();
    bed.block_reason = secret();
    bed.occupied_since_ms = 4711;
    bed.ready_to_leave_ms = 4711;
    bed.expected_discharge_ms = 4711;
    if let Some(silence) = delta
        .site
        .as_mut()
        .and_then(|site| site.silences.first_mut())
    {
        silence.subject = secret();
        silence.by = secret();
        silence.reason = secret();
    }
    delta.alerts[0].ward = "a".to_owned();
    delta.alerts[0].id = "boarding:a:SECRET:1".to_owned();
    delta.alerts[0].subject = secret();
    delta
}

#[test]
fn frames_are_what_the_description_says() {
    let mut delta = personal();
    delta.commands.push_back(CommandView {
        command: "c1".to_owned(),
        kind: "acknowledge".to_owned(),
        ..CommandView::default()
    });
    for tier in [Tier::Staff, Tier::Corridor, Tier::Public] {
        let mut frame = told(&delta, &view(tier, Wards::All));
        schema::check_frame(tier.name(), &frame).unwrap();
        frame["wards"][0]["surname"] = "SECRET".into();
        let wrong = schema::check_frame(tier.name(), &frame);
        assert!(wrong.unwrap_err().contains(".wards.surname"));
    }
    let golden = serde_json::from_str(include_str!("delta.json")).unwrap();
    schema::check_frame("staff", &golden).unwrap();
    // A frame of one tier is none of another.
    schema::check_frame("corridor", &golden).unwrap_err();
}

#[test]
fn from_a_corridor_beds_are_seen_and_nobody_in_them() {
    let (delta, view) = (personal(), view(Tier::Corridor, Wards::All));
    let staff = told(&delta, &staff()).to_string();
    assert!(staff.contains("SECRET") && staff.contains("4711"));
    let frame = told(&delta, &view);
    let text = frame.to_string();
    assert!(!text.contains("SECRET") && !text.contains("4711"), "{text}");
    let bed = &frame["beds"][0];
    assert_eq!(
        (&bed["place"]["bed"], &bed["reserved"], &bed["leaving"]),
        (&"b1".into(), &true.into(), &true.into())
    );
    assert_eq!(frame["alerts"][0]["state"], "raised");
    assert_eq!(frame["wards"][0]["coming_count"], 1);
    assert_eq!(frame["silences"][0]["until_ms"], 1_900);
    // It is cleared by the same id.
    assert_eq!(
        frame["alerts"][0]["id"],
        told(&delta, &view)["alerts"][0]["id"]
    );
}

#[test]
fn everybody_sees_how_full_wards_are_and_no_small_number() {
    let frame = told(&personal(), &view(Tier::Public, Wards::All));
    expect![[r#"{"as_of_ms":180,"gone":[],"prev":[7,2],"seq":[9,1],"site":{"label":"North","silent":[],"time_zone":"Europe/Vienna"},"type":"delta","wards":[{"free":0,"heard_ms":0,"label":"Ward A","occupied":"<5","physical":12,"ward":"a"}]}"#]]
    .assert_eq(&frame.to_string());
}

#[test]
fn small_is_from_one_to_four() {
    let shown = |occupied: u32| {
        let mut delta = personal();
        delta.wards[0].occupied = occupied;
        told(&delta, &view(Tier::Public, Wards::All))["wards"][0]["occupied"].clone()
    };
    let [none, one, four, five] = [0, 1, 4, 5].map(shown);
    assert_eq!((none, five), (0.into(), 5.into()));
    assert_eq!((one, four), ("<5".into(), "<5".into()));
}

#[test]
fn a_view_of_some_wards_is_told_of_these_only() {
    let of = |ward: &str| {
        view(
            Tier::Staff,
            Wards::These([WardId::new(ward).unwrap()].into()),
        )
    };
    let mut delta = personal();
    let seen = told(&delta, &of("a"));
    let counts = |frame: &serde_json::Value| {
        ["wards", "beds", "gone", "alerts", "kpis", "silences"]
            .map(|what| frame[what].as_array().unwrap().len())
    };
    // The KPI is of the whole site.
    assert_eq!(counts(&seen), [1, 1, 1, 1, 0, 1]);
    assert_eq!(counts(&told(&delta, &staff())), [1, 1, 1, 1, 1, 1]);
    assert_eq!(counts(&told(&delta, &of("b"))), [0, 0, 0, 0, 0, 0]);
    // Where nothing is left, nothing is told.
    delta.site = None;
    let prev = delta.prev;
    assert!(super::delta(&delta, prev, &of("b")).is_none());
    assert!(super::delta(&delta, prev, &of("a")).is_some());
    delta.wards.clear();
    delta.gone.clear();
    assert!(super::delta(&delta, prev, &view(Tier::Public, Wards::All)).is_none());
}

/// Names as long as ids may be.
fn long(number: usize) -> String {
    format!("{number:064}")
}

/// A bed that has as much to say as one can.
fn longest_bed(number: usize) -> BedView {
    let longest = Some(BedClock {
        occupied: false,
        since_ms: i64::MAX,
    });
    BedView {
        place: Some(Place {
            ward: long(number % WARDS_MAX),
            room: long(0),
            bed: Some(long(number)),
        }),
        label: long(number),
        visit: long(number),
        occupied_since_ms: i64::MAX,
        heard_ms: i64::MAX,
        adt: longest,
        staff: longest,
        sensor: longest,
        confidence: Confidence::Disputed.into(),
        conflict: Some(BedConflict {
            since_ms: i64::MAX,
            adt: true,
            staff: true,
            sensor: true,
        }),
        ..Default::default()
    }
}

#[test]
fn the_snapshot_of_a_full_site_fits_a_frame() {
    let mut board = Board::new(1);
    let mut epoch = 0;
    let mut change = |change| {
        epoch += 1;
        let change = Output::Board(BoardChange {
            epoch,
            tenant: "demo".to_owned(),
            site: "north".to_owned(),
            change: Some(change),
            ..Default::default()
        });
        board.show(change);
    };
    for number in 0..BEDS_MAX {
        change(Change::Bed(longest_bed(number)));
    }
    for number in 0..WARDS_MAX {
        change(Change::Ward(WardView {
            ward: long(number),
            label: long(number),
            ..Default::default()
        }));
    }
    for number in 0..KPIS_MAX {
        let kpi = Output::Kpi(KpiValue {
            epoch: number as u64 + 1,
            tenant: "demo".to_owned(),
            site: "north".to_owned(),
            ward: long(number),
            kpi: "waiting_departure_minutes".to_owned(),
            stat: "missing".to_owned(),
            window_ms: i64::MAX,
            coverage_ppm: Some(999_999),
            lower: Some(i64::MAX),
            upper: Some(i64::MAX),
            ..Default::default()
        });
        board.show(kpi);
    }
    for number in 0..ALERTS_MAX {
        let alert = Output::Alert(Alert {
            epoch: number as u64 + 1,
            tenant: "demo".to_owned(),
            site: "north".to_owned(),
            ward: long(number),
            id: long(number).repeat(4),
            subject: long(number),
            state: AlertState::Raised.into(),
            ..Default::default()
        });
        board.show(alert);
    }
    board.flush();
    let (_, site) = board.sites().next().unwrap();
    assert!(!site.is_full);
    let bytes = snapshot(site, "s", site.seq, &staff()).as_str().len();
    assert!(bytes < FRAME_MAX, "{bytes}");
}

//! Bytes that were written once must be read for ever: whoever breaks one of
//! these has broken every log in the field. Only add to this file.

use events::control::Setting;
use events::fact::{BedTap, What};
use events::output::{
    Alert, AlertState, BoardChange, Change, DeadLetter, EpochEnd, Folded, KpiValue, Late,
    OutputRecord,
};
use events::time::CellTime;
use events::topic::KafkaTopic;
use events::wire::{self, Record, Tick};

const TICK: &str = "010a0e0881dcc9cd8e0310a0c6f0f9ba5f";
const FRAME: &str = "0112490a1864656d6f2f6e6f7274682f612f72312f62312f7061642d3110c8c1f0f9ba5f1a020000220207072a022a2b3204c701c7013a020000420201014a020200520498dd08015a020000";
const FACTS: &str = "0112390a0464656d6f12056e6f7274681a04687474702224080a100c18016a1c0a100a016112012d1a084265645f7832303910031a06726570616972";
const CONTROL: &str =
    "0112250a0464656d6f12056e6f7274685a1612096265645f64697274791a076d696e75746573205a";
const KPI: &str = "01080310011a0464656d6f22056e6f7274682a016132096f63637570616e63793a0576616c7565403c48c0a9075002587a60a8016880d30e";
const ALERT: &str = "01080310011a0464656d6f22056e6f7274682a016132106265645f64697274793a613a62313a313a096265645f64697274794202623148025002580260126814";
const BOARD: &str = "01080310011a0464656d6f22056e6f72746828125209120262312801980101";
const BOARD_SITE: &str =
    "01080310011a0464656d6f22056e6f727468281262160a054e6f727468120d4575726f70652f5669656e6e61";
const BOARD_GONE: &str = "01080310011a0464656d6f22056e6f72746828126a070a016112026231";
const MASTER: &str =
    "0112250a0464656d6f12056e6f727468521612054e6f7274681a0d4575726f70652f5669656e6e61";
const LATE: &str = "01080310011a0464656d6f22056e6f7274682a0566616374733001384d400a4a0e6265796f6e645f686f72697a6f6e";
const EPOCH_END: &str = "01fa070d080310021908070605040302f1";
const FOLDED: &str = "01f20705080310d00f";
const DEAD_LETTER: &str = "010a0464656d6f12046d7174741a0c6d6564617869732f76312f7822086e6f745f6a736f6e2a086e6f74204a534f4e3203010203380342200000000000000000000000000000000000000000000000000000000000000000480a";

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex
        .bytes()
        .map(|digit| char::from(digit).to_digit(16).expect("a digit") as u8)
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

#[test]
fn a_tick() {
    let tick = Record::Tick(Tick {
        epoch: 107_000_000_001,
        at: CellTime(1_640_000_000_400),
    });
    assert_eq!(wire::decode_control(&bytes(TICK)).unwrap(), tick);
}

#[test]
fn a_frame() {
    let Record::Data(frame) = wire::decode_signals(&bytes(FRAME)).unwrap() else {
        panic!("a frame was written");
    };
    let readings: Vec<_> = wire::readings(&frame).collect();
    assert_eq!(frame.sources, ["demo/north/a/r1/b1/pad-1"]);
    assert_eq!(
        (readings[0].1.boot, readings[0].1.seq, readings[0].1.at.0),
        (7, 42, 1_640_000_000_000)
    );
    assert_eq!(readings[0].1.value.extra, Some(71_500));
    assert_eq!(
        (
            readings[1].1.seq,
            readings[1].1.value.value,
            readings[1].1.value.extra
        ),
        (43, 0, None)
    );
}

#[test]
fn facts() {
    let Record::Data(told) = wire::decode_facts(&bytes(FACTS)).unwrap() else {
        panic!("facts were written");
    };
    assert_eq!(
        (
            told.site.tenant.as_str(),
            told.source.as_str(),
            told.facts.len()
        ),
        ("demo", "http", 1)
    );
    let What::Bed { place, tap } = &told.facts[0].what else {
        panic!("a tap was written");
    };
    assert_eq!(
        place.bed.as_ref().map(|bed| bed.label()),
        Some("Bed 9".to_owned())
    );
    assert!(matches!(tap, BedTap::Blocked { reason, .. } if reason == "repair"));
}

#[test]
fn control() {
    let Record::Data(control) = wire::decode_control(&bytes(CONTROL)).unwrap() else {
        panic!("a threshold was written");
    };
    assert_eq!(control.site.site.as_str(), "north");
}

#[test]
fn outputs() {
    let kpi: KpiValue = wire::decode(&bytes(KPI)).unwrap();
    assert_eq!(
        (
            kpi.kpi.as_str(),
            kpi.revision,
            kpi.numerator,
            kpi.denominator
        ),
        ("occupancy", 2, 61, 84)
    );
    let alert: Alert = wire::decode(&bytes(ALERT)).unwrap();
    assert_eq!(
        (alert.state(), alert.until_ms),
        (AlertState::Cleared, Some(9))
    );
    let change: BoardChange = wire::decode(&bytes(BOARD)).unwrap();
    assert!(
        matches!(change.change, Some(Change::Bed(bed)) if bed.occupied && bed.visits_in_bed == 1)
    );
    let late: Late = wire::decode(&bytes(LATE)).unwrap();
    assert_eq!((late.offset, late.reason.as_str()), (77, "beyond_horizon"));
    let letter: DeadLetter = wire::decode(&bytes(DEAD_LETTER)).unwrap();
    assert_eq!((letter.reason.as_str(), letter.length), ("not_json", 3));
}

#[test]
fn an_output_topic_holds_outputs_ends_of_epochs_and_how_far_it_is_folded() {
    for (topic, hex) in [
        (KafkaTopic::Alerts, ALERT),
        (KafkaTopic::Board, BOARD),
        (KafkaTopic::Kpis, KPI),
        (KafkaTopic::Late, LATE),
    ] {
        let Some(OutputRecord::Output(output)) = wire::decode_output(topic, &bytes(hex)).unwrap()
        else {
            panic!("an output was written");
        };
        assert_eq!((output.topic(), output.placed()), (topic, (3, 1)));
        assert_eq!(wire::encode_output(&output), bytes(hex));
        let end = EpochEnd {
            epoch: 3,
            count: 2,
            hash: 0xf102_0304_0506_0708,
        };
        let record = wire::decode_output(topic, &bytes(EPOCH_END)).unwrap();
        assert_eq!(record, Some(OutputRecord::EpochEnd(end)));
        assert_eq!(wire::encode_epoch_end(end), bytes(EPOCH_END));
        let folded = Folded {
            epoch: 3,
            as_of_ms: 1_000,
        };
        let record = wire::decode_output(topic, &bytes(FOLDED)).unwrap();
        assert_eq!(record, Some(OutputRecord::Folded(folded)));
        assert_eq!(wire::encode_folded(folded), bytes(FOLDED));
    }
    // Who reads it as an output sees one at the place before all others.
    for hex in [EPOCH_END, FOLDED] {
        let kpi: KpiValue = wire::decode(&bytes(hex)).unwrap();
        assert_eq!(kpi, KpiValue::default());
    }
}

/// Whoever compares what was said before with what is said now needs the same hash.
#[test]
fn the_hash_of_an_epoch_stays_as_it_is() {
    let mut end = EpochEnd::of(3);
    end.count_in(&bytes(KPI));
    end.count_in(&bytes(ALERT));
    assert_eq!((end.count, end.hash), (2, 0x42c6_37e4_101b_4131));
}

#[test]
fn a_site_and_what_has_left_the_boards() {
    let change: BoardChange = wire::decode(&bytes(BOARD_SITE)).unwrap();
    assert!(
        matches!(change.change, Some(Change::SiteView(site)) if site.label == "North" && site.time_zone == "Europe/Vienna")
    );
    let change: BoardChange = wire::decode(&bytes(BOARD_GONE)).unwrap();
    assert!(
        matches!(change.change, Some(Change::Gone(gone)) if gone.ward == "a" && gone.bed == "b1")
    );
}

#[test]
fn a_bed_master_with_the_name_and_the_zone_of_its_site() {
    let Record::Data(control) = wire::decode_control(&bytes(MASTER)).unwrap() else {
        panic!("a bed master was written");
    };
    let Setting::Master(master) = control.setting else {
        panic!("a bed master was written");
    };
    assert_eq!(master.label.as_deref(), Some("North"));
    assert_eq!(master.time_zone.as_deref(), Some("Europe/Vienna"));
}

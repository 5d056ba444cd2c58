//! Vital signs in ORU^R01.

use events::fact::VitalEvent;
use events::vital::VitalValue;

use super::*;

const OBR: &str = "OBR|1|P-1|F-1|vitals|||20260811075900";

/// Each fact as `HH:MM code value`; the message is of 07:30 by a clock at +02:00.
fn vitals(segments: &[&str]) -> Vec<String> {
    let told = told(&message("ORU^R01", segments));
    let line = |fact: &Fact| {
        let What::Vital {
            visit, code, event, ..
        } = &fact.what
        else {
            panic!("{fact:?}");
        };
        assert_eq!(visit.as_str(), "V1");
        let value = match event {
            VitalEvent::Observed(VitalValue::Number(number)) => number.to_string(),
            VitalEvent::Observed(VitalValue::Level(level)) => level.letter().to_owned(),
            VitalEvent::Withdrawn => "withdrawn".to_owned(),
        };
        format!("{} {code} {value}", &fact.at.to_string()[11..16])
    };
    told.facts.iter().map(line).collect()
}

fn rejected(segments: &[&str]) -> (Reason, String) {
    match read(message("ORU^R01", segments)) {
        Outcome::Dead(Rejected { reason, detail }) => (reason, detail),
        other => panic!("{other:?}"),
    }
}

fn name(segments: &[&str]) -> String {
    let told = told(&message("ORU^R01", segments));
    match &told.facts[0].what {
        What::Vital { observation, .. } => observation.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn numbers_come_by_loinc_and_mdc_each_at_its_own_time() {
    let said = vitals(&[
        PID,
        PV1,
        OBR,
        "OBX|1|NM|8867-4^Heart rate^LN||80|/min|||||F",
        "OBX|2|NM|147842^MDC_ECG_HEART_RATE^MDC|1.5.1.1|81|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R|||20260811080100",
        "OBX|3|SN|9279-1^^LN||=^14|/min|||||P",
        "OBX|4|ST|8310-5^^LN||98.6|[degF]|||||C",
        "OBX|5|CWE|80288-4^^LN||V^Voice||||||F",
        "OBX|6|NM|TEMP^^L^8310-5^^LN||37.25|Cel|||||F",
        "OBX|7|NM|718-7^Hemoglobin^LN||13|g/dL|||||F",
        "OBX|8|NM|8867-4^Heart rate^LN|||/min|||||F",
        "OBX|9|NM|8867-4^Heart rate^LN||80|/min|||||I",
    ]);
    let expected = [
        "05:59 loinc-8867-4 80.0",
        "06:01 mdc-147842 81.0",
        "05:59 loinc-9279-1 14.0",
        "05:59 loinc-8310-5 37.00",
        "05:59 loinc-80288-4 V",
        "05:59 loinc-8310-5 37.25",
    ];
    assert_eq!(said, expected);
}

#[test]
fn what_was_a_mistake_is_withdrawn_under_the_name_that_it_had() {
    let first = "OBX|1|NM|8867-4^^LN||80|/min|||||F";
    for status in ["D", "X", "W"] {
        let again = format!("OBX|1|NM|8867-4^^LN||||||||{status}");
        assert_eq!(
            vitals(&[PID, PV1, OBR, &again]),
            ["05:59 loinc-8867-4 withdrawn"]
        );
        let names = [first, &again].map(|obx| name(&[PID, PV1, OBR, obx]));
        assert_eq!(names[0], names[1], "{status}");
    }
    let corrected = "OBX|1|NM|8867-4^^LN||88|/min|||||C";
    let name_of = |obx| name(&[PID, PV1, OBR, obx]);
    assert_eq!(name_of(corrected), name_of(first));
    assert_ne!(
        name_of("OBX|1|NM|8867-4^^LN|2|80|/min|||||F"),
        name_of(first)
    );
    let own = "OBX|1|NM|8867-4^^LN||80|/min|||||F||||||||||obs-9";
    assert_eq!(name_of(own), "obs-9");
}

/// Otherwise the value that was wrong would stand.
#[test]
fn a_correction_without_a_value_withdraws() {
    let first = "OBX|1|NM|8867-4^^LN||80|/min|||||F";
    for again in [
        "OBX|1|NM|8867-4^^LN||||||||C",
        "OBX|1|SN|8867-4^^LN||^|/min|||||C",
    ] {
        let withdrawn = ["05:59 loinc-8867-4 withdrawn"];
        assert_eq!(vitals(&[PID, PV1, OBR, again]), withdrawn);
        let names = [first, again].map(|obx| name(&[PID, PV1, OBR, obx]));
        assert_eq!(names[0], names[1]);
    }
}

/// One that can't be sends the whole message back: nothing of it is told.
#[test]
fn what_cannot_be_is_rejected_with_code_and_reason() {
    let good = "OBX|1|NM|9279-1^^LN||14|/min|||||F";
    let cases = [
        (
            "8867-4^^LN||0|/min",
            Reason::VitalImplausible,
            "OBX-5 heart_rate",
        ),
        (
            "8480-6^^LN||11647|mm[Hg]",
            Reason::VitalImplausible,
            "OBX-5 systolic_pressure",
        ),
        (
            "8867-4^^LN||fast|/min",
            Reason::TypeWrong,
            "OBX-5 heart_rate",
        ),
        ("8867-4^^LN||80|", Reason::FieldMissing, "OBX-6 heart_rate"),
        (
            "8867-4^^LN||80|furlong",
            Reason::UnitUnknown,
            "OBX-6 heart_rate",
        ),
        (
            "80288-4^^LN||Bedrest|",
            Reason::CodeUnknown,
            "OBX-5 consciousness",
        ),
    ];
    for (what, reason, words) in cases {
        let bad = format!("OBX|2|NM|{what}|||||F");
        let (code, detail) = rejected(&[PID, PV1, OBR, good, &bad]);
        assert_eq!(code, reason, "{detail}");
        assert!(detail.starts_with(words), "{detail}");
        assert!(
            !detail.contains("11647") && !detail.contains("fast"),
            "{detail}"
        );
    }
    let more = "OBX|2|SN|8867-4^^LN||>^200|/min|||||F";
    assert_eq!(rejected(&[PID, OBR, more]).0, Reason::TypeWrong);
    let (code, _) = rejected(&[OBR, good]);
    assert_eq!(code, Reason::Hl7NoPatient);
}

#[test]
fn results_without_a_vital_sign_are_ignored() {
    let lab = "OBX|1|NM|718-7^Hemoglobin^LN||13|g/dL|||||F";
    let ignored = Outcome::Ignored("ORU^R01".to_owned());
    assert_eq!(read(message("ORU^R01", &[PID, OBR, lab])), ignored);
    assert_eq!(read(message("ORU^R01", &[PID])), ignored);
}

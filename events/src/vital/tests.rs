//! Codes, units and what can be.

use super::*;

fn read(sign: &str, value: &str, unit: &str) -> Result<String, Reason> {
    let sign = named(sign).unwrap();
    match sign.read(value, Some(unit)) {
        Ok(VitalValue::Number(number)) => Ok(number.to_string()),
        Ok(VitalValue::Level(level)) => Ok(level.letter().to_owned()),
        Err(Rejected { reason, detail }) => {
            assert!(detail.starts_with(sign.name), "{detail}");
            assert!(value.len() < 4 || !detail.contains(value), "{detail}");
            Err(reason)
        }
    }
}

#[test]
fn codes_and_names_are_of_one_sign_each() {
    let mut all: Vec<&str> = SIGNS
        .iter()
        .flat_map(|sign| sign.loinc.iter().chain(sign.mdc).chain([&sign.name]))
        .copied()
        .collect();
    let before = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), before);
    for sign in SIGNS {
        assert_eq!(by_code(&sign.code()), Some(sign));
        for code in sign.mdc {
            let (found, kept) = by_mdc(code).unwrap();
            assert_eq!((found, by_code(&kept)), (sign, Some(sign)));
        }
    }
    assert_eq!(by_loinc("147842"), None, "that is a code of MDC");
    assert_eq!(by_code(&CodeId::new("loinc-718-7").unwrap()), None);
}

/// Of the degrees of a clinical thermometer, each tenth, by the definition of both scales.
#[test]
fn fahrenheit_is_exact_to_the_hundredth() {
    for tenths in 700..=1_100_i64 {
        let value = format!("{}.{}", tenths / 10, tenths % 10);
        let said = read("temperature", &value, "[degF]").unwrap();
        // 180 degrees of Fahrenheit are 100 of Celsius, from 32 and from 0 on.
        let hundredths = ((tenths as f64 / 10.0 - 32.0) / 180.0 * 100.0 * 100.0).round();
        let expected = format!("{:.2}", hundredths / 100.0);
        assert_eq!(said, expected, "{value}");
    }
    assert_eq!(read("temperature", "98.6", "degF").unwrap(), "37.00");
    assert_eq!(read("temperature", "100.4", "Deg. F").unwrap(), "38.00");
}

#[test]
fn what_is_finer_than_is_kept_is_rounded_half_away_from_nothing() {
    let kept = |value| read("temperature", value, "Cel").unwrap();
    assert_eq!(kept("36.700000762939453"), "36.70");
    assert_eq!(kept("36.705"), "36.71");
    assert_eq!(kept("36.7049999"), "36.70");
    assert_eq!(kept("37"), "37.00");
    assert_eq!(read("oxygen_flow", ".5", "L/min").unwrap(), "0.50");
    assert_eq!(read("heart_rate", "80.25", "bpm").unwrap(), "80.3");
    assert_eq!((rounded(-5, 2), rounded(5, 2), rounded(-4, 3)), (-3, 3, -1));
}

#[test]
fn what_cannot_be_is_refused_by_code_and_reason() {
    use Reason::{CodeUnknown, FieldMissing, TypeWrong, UnitUnknown, VitalImplausible};
    let heart = |value: &str| read("heart_rate", value, "/min");
    assert_eq!(heart("0"), Err(VitalImplausible));
    assert_eq!(heart("1"), Ok("1.0".to_owned()));
    assert_eq!(heart("350"), Ok("350.0".to_owned()));
    assert_eq!(heart("350.1"), Err(VitalImplausible));
    assert_eq!(heart("-80"), Err(VitalImplausible));
    assert_eq!(
        read("systolic_pressure", "11647", "mmHg"),
        Err(VitalImplausible)
    );
    assert_eq!(read("temperature", "98.6", "Cel"), Err(VitalImplausible));
    assert_eq!(heart(&"9".repeat(24)), Err(VitalImplausible));
    for no_number in ["", "8O", "1e2", "NaN", "1.2.3", ".", "1,5", &"9".repeat(25)] {
        assert_eq!(exact(no_number), None, "{no_number}");
    }
    assert_eq!(heart("eighty"), Err(TypeWrong));
    assert_eq!(read("heart_rate", "80", "mmHg"), Err(UnitUnknown));
    assert_eq!(read("heart_rate", "80", " "), Err(FieldMissing));
    assert_eq!(read("consciousness", "Bedrest", ""), Err(CodeUnknown));
    assert_eq!(read("consciousness", "v", ""), Ok("V".to_owned()));
    assert_eq!(read("consciousness", "Alert", ""), Ok("A".to_owned()));
}

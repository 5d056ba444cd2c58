//! Vital signs: which are known, by which codes and in which units they come, and which
//! values can be. Values are integers with a scale: no floating point between the door
//! and the table. Pure.
//!
//! The ranges are what a living person can have and a device can show: wide, so that
//! nothing true is refused. Who is well or ill is not decided here.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::CodeId;
use crate::reason::{Reason, Rejected};

/// A vital sign.
#[derive(Debug, PartialEq, Eq)]
pub struct Sign {
    /// Its name in tables.
    pub name: &'static str,
    /// Its codes in LOINC; the first stands for it where a source gives none.
    pub loinc: &'static [&'static str],
    /// Its codes in the nomenclature of ISO/IEEE 11073-10101.
    pub mdc: &'static [&'static str],
    /// What its values are.
    pub values: Values,
}

/// What the values of a sign are.
#[derive(Debug, PartialEq, Eq)]
pub enum Values {
    /// One of [`Level`].
    Levels,
    /// Numbers.
    Numbers(Scaled),
}

/// Numbers of a unit.
#[derive(Debug, PartialEq, Eq)]
pub struct Scaled {
    /// The unit, in UCUM.
    pub unit: &'static str,
    /// Digits after the point that are kept; others are rounded, halves away from 0.
    pub scale: u8,
    /// The least that can be, in the unit.
    pub least: i64,
    /// The most that can be, in the unit.
    pub most: i64,
    /// The units that are understood.
    units: &'static [Unit],
}

/// A unit, by its names in UCUM, in MDC and on devices; capitals do not matter.
#[derive(Debug, PartialEq, Eq)]
struct Unit {
    names: &'static [&'static str],
    is_fahrenheit: bool,
}

/// A number with a scale: 3672 with the scale 2 is 36.72.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Decimal {
    /// All digits.
    pub digits: i64,
    /// How many of them stand after the point.
    pub scale: u8,
}

/// How awake a patient is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// Alert.
    Alert,
    /// Newly confused.
    Confused,
    /// Responds to voice.
    Voice,
    /// Responds to pain.
    Pain,
    /// Responds to nothing.
    Unresponsive,
}

/// What was observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum VitalValue {
    /// A number, in the unit and with the scale of its sign.
    Number(Decimal),
    /// A level.
    Level(Level),
}

const fn unit(names: &'static [&'static str]) -> Unit {
    Unit {
        names,
        is_fahrenheit: false,
    }
}

const PER_MINUTE: &[Unit] = &[unit(&[
    "/min",
    "1/min",
    "{beats}/min",
    "{breaths}/min",
    "bpm",
    "insp/min",
    "264864",
    "MDC_DIM_BEAT_PER_MIN",
    "264928",
    "MDC_DIM_RESP_PER_MIN",
])];
const PERCENT: &[Unit] = &[unit(&["%", "262688", "MDC_DIM_PERCENT"])];
const PRESSURE: &[Unit] = &[unit(&["mm[Hg]", "mmHg", "266016", "MDC_DIM_MMHG"])];
const FLOW: &[Unit] = &[unit(&["L/min", "lpm"])];
const DEGREES: &[Unit] = &[
    unit(&["Cel", "degC", "°C", "C", "Deg. C", "268192", "MDC_DIM_DEGC"]),
    Unit {
        names: &["[degF]", "degF", "°F", "F", "Deg. F"],
        is_fahrenheit: true,
    },
];

const fn scaled(
    unit: &'static str,
    scale: u8,
    (least, most): (i64, i64),
    units: &'static [Unit],
) -> Values {
    Values::Numbers(Scaled {
        unit,
        scale,
        least,
        most,
        units,
    })
}

/// Every sign that is known.
pub const SIGNS: &[Sign] = &[
    Sign {
        name: "consciousness",
        loinc: &["80288-4"],
        mdc: &[],
        values: Values::Levels,
    },
    Sign {
        name: "diastolic_pressure",
        loinc: &["8462-4"],
        mdc: &["150022", "150034"],
        values: scaled("mm[Hg]", 1, (5, 250), PRESSURE),
    },
    Sign {
        name: "heart_rate",
        loinc: &["8867-4"],
        mdc: &["147842", "149522", "149530"],
        values: scaled("/min", 1, (1, 350), PER_MINUTE),
    },
    Sign {
        name: "inspired_oxygen",
        loinc: &["3150-6"],
        mdc: &[],
        values: scaled("%", 1, (15, 100), PERCENT),
    },
    Sign {
        name: "mean_pressure",
        loinc: &["8478-0"],
        mdc: &["150023", "150035"],
        values: scaled("mm[Hg]", 1, (10, 300), PRESSURE),
    },
    Sign {
        name: "oxygen_flow",
        loinc: &["3151-8"],
        mdc: &[],
        values: scaled("L/min", 2, (0, 80), FLOW),
    },
    Sign {
        name: "oxygen_saturation",
        loinc: &["59408-5", "2708-6"],
        mdc: &["150456"],
        values: scaled("%", 1, (1, 100), PERCENT),
    },
    Sign {
        name: "respiratory_rate",
        loinc: &["9279-1"],
        mdc: &["151562"],
        values: scaled("/min", 1, (1, 150), PER_MINUTE),
    },
    Sign {
        name: "systolic_pressure",
        loinc: &["8480-6"],
        mdc: &["150021", "150033"],
        values: scaled("mm[Hg]", 1, (20, 350), PRESSURE),
    },
    Sign {
        name: "temperature",
        loinc: &["8310-5"],
        mdc: &["150364"],
        values: scaled("Cel", 2, (20, 45), DEGREES),
    },
];

/// What stands before a code of LOINC in a [`CodeId`], and of MDC.
const LOINC: &str = "loinc-";
const MDC: &str = "mdc-";

/// The sign of this name.
pub fn named(name: &str) -> Option<&'static Sign> {
    SIGNS.iter().find(|sign| sign.name == name)
}

/// The sign of a code of LOINC, and how the code is kept.
pub fn by_loinc(code: &str) -> Option<(&'static Sign, CodeId)> {
    let sign = SIGNS.iter().find(|sign| sign.loinc.contains(&code))?;
    Some((sign, CodeId::new(&format!("{LOINC}{code}")).ok()?))
}

/// The sign of a code of MDC, and how the code is kept.
pub fn by_mdc(code: &str) -> Option<(&'static Sign, CodeId)> {
    let sign = SIGNS.iter().find(|sign| sign.mdc.contains(&code))?;
    Some((sign, CodeId::new(&format!("{MDC}{code}")).ok()?))
}

/// The sign of a code that was kept.
pub fn by_code(code: &CodeId) -> Option<&'static Sign> {
    let known = match code.as_str().strip_prefix(LOINC) {
        Some(code) => by_loinc(code),
        None => by_mdc(code.as_str().strip_prefix(MDC)?),
    };
    known.map(|(sign, _)| sign)
}

impl Sign {
    /// The code that stands for it where a source gives none.
    pub fn code(&self) -> CodeId {
        CodeId::new(&format!("{LOINC}{}", self.loinc[0])).expect("codes fit the alphabet")
    }

    /// Its unit in UCUM; nothing for levels.
    pub const fn unit(&self) -> &'static str {
        match &self.values {
            Values::Levels => "",
            Values::Numbers(scaled) => scaled.unit,
        }
    }

    /// Reads a value as its source wrote it.
    ///
    /// # Errors
    /// It is no value, its unit is not known, or it can't be. The words name the sign,
    /// never the value.
    pub fn read(&self, value: &str, unit: Option<&str>) -> Result<VitalValue, Rejected> {
        match &self.values {
            Values::Levels => Level::read(value)
                .map(VitalValue::Level)
                .ok_or_else(|| self.wrong(Reason::CodeUnknown, "is none of A, C, V, P, U")),
            Values::Numbers(scaled) => self.number(scaled, value, unit).map(VitalValue::Number),
        }
    }

    fn number(
        &self,
        scaled: &Scaled,
        value: &str,
        unit: Option<&str>,
    ) -> Result<Decimal, Rejected> {
        let number = exact(value).ok_or_else(|| self.wrong(Reason::TypeWrong, "is no number"))?;
        let unit = unit.map(str::trim).filter(|unit| !unit.is_empty());
        let unit = unit.ok_or_else(|| self.wrong(Reason::FieldMissing, "has no unit"))?;
        let is_it = |known: &&Unit| {
            let mut names = known.names.iter();
            names.any(|name| name.eq_ignore_ascii_case(unit))
        };
        let known = scaled.units.iter().find(is_it);
        let known = known
            .ok_or_else(|| self.wrong(Reason::UnitUnknown, "is in a unit that is not known"))?;
        let digits = scaled.digits(number, known.is_fahrenheit);
        let one = 10_i128.pow(u32::from(scaled.scale));
        let can_be = i128::from(scaled.least) * one..=i128::from(scaled.most) * one;
        let digits = Some(digits).filter(|digits| can_be.contains(digits));
        let digits = digits.and_then(|digits| i64::try_from(digits).ok());
        let digits = digits.ok_or_else(|| {
            let Scaled {
                least, most, unit, ..
            } = scaled;
            let detail = format!("is not from {least} to {most} {unit}");
            self.wrong(Reason::VitalImplausible, &detail)
        })?;
        Ok(Decimal {
            digits,
            scale: scaled.scale,
        })
    }

    fn wrong(&self, reason: Reason, detail: &str) -> Rejected {
        Rejected::new(reason, format!("{} {detail}", self.name))
    }
}

impl Scaled {
    /// A number of digits after a point, in the unit and with the scale that are kept.
    fn digits(&self, (digits, scale): (i128, u32), is_fahrenheit: bool) -> i128 {
        let (wanted, given) = (10_i128.pow(u32::from(self.scale)), 10_i128.pow(scale));
        match is_fahrenheit {
            true => rounded((digits - 32 * given) * 5 * wanted, 9 * given),
            false => rounded(digits * wanted, given),
        }
    }
}

/// Divided by a positive number, halves away from 0.
fn rounded(above: i128, below: i128) -> i128 {
    let half = if above < 0 { -below } else { below };
    (2 * above + half) / (2 * below)
}

/// All digits of a decimal number, and how many of them stand after the point. Longer
/// ones than anything that is measured are none.
fn exact(text: &str) -> Option<(i128, u32)> {
    /// Digits of the longest number, so that nothing overflows.
    const DIGITS_MAX: usize = 24;
    let text = text.trim();
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = || whole.bytes().chain(part.bytes());
    if digits().next().is_none()
        || digits().count() > DIGITS_MAX
        || !digits().all(|b| b.is_ascii_digit())
    {
        return None;
    }
    let number = digits().fold(0, |number, digit| number * 10 + i128::from(digit - b'0'));
    Some((sign * number, u32::try_from(part.len()).ok()?))
}

impl Level {
    /// Every level, with its letter and the words that are understood for it.
    const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::Alert, "A", "alert"),
        (Self::Confused, "C", "confused"),
        (Self::Voice, "V", "voice"),
        (Self::Pain, "P", "pain"),
        (Self::Unresponsive, "U", "unresponsive"),
    ];

    /// Reads its letter or its word.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_it = |(_, letter, word): &&(Self, &str, &str)| {
            text.eq_ignore_ascii_case(letter) || text.eq_ignore_ascii_case(word)
        };
        Self::ALL.iter().find(is_it).map(|(level, ..)| *level)
    }

    /// Its letter.
    pub fn letter(self) -> &'static str {
        let mut all = Self::ALL.iter();
        let known = all.find(|(level, ..)| *level == self);
        known.map(|(_, letter, _)| *letter).expect("all are listed")
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = 10_u64.pow(u32::from(self.scale.min(18)));
        let (sign, digits) = (
            if self.digits < 0 { "-" } else { "" },
            self.digits.unsigned_abs(),
        );
        let scale = usize::from(self.scale);
        match scale {
            0 => write!(f, "{sign}{digits}"),
            _ => write!(f, "{sign}{}.{:0scale$}", digits / one, digits % one),
        }
    }
}

#[cfg(test)]
mod tests;

//! Names for simulated patients: none is anybody's, and the same visit always has the same one.

use events::id::VisitId;

const FAMILY: [&str; 40] = [
    "Abadi",
    "Baker",
    "Castillo",
    "Dlamini",
    "Eriksson",
    "Fischer",
    "Garcia",
    "Haddad",
    "Ivanov",
    "Jansen",
    "Kowalski",
    "Lindqvist",
    "Mokoena",
    "Novak",
    "Okafor",
    "Petrov",
    "Quinn",
    "Rossi",
    "Schmidt",
    "Tanaka",
    "Ueda",
    "Visser",
    "Weber",
    "Xu",
    "Yilmaz",
    "Zimmer",
    "Botha",
    "Costa",
    "Duval",
    "Farah",
    "Gruber",
    "Horvat",
    "Jovic",
    "Keller",
    "Laurent",
    "Moreau",
    "Naidoo",
    "Oliveira",
    "Pretorius",
    "Santos",
];
const GIVEN: [&str; 24] = [
    "Ada", "Ben", "Clara", "David", "Elif", "Felix", "Grace", "Hugo", "Ines", "Jonas", "Karla",
    "Liam", "Mia", "Noah", "Olga", "Pieter", "Rosa", "Sam", "Thandi", "Uwe", "Vera", "Wim", "Yara",
    "Zoe",
];
/// One of so many wishes not to be named.
const PRIVATE: u64 = 40;

/// How a simulated patient is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// The family name.
    pub family: &'static str,
    /// The given name.
    pub given: &'static str,
    /// Whether the patient wishes not to be named.
    pub is_private: bool,
}

/// The name of whoever has this visit.
pub fn of(visit: &VisitId) -> Name {
    // FNV-1a, which is the same on every machine.
    let code = visit
        .as_str()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |code, byte| {
            (code ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3_u64)
        });
    let pick = |names: &[&'static str], part: u64| {
        names[usize::try_from(part % names.len() as u64).expect("an index is small")]
    };
    Name {
        family: pick(&FAMILY, code >> 8),
        given: pick(&GIVEN, code >> 24),
        is_private: (code >> 40).is_multiple_of(PRIVATE),
    }
}

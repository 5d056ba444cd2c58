//! From the name that a door has heard to the label that staff see: initials and the last two
//! digits of the number on the wristband, or what the site prefers. The name itself goes no
//! further than here. Pure, but for the queue at its end.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use events::id::VisitId;
use events::label::Label;
use events::place::Site;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::sync::mpsc;

use crate::counters::Counters;

/// Length of the key, in bytes.
pub const KEY_BYTES: usize = 32;
/// Longest label, in characters.
const TEXT_MAX: usize = 24;
/// How much of the authentication code says whose names are alike, in bytes.
const ALIKE_BYTES: usize = 12;

/// How a site calls those who lie in its beds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// Nobody is named, and nothing kept.
    Off,
    /// `KM 42`: the initials, and the last two digits of the number on the wristband.
    Initials,
    /// `Müller K.`: the family name, and the first initial.
    Family,
}

/// What a door has heard of somebody. Never to be printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// The family name.
    pub family: String,
    /// The given name, or several.
    pub given: String,
    /// The number on the wristband.
    pub number: String,
    /// Whether the person wishes not to be named.
    pub is_private: bool,
}

/// Never shows who it is.
impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person")
    }
}

/// What a visit is to be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Where the visit is.
    pub site: Site,
    /// The visit.
    pub visit: VisitId,
    /// What it is called.
    pub label: Label,
}

/// Makes labels, and hands them to whoever keeps them.
#[derive(Clone)]
pub struct Labels {
    styles: Arc<BTreeMap<Site, Style>>,
    otherwise: Style,
    key: Hmac<Sha256>,
    kept: mpsc::Sender<Named>,
    counters: Arc<Counters>,
}

impl Labels {
    /// `styles` of the sites that differ from `otherwise`; `key` makes names comparable and
    /// should be random; what is heard goes to `kept`.
    pub fn new(
        styles: BTreeMap<Site, Style>,
        otherwise: Style,
        key: &[u8; KEY_BYTES],
        kept: mpsc::Sender<Named>,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            styles: Arc::new(styles),
            otherwise,
            key: Hmac::new_from_slice(key).expect("HMAC takes keys of any length"),
            kept,
            counters,
        }
    }

    /// Whether anybody of a site is to be named.
    pub fn are_made_for(&self, site: &Site) -> bool {
        self.style(site) != Style::Off
    }

    /// Somebody's name was heard. When more is heard than can be kept, it is let go of and
    /// counted: whoever told it tells it again with the next event of the visit.
    pub fn hear(&self, site: &Site, visit: VisitId, person: &Person) {
        let Some(label) = self.label(site, person) else {
            return;
        };
        let site = site.clone();
        let named = Named { site, visit, label };
        self.counters.label(self.kept.try_send(named).is_ok());
    }

    /// What somebody is called at a site; nothing where nothing is known or to be kept.
    fn label(&self, site: &Site, person: &Person) -> Option<Label> {
        let style = self.style(site);
        if style == Style::Off {
            return None;
        }
        if person.is_private {
            return Some(Label::hidden());
        }
        let text = match style {
            Style::Family => family(person),
            Style::Initials | Style::Off => initials(person),
        };
        let text: String = text.chars().take(TEXT_MAX).collect();
        (!text.is_empty()).then(|| Label {
            text,
            alike: self.alike(site, &person.family),
        })
    }

    fn style(&self, site: &Site) -> Style {
        self.styles.get(site).copied().unwrap_or(self.otherwise)
    }

    /// The same for the same family name of a tenant, however it is written in small and capitals.
    fn alike(&self, site: &Site, family: &str) -> String {
        let folded: String = family
            .chars()
            .filter(|c| c.is_alphabetic())
            .flat_map(char::to_lowercase)
            .collect();
        if folded.is_empty() {
            return String::new();
        }
        let mut mac = self.key.clone();
        for part in [site.tenant.as_str(), &folded] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        let code = mac.finalize().into_bytes();
        let hex = code[..ALIKE_BYTES].iter().map(|byte| format!("{byte:02x}"));
        hex.collect()
    }
}

/// `KM 42`; without digits where the number has none.
fn initials(person: &Person) -> String {
    let letters: String = [&person.given, &person.family]
        .into_iter()
        .filter_map(|name| initial(name))
        .collect();
    let digits: Vec<char> = person.number.chars().filter(char::is_ascii_digit).collect();
    let last = &digits[digits.len().saturating_sub(2)..];
    match (letters.is_empty(), last.is_empty()) {
        (true, _) => String::new(),
        (false, true) => letters,
        (false, false) => format!("{letters} {}", last.iter().collect::<String>()),
    }
}

/// `Müller K.`; without the initial where no given name is known.
fn family(person: &Person) -> String {
    let family: Vec<&str> = person.family.split_whitespace().collect();
    let family = family.join(" ");
    match initial(&person.given) {
        _ if family.is_empty() => String::new(),
        Some(initial) => {
            let room = TEXT_MAX - 3;
            let family: String = family.chars().take(room).collect();
            format!("{family} {initial}.")
        }
        None => family,
    }
}

fn initial(name: &str) -> Option<char> {
    let first = name.chars().find(|c| c.is_alphabetic())?;
    first.to_uppercase().next()
}

#[cfg(test)]
mod tests {
    use events::id::{SiteId, TenantId};

    use super::*;

    fn site(tenant: &str) -> Site {
        Site {
            tenant: TenantId::new(tenant).unwrap(),
            site: SiteId::new("north").unwrap(),
        }
    }

    fn person(family: &str, given: &str, number: &str) -> Person {
        Person {
            family: family.to_owned(),
            given: given.to_owned(),
            number: number.to_owned(),
            is_private: false,
        }
    }

    fn labels(otherwise: Style) -> (Labels, mpsc::Receiver<Named>) {
        let (kept, heard) = mpsc::channel(1);
        let counters = Arc::default();
        let labels = Labels::new(BTreeMap::new(), otherwise, &[7; KEY_BYTES], kept, counters);
        (labels, heard)
    }

    #[test]
    fn a_label_is_initials_and_two_digits_or_as_the_site_prefers() {
        let said = |style, person: &Person| {
            let label = labels(style).0.label(&site("t"), person);
            label.map(|label| label.text)
        };
        let full = person("müller", "karl heinz", "MRN-004712-A");
        let short = person("Ö'Brien", "", "7");
        for (style, who, text) in [
            (Style::Initials, &full, Some("KM 12")),
            (Style::Initials, &short, Some("Ö 7")),
            (Style::Initials, &person("Li", "", "none"), Some("L")),
            (Style::Initials, &person("", "", "4712"), None),
            (Style::Family, &full, Some("müller K.")),
            (Style::Family, &short, Some("Ö'Brien")),
            (
                Style::Family,
                &person(&"a".repeat(50), "b", ""),
                Some("aaaaaaaaaaaaaaaaaaaaa B."),
            ),
            (Style::Off, &full, None),
        ] {
            assert_eq!(said(style, who).as_deref(), text, "{style:?}");
        }
    }

    #[test]
    fn names_are_alike_however_they_are_written_and_within_a_tenant() {
        let (labels, _) = labels(Style::Initials);
        let alike = |tenant: &str, family: &str| {
            let label = labels.label(&site(tenant), &person(family, "A", "1"));
            label.unwrap().alike
        };
        assert_eq!(alike("t", "MÜLLER"), alike("t", "Müller "));
        assert_ne!(alike("t", "Müller"), alike("u", "Müller"));
        assert_ne!(alike("t", "Müller"), alike("t", "Möller"));
    }

    #[test]
    fn who_wishes_not_to_be_named_is_not() {
        let (labels, mut heard) = labels(Style::Family);
        let private = Person {
            is_private: true,
            ..person("Müller", "Karl", "4712")
        };
        let visit = VisitId::new("v").unwrap();
        labels.hear(&site("t"), visit.clone(), &private);
        assert_eq!(heard.try_recv().unwrap().label, Label::hidden());
        let shown = format!("{private:?} {:?}", labels.label(&site("t"), &private));
        assert!(!shown.contains("ller"), "{shown}");
    }

    #[test]
    fn what_is_more_than_can_be_kept_is_counted() {
        let (labels, mut heard) = labels(Style::Initials);
        for visit in ["a", "b", "c"] {
            let visit = VisitId::new(visit).unwrap();
            labels.hear(&site("t"), visit, &person("M", "K", "1"));
        }
        assert_eq!(heard.try_recv().unwrap().visit.as_str(), "a");
        assert!(heard.try_recv().is_err());
        let counted = labels.counters.snapshot();
        let of = |outcome| {
            counted.iter().find(|(metric, label, _)| {
                *metric == events::metric::INGEST_LABELS && *label == outcome
            })
        };
        assert_eq!(of("heard").map(|sample| sample.2), Some(1));
        assert_eq!(of("dropped").map(|sample| sample.2), Some(2));
    }
}

//! A number, explained: as it is stored, as the log gives it again, and as its naive
//! definition makes it from the listed records alone. The naive definition is that of
//! `simulators/src/truth/`, which shares no code with the processor.

use events::output::Stat;
use events::reason::Reason;
use events::time::{EventTime, Span};
use serde_json::{Value, json};
use simulators::truth::{self, Amount, Derived, Record, Term};
use sinks::StoredNumber;
use stream::kpi::cover::{Cover, WHOLE_PPM};
use stream::site::epoch_time;
use stream::site::explain::finder::{Found, Tale};
use stream::source::LaneKey;

use super::Question;
use super::words;
use crate::control::history::History as Settings;

/// Records, terms and refusals of an answer; of what is beyond, only the number.
pub(super) const LISTED_MAX: usize = 500;

/// Above and below the line.
pub(super) type Fraction = (i64, i64);

/// All that there is to say of a number.
pub(crate) struct Answer {
    pub(super) question: Question,
    pub(super) stored: StoredNumber,
    /// What the log gives when it is folded again.
    pub(super) folded: Option<Fraction>,
    /// How well it is covered, as the log gives it again.
    pub(super) cover: Option<Cover>,
    /// Which sources were so silent that they did not cover it.
    pub(super) silent: Vec<(Span, String)>,
    /// What the naive definition makes of the listed records.
    pub(super) derived: Option<Derived>,
    pub(super) records: Vec<Found>,
    /// What is known from before the horizon.
    pub(super) kept: Vec<Tale>,
    pub(super) refused: Vec<(Found, Reason)>,
    /// The bed master in force: since when, and its offset.
    pub(super) master: Option<(i64, u64)>,
    /// Lanes of which the beginning is gone.
    pub(super) begins: Vec<(LaneKey, u64)>,
}

/// What the naive definition makes of records.
pub(super) fn derive(
    question: &Question,
    (settings, epoch): (&Settings, u64),
    records: &[Found],
    kept: &[Tale],
) -> Option<Derived> {
    let (mut facts, mut readings) = (Vec::new(), Vec::new());
    let found = records.iter().map(|found| &found.tale);
    for tale in kept.iter().chain(found) {
        match tale.clone() {
            Tale::Fact { fact, .. } => facts.push(fact),
            Tale::Reading { path, reading } => readings.push((path, reading)),
        }
    }
    let masters = settings.masters(epoch);
    let masters: Vec<_> = masters
        .map(|(from, _, master)| (from, master.clone()))
        .collect();
    let mut record = Record::of_records(&masters, question.window.from, facts, readings);
    record.settings.extend(settings.numbers(epoch));
    truth::derive(
        &record,
        question.kpi.name,
        &question.key.ward,
        question.window,
    )
}

impl Answer {
    /// How well its window is covered, where the version that said it knows.
    pub(super) fn cover(&self) -> Option<Cover> {
        let StoredNumber {
            coverage_ppm,
            lower,
            upper,
            ..
        } = self.stored;
        coverage_ppm.map(|coverage_ppm| Cover {
            coverage_ppm,
            lower,
            upper,
        })
    }

    /// The stored number.
    pub(super) const fn number(&self) -> Fraction {
        (self.stored.numerator, self.stored.denominator)
    }

    /// What the naive definition makes of it.
    pub(super) fn naive(&self) -> Option<Fraction> {
        let mut rows = self.derived.iter().flat_map(|derived| &derived.rows);
        let is_it = |(stat, ..): &&(Stat, i64, i64)| stat.name() == self.question.key.stat;
        let (_, numerator, denominator) = rows.find(is_it)?;
        Some((*numerator, *denominator))
    }

    /// What differs from what is stored, in a sentence each.
    pub(crate) fn differences(&self) -> Vec<String> {
        let stored = self.number();
        let differs = |what: &str, other: Option<Fraction>| {
            let is_other = other != Some(stored);
            is_other.then(|| {
                format!(
                    "{what} {}, and stored is {}",
                    said(other),
                    said(Some(stored))
                )
            })
        };
        let folded = differs("the log, folded again, gives", self.folded);
        let naive = differs("the listed records alone give", self.naive());
        let is_other = self.cover().is_some() && self.cover() != self.cover;
        let cover = is_other.then(|| "the log, folded again, covers it otherwise".to_owned());
        folded.into_iter().chain(naive).chain(cover).collect()
    }

    /// The terms that add up to it.
    pub(super) fn terms(&self) -> &[Term] {
        self.derived.as_ref().map_or(&[], |derived| &derived.terms)
    }

    /// Everything, as JSON.
    pub(crate) fn json(&self) -> Value {
        let key = &self.question.key;
        let window = self.question.window;
        let records = self.records.iter().take(LISTED_MAX).map(record);
        let refused = self.refused.iter().take(LISTED_MAX).map(|(found, reason)| {
            let mut refused = record(found);
            refused["reason"] = reason.code().into();
            refused
        });
        json!({
            "tenant": key.site.tenant.as_str(),
            "site": key.site.site.as_str(),
            "ward": key.ward,
            "kpi": key.kpi,
            "stat": key.stat,
            "resolution": key.resolution_s,
            "window": { "from": words::time(window.from), "to": words::time(window.to) },
            "unit": self.question.kpi.unit,
            "revision": self.stored.revision,
            "epoch": self.stored.epoch,
            "said": words::time(epoch_time(self.stored.epoch)),
            "stored": fraction(Some(self.number())),
            "coverage": self.cover().map(|cover| share(cover.coverage_ppm)),
            "lower": self.cover().and_then(|cover| cover.lower),
            "upper": self.cover().and_then(|cover| cover.upper),
            "silent": self.silent.iter().take(LISTED_MAX).map(silence).collect::<Vec<_>>(),
            "folded": fraction(self.folded),
            "naive": fraction(self.naive()),
            "agrees": self.differences().is_empty(),
            "differences": self.differences(),
            "records": records.collect::<Vec<_>>(),
            "records_left_off": self.records.len().saturating_sub(LISTED_MAX),
            "kept": self.kept.iter().map(tale).collect::<Vec<_>>(),
            "not_counted": refused.collect::<Vec<_>>(),
            "terms": self.terms().iter().take(LISTED_MAX).map(term).collect::<Vec<_>>(),
            "terms_left_off": self.terms().len().saturating_sub(LISTED_MAX),
            "staffed_beds": self.derived.as_ref().map(|derived| derived.staffed),
            "open_bed_ms": self.derived.as_ref().map(|derived| derived.open_ms),
            "master": self.master.map(|(since, offset)| json!({
                "since": words::time(since),
                "offset": offset,
            })),
            "log_begins": self.begins.iter().map(|((topic, lane), offset)| json!({
                "topic": topic.name(),
                "lane": lane,
                "offset": offset,
            })).collect::<Vec<_>>(),
        })
    }
}

/// A number in words.
pub(super) fn said(fraction: Option<Fraction>) -> String {
    match fraction {
        Some((numerator, denominator)) => format!("{numerator} / {denominator}"),
        None => "no such number".to_owned(),
    }
}

fn share(ppm: u32) -> f64 {
    f64::from(ppm) / f64::from(WHOLE_PPM)
}

fn silence((span, source): &(Span, String)) -> Value {
    json!({ "source": source, "from": words::time(span.from), "to": words::time(span.to) })
}

fn fraction(fraction: Option<Fraction>) -> Value {
    fraction.map_or(
        Value::Null,
        |(numerator, denominator)| json!({ "numerator": numerator, "denominator": denominator }),
    )
}

fn record(found: &Found) -> Value {
    let mut record = tale(&found.tale);
    record["topic"] = found.topic.name().into();
    record["lane"] = found.lane.into();
    record["offset"] = found.offset.into();
    record["index"] = found.index.into();
    record
}

fn tale(tale: &Tale) -> Value {
    let (at, told) = words::times(tale);
    json!({
        "source": words::source(tale),
        "at": at,
        "told": told,
        "says": words::says(tale),
    })
}

fn term(term: &Term) -> Value {
    let mut shown = json!({
        "ward": term.ward.as_str(),
        "subject": term.subject,
        "what": term.what,
    });
    let time = |ms: i64| Value::from(EventTime(ms).to_string());
    match term.amount {
        Amount::Lasted(span) => {
            shown["from"] = time(span.from);
            shown["to"] = time(span.to);
            shown["ms"] = span.length_ms().into();
        }
        Amount::Took(ended, took) => {
            shown["at"] = time(ended);
            match took {
                truth::timeline::Took::Ms(ms) => shown["ms"] = ms.into(),
                truth::timeline::Took::Missing => shown["missing"] = true.into(),
                truth::timeline::Took::Invalid => shown["invalid"] = true.into(),
            }
        }
        Amount::One(at) => {
            shown["at"] = time(at);
            shown["count"] = 1.into();
        }
    }
    shown
}

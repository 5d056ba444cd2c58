//! What is asked of the tables: the parameters of a request, checked. Pure.

use std::fmt;

use events::access::{Grant, Tier, Wards};
use events::id::WardId;
use events::place::Site;
use events::time::{DAY_MS, EventTime, Resolution};
use serde_json::{Value, json};

use super::ROWS_MAX;
use super::cursor::Cursor;

/// Longest period of a question, in days.
const DAYS_MAX: i64 = 31;
/// Longest period of a control chart, and of the days that its limits are of.
const CHART_DAYS_MAX: i64 = 731;
/// Longest period of a proof, in days.
const PROOF_DAYS_MAX: i64 = 1;
/// From 2100 on ClickHouse is not asked.
const TIME_END_MS: i64 = 4_102_444_800_000;
/// Longest name of a KPI.
const NAME_MAX: usize = 64;
/// The whole site, where a ward may stand.
const WHOLE_SITE: &str = "-";

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Alerts,
    Beds,
    /// The values of one KPI, page by page.
    Kpi,
    Kpis,
    /// How likely it is that no bed is free.
    NoFreeBed,
    /// The days of one KPI as a control chart.
    Spc,
}

impl Kind {
    /// Those that are asked for by their name alone.
    pub(super) const ALL: [Self; 4] = [Self::Alerts, Self::Beds, Self::Kpis, Self::NoFreeBed];

    /// Its place in the path, and in the answer.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Alerts => "alerts",
            Self::Beds => "beds",
            Self::Kpi | Self::Kpis => "kpis",
            Self::NoFreeBed => "no_free_bed",
            Self::Spc => "spc",
        }
    }

    const fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::Alerts => &["ward", "from", "to", "as_known_at"],
            Self::Beds | Self::NoFreeBed => &["ward", "as_known_at"],
            Self::Kpi => &[
                "ward",
                "resolution",
                "from",
                "to",
                "as_known_at",
                "limit",
                "after",
            ],
            Self::Kpis => &["ward", "kpi", "resolution", "from", "to", "as_known_at"],
            Self::Spc => &[
                "ward",
                "stat",
                "from",
                "to",
                "limits_from",
                "limits_to",
                "as_known_at",
            ],
        }
    }
}

/// A question that can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) kind: Kind,
    pub(super) site: Site,
    /// Of these wards only.
    pub(super) wards: Option<Vec<String>>,
    /// As closely as this.
    pub(super) tier: Tier,
    pub(super) kpi: Option<String>,
    pub(super) stat: Option<String>,
    /// Length of the windows, in seconds.
    pub(super) resolution: Option<u32>,
    /// Event times `[from, to)`, in milliseconds; of beds the board has no period.
    pub(super) period: (i64, i64),
    /// Of a control chart, the days that its limits are of.
    pub(super) limits: (i64, i64),
    /// So many rows at most.
    pub(super) limit: usize,
    /// Those after this one.
    pub(super) after: Option<Cursor>,
    /// What was known at this time; without it what is known now.
    pub(super) known_at: Option<EventTime>,
}

/// What is wrong with a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub(super) field: String,
    pub(super) detail: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.detail)
    }
}

impl Fault {
    /// A parameter, and what is wrong with it.
    pub fn new(field: &str, detail: impl Into<String>) -> Self {
        Self {
            field: field.chars().take(NAME_MAX).collect(),
            detail: detail.into(),
        }
    }

    /// The parameters could not be told apart.
    pub fn unreadable() -> Self {
        Self::new("?", "is no list of NAME=VALUE")
    }

    pub(super) fn json(&self) -> Value {
        json!({ "field": self.field, "detail": self.detail })
    }
}

impl Question {
    /// Reads the parameters of a request.
    ///
    /// # Errors
    /// Everything that is wrong with them, each once.
    pub(super) fn read(
        kind: Kind,
        site: Site,
        parameters: &[(String, String)],
    ) -> Result<Self, Vec<Fault>> {
        let mut reader = Reader {
            parameters,
            faults: Vec::new(),
        };
        reader.check_names(kind.parameters());
        let period = match kind {
            Kind::Beds | Kind::NoFreeBed => (0, TIME_END_MS),
            Kind::Alerts | Kind::Kpi | Kind::Kpis => reader.period(["from", "to"], DAYS_MAX),
            Kind::Spc => reader.period(["from", "to"], CHART_DAYS_MAX),
        };
        let question = Self {
            kind,
            site,
            wards: reader.read("ward", ward).map(|ward| vec![ward]),
            tier: Tier::Staff,
            kpi: reader.read("kpi", kpi),
            stat: reader.read("stat", stat),
            resolution: reader.read("resolution", resolution),
            period,
            limits: reader.limits().unwrap_or(period),
            limit: reader.read("limit", limit).unwrap_or(ROWS_MAX),
            after: reader.read("after", Cursor::read),
            known_at: reader.read("as_known_at", time),
        };
        if reader.faults.is_empty() {
            Ok(question)
        } else {
            Err(reader.faults)
        }
    }
}

impl Question {
    /// The question as a grant lets it be asked: of its wards, as closely as its tier.
    /// Nothing where it is about a ward that the grant does not see.
    pub(super) fn within(self, grant: &Grant) -> Option<Self> {
        let wards = match (self.wards, &grant.wards) {
            (wards, Wards::All) => wards,
            (None, Wards::These(seen)) => Some(seen.iter().map(WardId::to_string).collect()),
            (Some(asked), Wards::These(seen)) => {
                let is_seen = |ward: &String| seen.iter().any(|seen| seen.as_str() == ward);
                Some(asked)
                    .filter(|asked| asked.iter().all(is_seen))
                    .map(Some)?
            }
        };
        let tier = grant.tier;
        Some(Self {
            wards,
            tier,
            ..self
        })
    }
}

/// Reads the parameters of a request for a proof: the period `[from, to)`, in milliseconds.
///
/// # Errors
/// Everything that is wrong with them, each once.
pub(super) fn proof_period(parameters: &[(String, String)]) -> Result<(i64, i64), Vec<Fault>> {
    let mut reader = Reader {
        parameters,
        faults: Vec::new(),
    };
    reader.check_names(&["from", "to"]);
    let period = reader.period(["from", "to"], PROOF_DAYS_MAX);
    if reader.faults.is_empty() {
        Ok(period)
    } else {
        Err(reader.faults)
    }
}

struct Reader<'a> {
    parameters: &'a [(String, String)],
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn check_names(&mut self, known: &[&str]) {
        for (place, (name, _)) in self.parameters.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                let detail = format!("is none of {}", known.join(", "));
                self.faults.push(Fault::new(name, detail));
            } else if self.parameters[..place]
                .iter()
                .any(|(other, _)| other == name)
            {
                self.faults.push(Fault::new(name, "is given twice"));
            }
        }
    }

    fn read<T>(&mut self, field: &str, read: fn(&str) -> Result<T, String>) -> Option<T> {
        let (_, text) = self.parameters.iter().find(|(name, _)| name == field)?;
        let read = read(text).map_err(|detail| Fault::new(field, detail));
        read.map_err(|fault| self.faults.push(fault)).ok()
    }

    fn is_given(&self, field: &str) -> bool {
        self.parameters.iter().any(|(name, _)| name == field)
    }

    fn period(&mut self, fields: [&str; 2], days_max: i64) -> (i64, i64) {
        for field in fields {
            if !self.is_given(field) {
                self.faults.push(Fault::new(field, "is missing"));
            }
        }
        let [first, last] = fields;
        let (Some(from), Some(to)) = (self.read(first, time), self.read(last, time)) else {
            return (0, 0);
        };
        if to <= from {
            let detail = format!("must be after {first}");
            self.faults.push(Fault::new(last, detail));
        } else if to.0 - from.0 > days_max * DAY_MS {
            let detail = format!("must be at most {} hours after {first}", days_max * 24);
            self.faults.push(Fault::new(last, detail));
        }
        (from.0, to.0)
    }

    /// Both of them, or none.
    fn limits(&mut self) -> Option<(i64, i64)> {
        let fields = ["limits_from", "limits_to"];
        let is_given = fields.iter().any(|field| self.is_given(field));
        is_given.then(|| self.period(fields, CHART_DAYS_MAX))
    }
}

fn time(text: &str) -> Result<EventTime, String> {
    let time = EventTime::parse(text).map_err(|error| error.to_string())?;
    if (0..TIME_END_MS).contains(&time.0) {
        Ok(time)
    } else {
        Err("must lie between 1970 and 2100".to_owned())
    }
}

fn ward(text: &str) -> Result<String, String> {
    if text == WHOLE_SITE {
        return Ok(text.to_owned());
    }
    let ward = WardId::encode(text).map_err(|error| error.to_string())?;
    Ok(ward.as_str().to_owned())
}

fn kpi(text: &str) -> Result<String, String> {
    let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if (1..=NAME_MAX).contains(&text.len()) && text.bytes().all(is_name) {
        Ok(text.to_owned())
    } else {
        Err("is no name of a KPI, such as occupancy".to_owned())
    }
}

fn stat(text: &str) -> Result<String, String> {
    let names = ["value", "p50", "p90", "peak", "n", "missing", "invalid"];
    let known = names.contains(&text).then(|| text.to_owned());
    known.ok_or_else(|| format!("is none of {}", names.join(", ")))
}

fn resolution(text: &str) -> Result<u32, String> {
    let known = Resolution::named(text).map(Resolution::seconds);
    known.ok_or_else(|| "is none of 60, 900, 3600, 86400, 604800".to_owned())
}

fn limit(text: &str) -> Result<usize, String> {
    let limit = text
        .parse()
        .ok()
        .filter(|rows| (1..=ROWS_MAX).contains(rows));
    limit.ok_or_else(|| format!("is no number from 1 to {ROWS_MAX}"))
}

#[cfg(test)]
mod tests;

//! Which number is to be explained: what was asked on the command line or over HTTP,
//! checked. Pure.

use events::id::{SiteId, TenantId, WardId};
use events::output::WHOLE_SITE;
use events::place::Site;
use events::time::{EventTime, Resolution, Span};
use sinks::{Fault, NumberKey};
use stream::kpi::{self, KpiSpec};
use stream::windows::Scope;

/// Unless something else is asked for.
const STAT: &str = "value";
const RESOLUTION: Resolution = Resolution::Hour;

/// What was asked, word for word.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    pub(crate) tenant: String,
    pub(crate) site: String,
    pub(crate) kpi: String,
    pub(crate) ward: Option<String>,
    pub(crate) window: Option<String>,
    pub(crate) resolution: Option<String>,
    pub(crate) stat: Option<String>,
    pub(crate) revision: Option<String>,
    pub(crate) as_known_at: Option<String>,
}

/// Which number.
#[derive(Clone)]
pub(crate) struct Question {
    pub(crate) key: NumberKey,
    pub(crate) kpi: &'static KpiSpec,
    pub(crate) scope: Scope,
    pub(crate) window: Span,
}

impl Words {
    /// The number that is meant.
    pub(crate) fn read(&self) -> Result<Question, Fault> {
        let fault = |field: &'static str| {
            move |error: &dyn std::fmt::Display| Fault::new(field, error.to_string())
        };
        let site = Site {
            tenant: TenantId::new(&self.tenant).map_err(|e| fault("tenant")(&e))?,
            site: SiteId::new(&self.site).map_err(|e| fault("site")(&e))?,
        };
        let mut kpis = kpi::all().iter();
        let Some(kpi) = kpis.find(|kpi| kpi.name == self.kpi) else {
            let names: Vec<_> = kpi::all().iter().map(|kpi| kpi.name).collect();
            return Err(Fault::new(
                "kpi",
                format!("is none of {}", names.join(", ")),
            ));
        };
        let scope = match self.ward.as_deref() {
            None | Some(WHOLE_SITE) => None,
            Some(ward) => Some(WardId::encode(ward).map_err(|e| fault("ward")(&e))?),
        };
        let Some(window) = &self.window else {
            return Err(Fault::new("window", "is missing"));
        };
        let at = EventTime::parse(window).map_err(|e| fault("window")(&e))?;
        let resolution = self.resolution()?;
        let window = resolution.window(at.0, None).span;
        let known_at = self.as_known_at.as_deref().map(EventTime::parse);
        let known_at = known_at.transpose().map_err(|e| fault("as_known_at")(&e))?;
        let revision = self.revision.as_deref().map(str::parse);
        let revision: Option<u32> = revision.transpose().map_err(|e| fault("revision")(&e))?;
        if known_at.is_some() && revision.is_some() {
            let detail = "a revision and what was known at a time are two questions";
            return Err(Fault::new("as_known_at", detail));
        }
        Ok(Question {
            key: NumberKey {
                site,
                ward: scope.as_ref().map_or(WHOLE_SITE, WardId::as_str).to_owned(),
                kpi: kpi.name.to_owned(),
                stat: self.stat.clone().unwrap_or_else(|| STAT.to_owned()),
                resolution_s: resolution.seconds(),
                window_ms: window.from,
                revision,
                known_at,
            },
            kpi,
            scope,
            window,
        })
    }

    fn resolution(&self) -> Result<Resolution, Fault> {
        let Some(text) = &self.resolution else {
            return Ok(RESOLUTION);
        };
        let named = Resolution::named(text);
        let detail = "is none of 60, 900, 3600; days and weeks are not explained";
        named
            .filter(|resolution| *resolution < Resolution::Day)
            .ok_or(Fault::new("resolution", detail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        Words {
            tenant: "demo".to_owned(),
            site: "north".to_owned(),
            kpi: "occupancy".to_owned(),
            window: Some("2026-01-02T14:07:31Z".to_owned()),
            ..Words::default()
        }
    }

    #[test]
    fn any_time_of_a_window_names_it() {
        let words = Words {
            ward: Some("Ward 3".to_owned()),
            resolution: Some("900".to_owned()),
            ..words()
        };
        let question = words.read().ok().unwrap();
        assert_eq!(question.key.ward, "Ward_x203");
        assert_eq!(
            question.window,
            Resolution::Quarter.window(1_767_362_400_000, None).span
        );
        assert_eq!(question.key.stat, "value");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let some = |text: &str| Some(text.to_owned());
        let wrong = [
            (
                "tenant",
                Words {
                    tenant: "a b".to_owned(),
                    ..words()
                },
            ),
            (
                "kpi",
                Words {
                    kpi: "fullness".to_owned(),
                    ..words()
                },
            ),
            (
                "ward",
                Words {
                    ward: some(""),
                    ..words()
                },
            ),
            (
                "window",
                Words {
                    window: None,
                    ..words()
                },
            ),
            (
                "window",
                Words {
                    window: some("14:00"),
                    ..words()
                },
            ),
            (
                "resolution",
                Words {
                    resolution: some("61"),
                    ..words()
                },
            ),
            (
                "revision",
                Words {
                    revision: some("-1"),
                    ..words()
                },
            ),
            (
                "as_known_at",
                Words {
                    revision: some("1"),
                    as_known_at: some("2026-01-02T14:00:00Z"),
                    ..words()
                },
            ),
        ];
        for (field, words) in wrong {
            let fault = words.read().err().unwrap().to_string();
            assert!(fault.starts_with(field), "{fault}");
        }
    }
}

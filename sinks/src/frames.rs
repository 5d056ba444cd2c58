//! The frames of `/live` as JSON, mapped by hand from the outputs; `docs/live-protocol.md` is their
//! description. Each is written once for a view, however many boards receive it; what a tier may
//! not see has no place in its type. The types here are of `staff`.

mod alert;
mod bed;
mod corridor;
mod public;
mod view;
mod ward;

use std::collections::BTreeMap;

use axum::extract::ws::Utf8Bytes;
use events::access::Tier;
use events::output::{KpiValue, SiteView};
use serde::Serialize;

use crate::board::{BedName, Delta, SiteBoard};
use crate::record::Seq;
use crate::source::Source;
use crate::words;
use alert::{AlertView, Command, Silence};
use bed::Bed;
use corridor::Corridor;
use public::Public;
use view::Parts;
use ward::Ward;

pub(crate) use view::{Topic, View};

/// A frame without contents.
type Plain<'a> = Frame<'a, ()>;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Frame<'a, C> {
    Hello {
        build: &'a str,
        cell_ms: i64,
        speed: f64,
        tier: &'static str,
        warning: Option<&'a str>,
    },
    Snapshot {
        series: &'a str,
        seq: (u64, u32),
        as_of_ms: i64,
        #[serde(flatten)]
        contents: C,
    },
    Delta {
        seq: (u64, u32),
        prev: (u64, u32),
        as_of_ms: i64,
        gone: Vec<GoneView<'a>>,
        #[serde(flatten)]
        contents: C,
    },
    Heartbeat {
        cell_ms: i64,
        as_of_ms: i64,
        sources: &'a BTreeMap<&'static str, Source>,
        full: bool,
        determinism_violation: bool,
    },
    Error {
        code: &'static str,
        reason: &'static str,
    },
}

/// What is in a snapshot or a delta.
trait Contents<'a>: Serialize {
    fn new(parts: &Parts<'a>) -> Self;
}

#[derive(Serialize)]
struct Staff<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<SiteNames<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    silences: Option<Vec<Silence<'a>>>,
    wards: Vec<Ward<'a>>,
    beds: Vec<Bed<'a>>,
    alerts: Vec<AlertView<'a>>,
    kpis: Vec<Kpi<'a>>,
    commands: Vec<Command<'a>>,
}

impl<'a> Contents<'a> for Staff<'a> {
    fn new(parts: &Parts<'a>) -> Self {
        Self {
            site: parts.names(),
            silences: parts.silences(Silence::new),
            wards: parts.wards.iter().copied().map(Ward::new).collect(),
            beds: parts.beds.iter().copied().map(Bed::new).collect(),
            alerts: parts.alerts.iter().copied().map(AlertView::new).collect(),
            kpis: parts.kpis.iter().copied().map(Kpi::new).collect(),
            commands: parts.commands.iter().copied().map(Command::new).collect(),
        }
    }
}

/// The first frame of a connection.
pub(crate) fn hello(
    build: &str,
    cell_ms: i64,
    speed: f64,
    tier: Tier,
    warning: Option<&str>,
) -> Utf8Bytes {
    text(&Plain::Hello {
        build,
        cell_ms,
        speed,
        tier: tier.name(),
        warning,
    })
}

/// All that a site's boards show to a view, as of `seq` of a series.
pub(crate) fn snapshot(site: &SiteBoard, series: &str, seq: Seq, view: &View) -> Utf8Bytes {
    fn of<'a, C: Contents<'a>>(
        as_of_ms: i64,
        series: &'a str,
        seq: Seq,
        parts: &Parts<'a>,
    ) -> Utf8Bytes {
        text(&Frame::Snapshot {
            series,
            seq: pair(seq),
            as_of_ms,
            contents: C::new(parts),
        })
    }
    let parts = Parts::of_site(site, view);
    match view.tier {
        Tier::Staff => of::<Staff<'_>>(site.as_of_ms, series, seq, &parts),
        Tier::Corridor => of::<Corridor<'_>>(site.as_of_ms, series, seq, &parts),
        Tier::Public => of::<Public<'_>>(site.as_of_ms, series, seq, &parts),
    }
}

/// The visits that a view shows: who lies in a bed, comes or leaves, each with its ward.
pub(crate) fn visits(site: &SiteBoard, view: &View) -> Vec<(String, String)> {
    let parts = Parts::of_site(site, view);
    let in_beds = parts.beds.iter().filter_map(|bed| {
        let ward = &bed.place.as_ref()?.ward;
        Some((ward.clone(), bed.visit.clone()))
    });
    let on_lists = parts.wards.iter().flat_map(|ward| {
        let coming = ward.coming.iter().map(|one| &one.visit);
        let leaving = ward.leaving.iter().map(|one| &one.visit);
        let visits = coming.chain(leaving);
        visits.map(|visit| (ward.ward.clone(), visit.clone()))
    });
    let all = in_beds.chain(on_lists);
    all.filter(|(_, visit)| !visit.is_empty()).collect()
}

/// What has changed for a view since `prev`; nothing where it sees nothing of it.
pub(crate) fn delta(delta: &Delta, prev: Seq, view: &View) -> Option<Utf8Bytes> {
    fn of<'a, C: Contents<'a>>(delta: &Delta, prev: Seq, parts: &Parts<'a>) -> Utf8Bytes {
        text(&Frame::Delta {
            seq: pair(delta.seq),
            prev: pair(prev),
            as_of_ms: delta.as_of_ms,
            gone: parts.gone.iter().copied().map(GoneView::new).collect(),
            contents: C::new(parts),
        })
    }
    let parts = Parts::of_delta(delta, view)?;
    Some(match view.tier {
        Tier::Staff => of::<Staff<'_>>(delta, prev, &parts),
        Tier::Corridor => of::<Corridor<'_>>(delta, prev, &parts),
        Tier::Public => of::<Public<'_>>(delta, prev, &parts),
    })
}

/// That we live, and how fresh everything is.
pub(crate) fn heartbeat(
    cell_ms: i64,
    as_of_ms: i64,
    sources: &BTreeMap<&'static str, Source>,
    full: bool,
    determinism_violation: bool,
) -> Utf8Bytes {
    text(&Plain::Heartbeat {
        cell_ms,
        as_of_ms,
        sources,
        full,
        determinism_violation,
    })
}

/// What was wrong with a message of a client, without anything of it.
pub(crate) fn error(code: &'static str, reason: &'static str) -> Utf8Bytes {
    text(&Plain::Error { code, reason })
}

fn text(frame: &Frame<'_, impl Serialize>) -> Utf8Bytes {
    serde_json::to_string(frame)
        .expect("frames have text keys and finite numbers")
        .into()
}

fn pair(seq: Seq) -> (u64, u32) {
    (seq.epoch, seq.index)
}

#[derive(Serialize)]
struct SiteNames<'a> {
    label: &'a str,
    time_zone: &'a str,
    silent: Vec<Silent<'a>>,
}

#[derive(Serialize)]
struct Silent<'a> {
    source: &'a str,
    feed: &'a str,
    level: &'static str,
    heard_ms: i64,
}

impl<'a> SiteNames<'a> {
    /// Which sources are silent is about the whole site.
    fn new(site: &'a SiteView, has_sources: bool) -> Self {
        let silent = site
            .silent
            .iter()
            .filter(|_| has_sources)
            .map(|silent| Silent {
                source: &silent.source,
                feed: &silent.feed,
                level: words::source_level(silent.level()),
                heard_ms: silent.heard_ms,
            });
        Self {
            label: &site.label,
            time_zone: &site.time_zone,
            silent: silent.collect(),
        }
    }
}

#[derive(Serialize)]
struct GoneView<'a> {
    ward: &'a str,
    bed: &'a str,
}

impl<'a> GoneView<'a> {
    fn new((ward, bed): &'a BedName) -> Self {
        Self { ward, bed }
    }
}

#[derive(Serialize)]
struct Kpi<'a> {
    ward: &'a str,
    kpi: &'a str,
    stat: &'a str,
    resolution_s: u32,
    window_ms: i64,
    revision: u32,
    numerator: i64,
    denominator: i64,
    as_of_ms: i64,
    coverage_ppm: Option<u32>,
    lower: Option<i64>,
    upper: Option<i64>,
}

impl<'a> Kpi<'a> {
    fn new(kpi: &'a KpiValue) -> Self {
        Self {
            ward: &kpi.ward,
            kpi: &kpi.kpi,
            stat: &kpi.stat,
            resolution_s: kpi.resolution_s,
            window_ms: kpi.window_ms,
            revision: kpi.revision,
            numerator: kpi.numerator,
            denominator: kpi.denominator,
            as_of_ms: kpi.as_of_ms,
            coverage_ppm: kpi.coverage_ppm,
            lower: kpi.lower,
            upper: kpi.upper,
        }
    }
}

#[cfg(test)]
mod schema;
#[cfg(test)]
mod tests;

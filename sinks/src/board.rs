//! What the boards of every site show, as a projection of the outputs.
//!
//! ```text
//! outputs ──apply──> pending ──flush──> shown ──> snapshot
//!                                  └────────────> delta: prev = seq before, seq = seq after
//! ```
//!
//! Changes wait in `pending`, where a newer one replaces an older one of the same bed, ward or KPI,
//! and become shown together. A snapshot is of what is shown: so the next delta fits it without a
//! gap, whenever it is taken. Alerts are never replaced: each change is told. What comes again is
//! dropped by its place in its lane.

use std::collections::BTreeMap;

use events::output::{Alert, AlertState, BedView, BoardChange, Change, KpiValue, Output, WardView};
use events::topic::KafkaTopic;

use crate::record::{self, Seq};

/// Tenant and site.
pub(crate) type SiteName = (String, String);

/// The boards of all sites.
#[derive(Default)]
pub(crate) struct Board {
    seen: BTreeMap<(KafkaTopic, u32), Seq>,
    sites: BTreeMap<SiteName, SiteBoard>,
}

/// What an output did to a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Applied {
    /// Nothing that a board shows.
    Nothing,
    /// Something that can wait a moment.
    Soon,
    /// Something that everyone should see at once.
    AtOnce,
}

impl Board {
    /// Makes a site known before anything is said of it.
    pub(crate) fn know(&mut self, site: SiteName) {
        self.sites.entry(site).or_default();
    }

    /// Takes the next output of a lane.
    pub(crate) fn apply(&mut self, topic: KafkaTopic, lane: u32, output: Output) -> Applied {
        let seq = record::seq(&output);
        let seen = self.seen.entry((topic, lane)).or_default();
        if seq <= *seen {
            return Applied::Nothing;
        }
        *seen = seq;
        match output {
            Output::Alert(alert) => {
                let site = self.site(&alert.tenant, &alert.site, seq, alert.as_of_ms);
                site.alert(alert)
            }
            Output::Board(change) => {
                let site = self.site(&change.tenant, &change.site, seq, change.as_of_ms);
                site.change(change)
            }
            Output::Kpi(kpi) => {
                let site = self.site(&kpi.tenant, &kpi.site, seq, kpi.as_of_ms);
                site.kpi(kpi)
            }
            Output::Late(_) => Applied::Nothing,
        }
    }

    /// The board of a site, if it is known.
    pub(crate) fn get(&self, site: &SiteName) -> Option<&SiteBoard> {
        self.sites.get(site)
    }

    /// Every site.
    pub(crate) fn sites(&self) -> impl Iterator<Item = (&SiteName, &SiteBoard)> {
        self.sites.iter()
    }

    /// Shows what is pending, and gives what has changed by it in each site.
    pub(crate) fn flush(&mut self) -> Vec<(SiteName, Delta)> {
        let sites = self.sites.iter_mut();
        sites
            .filter_map(|(name, site)| Some((name.clone(), site.flush()?)))
            .collect()
    }

    fn site(&mut self, tenant: &str, site: &str, seq: Seq, as_of_ms: i64) -> &mut SiteBoard {
        let name = (tenant.to_owned(), site.to_owned());
        let board = self.sites.entry(name).or_default();
        board.newest = board.newest.max(seq);
        board.newest_ms = board.newest_ms.max(as_of_ms);
        board
    }
}

/// Ward and bed.
type BedName = (String, String);
/// Ward, KPI, stat, resolution.
type KpiName = (String, String, String, u32);

/// What the boards of one site show, and what they will show next.
#[derive(Default)]
pub(crate) struct SiteBoard {
    pub(crate) seq: Seq,
    pub(crate) as_of_ms: i64,
    pub(crate) wards: BTreeMap<String, WardView>,
    pub(crate) beds: BTreeMap<BedName, BedView>,
    pub(crate) alerts: BTreeMap<String, Alert>,
    pub(crate) kpis: BTreeMap<KpiName, KpiValue>,
    newest: Seq,
    newest_ms: i64,
    pending: Pending,
}

#[derive(Default)]
struct Pending {
    wards: BTreeMap<String, WardView>,
    beds: BTreeMap<BedName, BedView>,
    alerts: Vec<Alert>,
    kpis: BTreeMap<KpiName, KpiValue>,
}

/// What has changed on a board.
#[derive(Debug, PartialEq)]
pub(crate) struct Delta {
    pub(crate) prev: Seq,
    pub(crate) seq: Seq,
    pub(crate) as_of_ms: i64,
    pub(crate) wards: Vec<WardView>,
    pub(crate) beds: Vec<BedView>,
    pub(crate) alerts: Vec<Alert>,
    pub(crate) kpis: Vec<KpiValue>,
}

impl SiteBoard {
    fn alert(&mut self, alert: Alert) -> Applied {
        // Known only in hindsight: never shown as new.
        if alert.state() == AlertState::Retrospective {
            return Applied::Nothing;
        }
        self.pending.alerts.push(alert);
        Applied::AtOnce
    }

    fn change(&mut self, change: BoardChange) -> Applied {
        match change.change {
            Some(Change::Bed(bed)) => {
                let Some(place) = &bed.place else {
                    return Applied::Nothing;
                };
                let name = (place.ward.clone(), place.bed.clone().unwrap_or_default());
                self.pending.beds.insert(name, bed);
            }
            Some(Change::Ward(ward)) => {
                self.pending.wards.insert(ward.ward.clone(), ward);
            }
            None => return Applied::Nothing,
        }
        Applied::Soon
    }

    /// The newest window of each is shown; the correction of an older one is for the tables.
    fn kpi(&mut self, kpi: KpiValue) -> Applied {
        let age = |kpi: &KpiValue| (kpi.window_ms, kpi.revision);
        let name = (
            kpi.ward.clone(),
            kpi.kpi.clone(),
            kpi.stat.clone(),
            kpi.resolution_s,
        );
        let known = self.pending.kpis.get(&name).or(self.kpis.get(&name));
        if known.is_some_and(|known| age(known) > age(&kpi)) {
            return Applied::Nothing;
        }
        self.pending.kpis.insert(name, kpi);
        Applied::Soon
    }

    fn flush(&mut self) -> Option<Delta> {
        let Pending {
            wards,
            beds,
            alerts,
            kpis,
        } = std::mem::take(&mut self.pending);
        if wards.is_empty() && beds.is_empty() && alerts.is_empty() && kpis.is_empty() {
            return None;
        }
        let prev = std::mem::replace(&mut self.seq, self.newest);
        self.as_of_ms = self.newest_ms;
        let delta = Delta {
            prev,
            seq: self.seq,
            as_of_ms: self.as_of_ms,
            wards: wards.values().cloned().collect(),
            beds: beds.values().cloned().collect(),
            alerts,
            kpis: kpis.values().cloned().collect(),
        };
        self.wards.extend(wards);
        self.beds.extend(beds);
        self.kpis.extend(kpis);
        for alert in &delta.alerts {
            if alert.state() == AlertState::Raised {
                self.alerts.insert(alert.id.clone(), alert.clone());
            } else {
                self.alerts.remove(&alert.id);
            }
        }
        Some(delta)
    }
}

#[cfg(test)]
mod tests;

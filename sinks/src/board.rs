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
//! dropped, see `epochs`. What is one too many is left off, counted and said: see the
//! bounds.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use events::log::LogRecord;
use events::output::OutputRecord;
use events::output::{
    Alert, AlertState, BedView, BoardChange, Change, CommandView, Gone, KpiValue, Output, SiteView,
    WardView,
};
use events::time::CellTime;
use events::topic::KafkaTopic;
use events::wire::{self, WireError};

use crate::epochs::{Epochs, Violation};
use crate::fresh::Fresh;
use crate::record::{self, Seq};

mod shelf;

use shelf::Shelf;

/// Sites that have boards.
pub(crate) const SITES_MAX: usize = 256;
/// Wards of a site.
pub(crate) const WARDS_MAX: usize = 1_000;
/// Beds of a site, unlisted ones included.
pub(crate) const BEDS_MAX: usize = 10_000;
/// KPIs of a site: ward, KPI, stat and resolution.
pub(crate) const KPIS_MAX: usize = 20_000;
/// Alerts of a site that are raised at a time.
pub(crate) const ALERTS_MAX: usize = 2_000;

/// Newest commands of a site that are told.
pub(crate) const COMMANDS_MAX: usize = 200;

/// Tenant and site.
pub(crate) type SiteName = (String, String);

/// The boards of all sites.
pub(crate) struct Board {
    fresh: Fresh,
    epochs: BTreeMap<(KafkaTopic, u32), Epochs>,
    violations: Vec<Violation>,
    sites: BTreeMap<SiteName, SiteBoard>,
    /// Whether a site was left off.
    is_full: bool,
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
    /// It is one too many; whether it is the first of its site that is.
    LeftOff {
        /// The first one is worth a word.
        first: bool,
    },
}

impl Board {
    /// No boards yet, of a log with so many lanes.
    pub(crate) fn new(lanes: u32) -> Self {
        Self {
            fresh: Fresh::new(lanes),
            epochs: BTreeMap::new(),
            violations: Vec::new(),
            sites: BTreeMap::new(),
            is_full: false,
        }
    }

    /// Makes a site known before anything is said of it.
    pub(crate) fn know(&mut self, site: SiteName) {
        self.sites.entry(site).or_default();
    }

    /// Takes the next record of a lane.
    ///
    /// # Errors
    /// It is no record of this topic.
    pub(crate) fn apply(
        &mut self,
        topic: KafkaTopic,
        lane: u32,
        record: &LogRecord,
    ) -> Result<Applied, WireError> {
        let epochs = self.epochs.entry((topic, lane)).or_default();
        match wire::decode_output(topic, &record.value)? {
            Some(OutputRecord::Output(output)) => {
                let seq = record::seq(&output);
                if epochs.take(record.offset, seq, &record.value) {
                    return Ok(self.show(output));
                }
            }
            Some(OutputRecord::EpochEnd(end)) => {
                self.violations.extend(epochs.end(record.offset, end).err());
            }
            Some(OutputRecord::Folded(folded)) => self.fresh.folded(topic, lane, folded),
            None => {}
        }
        Ok(Applied::Nothing)
    }

    /// Whether a site was left off.
    pub(crate) fn is_full(&self) -> bool {
        self.is_full
    }

    /// What was wrong with the epochs that have ended since the last time.
    pub(crate) fn take_violations(&mut self) -> Vec<Violation> {
        std::mem::take(&mut self.violations)
    }

    /// Shows an output that is new.
    pub(crate) fn show(&mut self, output: Output) -> Applied {
        let seq = record::seq(&output);
        let (tenant, site) = match &output {
            Output::Alert(alert) => (&alert.tenant, &alert.site),
            Output::Board(change) => (&change.tenant, &change.site),
            Output::Kpi(kpi) => (&kpi.tenant, &kpi.site),
            Output::Late(_) => return Applied::Nothing,
        };
        let name = (tenant.clone(), site.clone());
        if self.sites.len() >= SITES_MAX && !self.sites.contains_key(&name) {
            let first = !std::mem::replace(&mut self.is_full, true);
            return Applied::LeftOff { first };
        }
        let board = self.sites.entry(name).or_default();
        board.newest = board.newest.max(seq);
        match output {
            Output::Alert(alert) => board.alert(alert),
            Output::Board(change) => board.change(change),
            Output::Kpi(kpi) => board.kpi(kpi),
            Output::Late(_) => Applied::Nothing,
        }
    }

    /// Everything that was said up to here was applied.
    pub(crate) fn as_of(&self) -> CellTime {
        self.fresh.as_of()
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
        let as_of = self.as_of();
        let sites = self.sites.iter_mut();
        sites
            .filter_map(|(name, site)| Some((name.clone(), site.flush(as_of)?)))
            .collect()
    }
}

/// Ward and bed; the bed is empty where the ward itself is meant.
pub(crate) type BedName = (String, String);
/// Ward, KPI, stat, resolution.
type KpiName = (String, String, String, u32);

/// What the boards of one site show, and what they will show next.
pub(crate) struct SiteBoard {
    pub(crate) seq: Seq,
    /// Everything that was said of the site up to here is shown.
    pub(crate) as_of_ms: i64,
    /// Whether something is missing because there was one too many.
    pub(crate) is_full: bool,
    pub(crate) site: Option<SiteView>,
    pub(crate) wards: Shelf<String, WardView>,
    pub(crate) beds: Shelf<BedName, BedView>,
    pub(crate) alerts: BTreeMap<String, Alert>,
    pub(crate) kpis: Shelf<KpiName, KpiValue>,
    /// The newest, oldest first.
    pub(crate) commands: VecDeque<CommandView>,
    newest: Seq,
    next_site: Option<SiteView>,
    next_alerts: Vec<Alert>,
    next_commands: VecDeque<CommandView>,
}

impl Default for SiteBoard {
    fn default() -> Self {
        Self {
            seq: Seq::default(),
            as_of_ms: 0,
            is_full: false,
            site: None,
            wards: Shelf::new(WARDS_MAX),
            beds: Shelf::new(BEDS_MAX),
            alerts: BTreeMap::new(),
            kpis: Shelf::new(KPIS_MAX),
            commands: VecDeque::new(),
            newest: Seq::default(),
            next_site: None,
            next_alerts: Vec::new(),
            next_commands: VecDeque::new(),
        }
    }
}

/// What has changed on a board.
#[derive(Debug, PartialEq)]
pub(crate) struct Delta {
    pub(crate) prev: Seq,
    pub(crate) seq: Seq,
    pub(crate) as_of_ms: i64,
    pub(crate) site: Option<SiteView>,
    pub(crate) wards: Vec<WardView>,
    pub(crate) beds: Vec<BedView>,
    pub(crate) gone: Vec<BedName>,
    pub(crate) alerts: Vec<Alert>,
    pub(crate) kpis: Vec<KpiValue>,
    pub(crate) commands: VecDeque<CommandView>,
}

impl SiteBoard {
    /// The wards of which something is shown or will be.
    pub(crate) fn known_wards(&self) -> BTreeSet<&str> {
        let of_beds = self.beds.names().map(|(ward, _)| ward.as_str());
        let wards = self.wards.names().map(String::as_str);
        wards.chain(of_beds).collect()
    }

    fn alert(&mut self, alert: Alert) -> Applied {
        match alert.state() {
            // Known only in hindsight: never shown as new.
            AlertState::Retrospective => return Applied::Nothing,
            AlertState::Raised | AlertState::Latched
                if !self.alerts.contains_key(&alert.id)
                    && self.alerts.len() + self.next_alerts.len() >= ALERTS_MAX =>
            {
                return self.left_off();
            }
            _ => {}
        }
        self.next_alerts.push(alert);
        Applied::AtOnce
    }

    fn change(&mut self, change: BoardChange) -> Applied {
        let fits = match change.change {
            Some(Change::Bed(bed)) => {
                let Some(place) = &bed.place else {
                    return Applied::Nothing;
                };
                let name = (place.ward.clone(), place.bed.clone().unwrap_or_default());
                self.beds.put(name, bed)
            }
            Some(Change::Ward(ward)) => self.wards.put(ward.ward.clone(), ward),
            Some(Change::SiteView(site)) => {
                self.next_site = Some(site);
                true
            }
            Some(Change::Gone(gone)) => return self.gone(&gone),
            Some(Change::Command(command)) => {
                keep_newest(&mut self.next_commands, command);
                true
            }
            None => return Applied::Nothing,
        };
        self.soon(fits)
    }

    /// A bed leaves, or a ward with all that is known of it. Its alerts end by themselves.
    fn gone(&mut self, gone: &Gone) -> Applied {
        let whole = gone.bed.is_empty();
        let beds = self
            .beds
            .take(|(ward, bed)| *ward == gone.ward && (whole || *bed == gone.bed));
        let ward = whole && self.wards.take(|ward| *ward == gone.ward);
        if whole {
            self.kpis.take(|(ward, ..)| *ward == gone.ward);
        }
        if beds || ward {
            Applied::Soon
        } else {
            Applied::Nothing
        }
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
        let known = self.kpis.newest(&name);
        if known.is_some_and(|known| age(known) > age(&kpi)) {
            return Applied::Nothing;
        }
        let fits = self.kpis.put(name, kpi);
        self.soon(fits)
    }

    fn soon(&mut self, fits: bool) -> Applied {
        if fits { Applied::Soon } else { self.left_off() }
    }

    fn left_off(&mut self) -> Applied {
        let first = !std::mem::replace(&mut self.is_full, true);
        Applied::LeftOff { first }
    }

    fn flush(&mut self, as_of: CellTime) -> Option<Delta> {
        self.as_of_ms = as_of.0;
        let (wards, gone_wards) = self.wards.flush();
        let (beds, mut gone) = self.beds.flush();
        let (kpis, _) = self.kpis.flush();
        gone.extend(gone_wards.into_iter().map(|ward| (ward, String::new())));
        let site = self.next_site.take();
        let alerts = std::mem::take(&mut self.next_alerts);
        let commands = std::mem::take(&mut self.next_commands);
        if site.is_none()
            && wards.is_empty()
            && beds.is_empty()
            && gone.is_empty()
            && alerts.is_empty()
            && kpis.is_empty()
            && commands.is_empty()
        {
            return None;
        }
        if site.is_some() {
            self.site.clone_from(&site);
        }
        for alert in &alerts {
            if matches!(alert.state(), AlertState::Raised | AlertState::Latched) {
                self.alerts.insert(alert.id.clone(), alert.clone());
            } else {
                self.alerts.remove(&alert.id);
            }
        }
        for command in &commands {
            keep_newest(&mut self.commands, command.clone());
        }
        Some(Delta {
            prev: std::mem::replace(&mut self.seq, self.newest),
            seq: self.newest,
            as_of_ms: self.as_of_ms,
            site,
            wards,
            beds,
            gone,
            alerts,
            kpis,
            commands,
        })
    }
}

fn keep_newest(commands: &mut VecDeque<CommandView>, command: CommandView) {
    if commands.len() >= COMMANDS_MAX {
        commands.pop_front();
    }
    commands.push_back(command);
}

#[cfg(test)]
mod tests;

//! One site, folded. Everything that is said of it comes in here, in the order
//! of the log; everything that is said about it goes out. The fold knows no
//! clock but the epoch, no thread and no randomness:
//!
//! ```text
//! inputs of an epoch -> timelines of visits, beds, appointments, devices
//!                    -> lives folded again where something came in
//!                    -> traces: what changed, and in which stretch of time
//!                    -> alerts, windows, boards: what is to be said now
//! ```

mod answers;
mod board;
mod clocks;
mod commands;
mod devices;
pub mod explain;
mod forget;
mod grouped;
pub mod horizon;
mod intake;
mod judge;
mod known;
mod opening;
mod refold;
mod room;
mod rules;
mod say;
mod silences;
mod slots;
mod sources;
mod touched;
pub mod written;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use events::command::CommandId;
use events::control::{Control, Horizons};
use events::fact::{Fact, Told, VisitEvent, What};
use events::id::{AppointmentId, RoleId, SlotId, StaffId, VisitId, WardId};
use events::output::{BedView, Output, SiteView, WardView};
use events::place::{BedKey, Place, Site};
use events::time::{EPOCH_MS, HOUR_MS, Resolution};
use serde::{Deserialize, Serialize};

use crate::alarms::{Alarms, Subject};
use crate::alert::ward_full;
use crate::kpi::KpiSet;
use crate::lane::Report;
use crate::life::Key;
use crate::life::Timeline;
use crate::life::appointment::{AppointmentLife, AppointmentSaid};
use crate::life::bed::{BedEvent, BedState};
use crate::life::device::DeviceLife;
use crate::life::shift::ShiftEvent;
use crate::life::slot::{SlotLife, SlotSaid, SlotUse};
use crate::life::visit::{BedStay, VisitLife};
use crate::master::Master;
use crate::shared::Shared;
use crate::snapshot;
use crate::thresholds::Thresholds;
use crate::trace::{Traces, WardTraces};
use crate::version::Versions;
use crate::weeks::Days;
use crate::windows::Windows;
use sources::{Source, Teller};
use touched::{Position, Touched};

/// How far back corrections reach, and how long windows wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteConfig {
    /// The correction horizon of lanes, and of sites until `control` sets a shorter
    /// one. In milliseconds of event time.
    pub horizon_ms: i64,
    /// How far out of order facts and signals may come before a window closes
    /// without them, until `control` says so. In milliseconds of event time.
    pub disorder_ms: i64,
    /// The shortest windows that are said. What tells the past leaves out those that
    /// nobody keeps for long.
    pub shortest: Resolution,
    /// The KPIs that are said, of those of the version that is in force. What tells the
    /// past leaves out those that nobody asks for.
    pub kpis: KpiSet,
    /// Whether somebody can act on it: boards and alerts are said. What tells the past
    /// leaves them out.
    pub is_live: bool,
}

impl Default for SiteConfig {
    fn default() -> Self {
        Self {
            horizon_ms: 72 * HOUR_MS,
            disorder_ms: 60_000,
            shortest: Resolution::Minute,
            kpis: KpiSet::ALL,
            is_live: true,
        }
    }
}

/// Something said of a site, with its place in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteInput {
    /// Its topic's place in the folding order, lane, offset, and index within
    /// the record.
    pub place: (u8, u32, u64, u32),
    /// What.
    pub item: Item,
}

/// What can be said of a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Item {
    /// Configuration that changes results.
    Control(Control),
    /// Facts of people and systems.
    Told(Told),
    /// News of a device.
    Report(Report),
}

impl Item {
    /// Whether it has commands, and nothing else.
    pub(crate) fn asks_only(&self) -> bool {
        let Self::Told(told) = self else {
            return false;
        };
        let is_command = |fact: &Fact| matches!(fact.what, What::Command(_));
        !told.facts.is_empty() && told.facts.iter().all(is_command)
    }

    /// Which site it is about.
    pub fn site(&self) -> &Site {
        match self {
            Self::Control(control) => &control.site,
            Self::Told(told) => &told.site,
            Self::Report(report) => &report.site,
        }
    }
}

/// A thing whose life is folded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Entity {
    Visit(VisitId),
    Bed(BedKey),
    Appointment(AppointmentId),
    Device(Arc<str>),
    Staff(StaffId),
    Slot(SlotId),
}

/// What has to be looked at again when its time has come.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Timer {
    Entity(Entity),
    Ward(WardId),
    Source(Teller),
    Alert(Subject),
    Silence(silences::Of),
    /// The hours of some bed begin or end.
    Hours,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Visit {
    timeline: Timeline<VisitEvent>,
    life: VisitLife,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Bed {
    /// As it was last told, with its room.
    place: Option<Place>,
    timeline: Timeline<BedEvent>,
    stays: BTreeMap<VisitId, Vec<BedStay>>,
    /// The state that everything before `base_edge` led to.
    base: BedState,
    base_edge: i64,
    state: BedState,
    heard: i64,
    /// The devices that stand there and have felt whether somebody is in it.
    pads: BTreeSet<Arc<str>>,
    /// What the boards were last told of it.
    said: Option<BedView>,
    /// Whether it is among the beds of which only has been heard.
    is_heard: bool,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Appointment {
    timeline: Timeline<AppointmentSaid>,
    life: AppointmentLife,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Slot {
    timeline: Timeline<SlotSaid>,
    /// Which appointments took it, and when; of one that has just said so not yet when.
    uses: BTreeMap<AppointmentId, Vec<SlotUse>>,
    life: SlotLife,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Device {
    /// Where it stands, as its bed and its ward know it.
    place: Arc<Place>,
    /// Orders what devices say at the same time.
    rank: u32,
    is_pad: bool,
    /// As its ward counts it.
    is_silent: bool,
    life: DeviceLife,
}

/// The devices that stand on a ward.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct WardDevices {
    all: u32,
    silent: u32,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Shift {
    key: Option<Key>,
    on: Option<(WardId, RoleId)>,
    timeline: Timeline<ShiftEvent>,
}

/// The fold of one site. A copy shares what is large with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SiteFold {
    site: Site,
    #[serde(skip)]
    config: SiteConfig,
    master: Master,
    thresholds: Thresholds,
    /// As `control` has set them.
    horizons: Option<Horizons>,
    /// What is older can't be corrected any more.
    edge: i64,
    /// Of the computation.
    versions: Versions,
    visits: BTreeMap<VisitId, Shared<Visit>>,
    beds: BTreeMap<BedKey, Shared<Bed>>,
    /// For whom each bed is kept.
    reservations: BTreeMap<BedKey, BTreeSet<VisitId>>,
    appointments: BTreeMap<AppointmentId, Shared<Appointment>>,
    slots: BTreeMap<SlotId, Shared<Slot>>,
    /// By id; whoever goes through all of them must not care in which order.
    #[serde(serialize_with = "snapshot::in_order")]
    devices: HashMap<Arc<str>, Shared<Device>>,
    ward_devices: BTreeMap<WardId, WardDevices>,
    shifts: BTreeMap<StaffId, Shift>,
    sources: BTreeMap<Teller, Shared<Source>>,
    #[serde(serialize_with = "written::without_devices")]
    traces: BTreeMap<Entity, Shared<Traces>>,
    /// What the traces are on each ward.
    #[serde(with = "snapshot::names")]
    wards: BTreeMap<WardId, Shared<WardTraces>>,
    ward_heard: BTreeMap<WardId, i64>,
    full_before: BTreeMap<WardId, ward_full::Before>,
    alarms: Alarms,
    /// Those within the horizon.
    commands: BTreeMap<CommandId, commands::Done>,
    silences: BTreeMap<silences::Of, silences::Silence>,
    timers: BTreeSet<(i64, Timer)>,
    windows: Windows,
    /// Weeks are put together from them.
    days: Days,
    said_wards: BTreeMap<WardId, WardView>,
    said_site: SiteView,
    next_cleanup: i64,
    touched: Touched,
    #[serde(skip)]
    corrections: u64,
}

impl SiteFold {
    /// A site of which nothing has been said.
    pub fn new(site: Site, config: SiteConfig) -> Self {
        Self {
            site,
            config,
            master: Master::default(),
            thresholds: Thresholds::default(),
            horizons: None,
            edge: i64::MIN,
            versions: Versions::default(),
            visits: BTreeMap::new(),
            beds: BTreeMap::new(),
            reservations: BTreeMap::new(),
            appointments: BTreeMap::new(),
            slots: BTreeMap::new(),
            devices: HashMap::new(),
            ward_devices: BTreeMap::new(),
            shifts: BTreeMap::new(),
            sources: BTreeMap::new(),
            traces: BTreeMap::new(),
            wards: BTreeMap::new(),
            ward_heard: BTreeMap::new(),
            full_before: BTreeMap::new(),
            alarms: Alarms::default(),
            commands: BTreeMap::new(),
            silences: BTreeMap::new(),
            timers: BTreeSet::new(),
            windows: Windows::default(),
            days: Days::default(),
            said_wards: BTreeMap::new(),
            said_site: SiteView::default(),
            next_cleanup: 0,
            touched: Touched::default(),
            corrections: 0,
        }
    }

    /// Which site it is.
    pub(crate) const fn site(&self) -> &Site {
        &self.site
    }

    /// The cell time at which something happens even if nothing comes in.
    pub fn due(&self) -> Option<i64> {
        let timer = self.timers.first().map(|(at, _)| *at);
        let window = self
            .windows
            .due()
            .map(|end| end + self.horizons().disorder_ms);
        timer.into_iter().chain(window).min()
    }

    /// Folds the inputs of an epoch, sorted by their place. Returns what is to be
    /// said, in order; whoever knows the lane gives each its place in it.
    pub fn fold(&mut self, epoch: u64, inputs: Vec<SiteInput>) -> Vec<Output> {
        let now = epoch_time(epoch);
        self.move_edge(now);
        for input in inputs {
            self.take(now, input);
        }
        self.refold(now);
        self.fire_timers(now);
        self.say_windows(now);
        if self.config.is_live {
            self.say_boards(now);
        } else {
            self.touched.forget_boards();
        }
        self.forget(now);
        std::mem::take(&mut self.touched.outputs)
    }

    /// Windows said again since the last call.
    pub fn take_corrections(&mut self) -> u64 {
        std::mem::take(&mut self.corrections)
    }
}

/// The cell time of an epoch: a function of the epoch alone, so that nothing
/// depends on which tick closed it.
pub fn epoch_time(epoch: u64) -> i64 {
    i64::try_from(epoch)
        .unwrap_or(i64::MAX / EPOCH_MS)
        .saturating_mul(EPOCH_MS)
}

/// The first epoch whose time is `at` or later.
pub fn epoch_at(at: i64) -> u64 {
    u64::try_from(at.div_euclid(EPOCH_MS) + i64::from(at.rem_euclid(EPOCH_MS) > 0)).unwrap_or(0)
}

#[cfg(test)]
mod tests;

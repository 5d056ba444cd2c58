//! The sites of one worker: what comes in for an epoch is kept until the epoch is
//! complete, put in order, and folded.

use std::collections::BTreeMap;
use std::sync::Arc;

use events::output::{Late, Output};
use events::place::Site;
use events::reason::Reason;
use events::topic::KafkaTopic;

use super::{LogEnd, Outlet, Said, output_lane};
use crate::lane::LaneCounts;
use crate::site::{SiteConfig, SiteFold, SiteInput, epoch_at, epoch_time};
use crate::snapshot::{Held, Part, Piece, Plan, State};

/// Sites of one output lane: a name that nobody has heard of is set aside beyond.
const SITES_MAX: usize = 1_000;

/// How what comes in of one site in one epoch gets into the order in which it is folded.
/// It comes from several lanes and workers, mixed by chance.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    /// How it is taken from those who read it.
    pub taken: Taken,
    /// How it is arranged, when the epoch is complete.
    pub arrange: fn(&mut [SiteInput]),
}

/// In which order messages that have arrived are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// One after the other: each lane stays in its order.
    InTurn,
    /// Grouped by their epochs, with timely's `for_each_stamp`: its sort is not stable,
    /// and mixes what one lane said in one epoch.
    ByStamp,
}

impl Order {
    /// The order of the log: topic, lane, offset. No chance has a part in it, so it is the
    /// one that the processor folds in.
    pub const OF_THE_LOG: Self = Self {
        taken: Taken::InTurn,
        arrange: by_place,
    };
}

fn by_place(inputs: &mut [SiteInput]) {
    inputs.sort_by_key(|input| input.place);
}

/// The sites of one worker, and what has come in for epochs that are still open.
pub struct Sites {
    config: SiteConfig,
    pub(super) order: Order,
    pub(super) lanes: u32,
    /// Which worker this is, of how many.
    worker: (usize, usize),
    pub(super) end: LogEnd,
    plan: Arc<Plan>,
    sites: BTreeMap<Site, SiteFold>,
    /// How many sites say something in each lane.
    in_lanes: BTreeMap<u32, usize>,
    stashed: BTreeMap<u64, Vec<SiteInput>>,
    folded: u64,
}

impl Sites {
    /// The sites that are in `state`, else none yet; outputs go to `lanes` lanes.
    /// All workers share `end` and `plan`; `order` is [`Order::OF_THE_LOG`], or the fold is none.
    pub fn new(
        config: SiteConfig,
        order: Order,
        lanes: u32,
        worker: (usize, usize),
        (end, plan): (LogEnd, Arc<Plan>),
        state: Option<&mut State>,
    ) -> Self {
        let mut sites = Self {
            config,
            order,
            lanes,
            worker,
            end,
            plan,
            sites: BTreeMap::new(),
            in_lanes: BTreeMap::new(),
            stashed: BTreeMap::new(),
            folded: 0,
        };
        if let Some(state) = state {
            sites.folded = state.epoch();
            for lane in sites.groups() {
                let of_group = state.take_sites(lane);
                sites.in_lanes.insert(lane, of_group.len());
                let of_group = of_group.into_iter().map(|fold| (fold.site().clone(), fold));
                sites.sites.extend(of_group);
            }
        }
        sites
    }

    /// The lanes of outputs that this worker writes: those that the exchange
    /// sends it.
    fn groups(&self) -> impl Iterator<Item = u32> + use<> {
        let (index, workers) = self.worker;
        (0..self.lanes).filter(move |lane| *lane as usize % workers == index)
    }

    pub(super) fn stash(&mut self, epoch: u64, inputs: impl Iterator<Item = SiteInput>) {
        self.stashed.entry(epoch).or_default().extend(inputs);
    }

    /// A site that is known, or for which there is room.
    fn site(&mut self, site: &Site) -> Option<&mut SiteFold> {
        if !self.sites.contains_key(site) {
            let lane = output_lane(site, self.lanes);
            let in_lane = self.in_lanes.entry(lane).or_default();
            if *in_lane >= SITES_MAX {
                return None;
            }
            *in_lane += 1;
            let fold = SiteFold::new(site.clone(), self.config);
            self.sites.insert(site.clone(), fold);
        }
        self.sites.get_mut(site)
    }

    /// Whoever asks for something at a board makes no site by that.
    fn known_or_new(&mut self, site: &Site, inputs: &[SiteInput]) -> Option<&mut SiteFold> {
        let is_asked_only = !inputs.is_empty() && inputs.iter().all(|input| input.item.asks_only());
        if is_asked_only && !self.sites.contains_key(site) {
            return None;
        }
        self.site(site)
    }

    /// Folds every epoch before `open` in which something comes in or is due.
    pub(super) fn fold_before(&mut self, open: u64, say: &mut Outlet) {
        let closed = open.saturating_sub(1);
        if closed <= self.folded {
            return;
        }
        for epoch in self.plan.sites_pass(self.folded, closed) {
            self.fold_to(epoch, say);
            self.write_down(epoch, say);
        }
        self.fold_to(closed, say);
        say(Said::Progress {
            worker: self.worker.0,
            epoch: closed,
        });
    }

    fn fold_to(&mut self, last: u64, say: &mut Outlet) {
        while let Some(epoch) = self.next().filter(|epoch| *epoch <= last) {
            self.fold(epoch, say);
        }
        self.folded = last;
    }

    /// Copies the sites as they are at the end of an epoch.
    fn write_down(&self, epoch: u64, say: &mut Outlet) {
        for lane in self.groups() {
            let of_group = |(site, _): &(&Site, &SiteFold)| output_lane(site, self.lanes) == lane;
            let sites = self.sites.iter().filter(of_group);
            let sites = sites.map(|(_, fold)| fold.clone()).collect();
            say(Said::Piece(Piece {
                epoch,
                part: Part::Sites(lane),
                next_offset: 0,
                held: Held::Sites(sites),
            }));
        }
    }

    fn next(&self) -> Option<u64> {
        let due = self.sites.values().filter_map(SiteFold::due).min();
        let due = due.map(|due| epoch_at(due).max(self.folded + 1));
        let stashed = self.stashed.keys().next().copied();
        due.into_iter().chain(stashed).min()
    }

    fn fold(&mut self, epoch: u64, say: &mut Outlet) {
        let now = epoch_time(epoch);
        let mut of_site: BTreeMap<Site, Vec<SiteInput>> = BTreeMap::new();
        for input in self.stashed.remove(&epoch).unwrap_or_default() {
            match of_site.get_mut(input.item.site()) {
                Some(inputs) => inputs.push(input),
                None => {
                    of_site.insert(input.item.site().clone(), vec![input]);
                }
            }
        }
        let due = self
            .sites
            .iter()
            .filter(|(_, fold)| fold.due().is_some_and(|due| due <= now));
        for site in due.map(|(site, _)| site) {
            of_site.entry(site.clone()).or_default();
        }
        let (mut said, mut corrections) = (Vec::new(), 0);
        let mut places: BTreeMap<u32, u32> = BTreeMap::new();
        for (site, mut inputs) in of_site {
            (self.order.arrange)(&mut inputs);
            let next = places.entry(output_lane(&site, self.lanes)).or_default();
            let outputs = match self.known_or_new(&site, &inputs) {
                Some(fold) => {
                    let outputs = fold.fold(epoch, inputs);
                    corrections += fold.take_corrections();
                    outputs
                }
                None => inputs.iter().map(|input| no_room(input, now)).collect(),
            };
            for mut output in outputs {
                output.place(epoch, *next);
                *next += 1;
                said.push(output);
            }
        }
        if !said.is_empty() {
            say(Said::Outputs(said));
        }
        if corrections > 0 {
            say(Said::Counted {
                lanes: LaneCounts::default(),
                corrections,
            });
        }
        self.folded = epoch;
    }
}

/// What is said of a site for which there is no room.
fn no_room(input: &SiteInput, now: i64) -> Output {
    let (topic, lane, offset, _) = input.place;
    let topic = KafkaTopic::INPUTS.get(usize::from(topic));
    let site = input.item.site();
    Output::Late(Late {
        tenant: site.tenant.to_string(),
        site: site.site.to_string(),
        topic: topic
            .map(|topic| topic.name().to_owned())
            .unwrap_or_default(),
        lane,
        offset,
        at_ms: now,
        reason: Reason::SiteFull.code().to_owned(),
        ..Late::default()
    })
}

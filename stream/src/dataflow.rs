//! The timely graph: the only file that builds operators. timely's timestamp is
//! the epoch. One operator reads a worker's lanes, one folds the sites that the
//! worker owns; between them inputs are exchanged by site.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;

use events::log::Chunk;
use events::output::{Late, Output};
use events::place::Site;
use events::reason::Reason;
use events::topic::{self, KafkaTopic};
use timely::dataflow::Scope;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::generic::operator::{Operator, source};

use crate::lane::LaneCounts;
use crate::site::{SiteConfig, SiteFold, SiteInput, epoch_at, epoch_time};
use crate::snapshot::{Held, Part, Piece, Plan, State};
use crate::source::{Source, Undecodable};

/// Chunks read in one go before the fold gets its turn.
const CHUNKS_AT_ONCE: usize = 16;
/// Sites of one output lane: a name that nobody has heard of is set aside beyond.
const SITES_MAX: usize = 1_000;
/// How long an idle worker waits before it looks again.
const IDLE: Duration = Duration::from_millis(1);

/// What a worker says to the outside.
#[derive(Clone, Debug)]
pub enum Said {
    /// What one epoch said of the sites of one worker.
    Outputs(Vec<Output>),
    /// Everything up to this epoch has been said by this worker.
    Progress {
        /// The worker.
        worker: usize,
        /// The epoch.
        epoch: u64,
    },
    /// What was counted since the last time.
    Counted {
        /// Of the lanes.
        lanes: LaneCounts,
        /// Windows said again.
        corrections: u64,
    },
    /// Records that none of our writers wrote.
    Undecodable(Vec<Undecodable>),
    /// A part of a snapshot. What it follows from has been said by this worker.
    Piece(Piece),
}

/// Where a worker says it. May block: the worker then waits.
pub type Outlet = Box<dyn FnMut(Said)>;

/// Where the log ends for this run, shared by its workers: the first epoch that
/// one of them had not read whole when its chunks ended. Workers end one after
/// the other; whoever goes on must not fold what another can't complete.
#[derive(Clone, Debug)]
pub struct LogEnd(Arc<AtomicU64>);

impl Default for LogEnd {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(u64::MAX)))
    }
}

impl LogEnd {
    fn is_at(&self, open: u64) {
        self.0.fetch_min(open, Ordering::AcqRel);
    }

    fn epoch(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// Builds the graph of one worker.
pub fn build<'scope>(
    scope: Scope<'scope, u64>,
    lanes: Source,
    chunks: Receiver<Chunk>,
    sites: Sites,
    outlets: [Outlet; 2],
) {
    let [say_read, say_folded] = outlets;
    let inputs = read(scope, lanes, chunks, sites.end.clone(), say_read);
    fold(inputs, sites, say_folded);
}

fn read<'scope>(
    scope: Scope<'scope, u64>,
    mut lanes: Source,
    chunks: Receiver<Chunk>,
    end: LogEnd,
    mut say: Outlet,
) -> StreamVec<'scope, u64, SiteInput> {
    source(scope, "lanes", move |capability, info| {
        let activator = scope.activator_for(info.address);
        let mut capability = lanes.open_epoch().is_some().then_some(capability);
        move |output| {
            let Some(held) = capability.as_mut() else {
                return;
            };
            let mut ended = false;
            let mut idle = true;
            for _ in 0..CHUNKS_AT_ONCE {
                match chunks.try_recv() {
                    Ok(chunk) => {
                        idle = false;
                        let mut inputs = lanes.read(&chunk).into_iter().peekable();
                        while let Some((epoch, _)) = inputs.peek() {
                            let epoch = *epoch;
                            let delayed = held.delayed(&epoch);
                            let of_epoch =
                                std::iter::from_fn(|| inputs.next_if(|(next, _)| *next == epoch));
                            let of_epoch = of_epoch.map(|(_, input)| input);
                            output.session(&delayed).give_iterator(of_epoch);
                        }
                    }
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => {
                        ended = true;
                        break;
                    }
                }
            }
            if !idle {
                say_read(&mut lanes, &mut say);
                let open = lanes.open_epoch().expect("a capability is held for lanes");
                held.downgrade(&open);
            }
            match (ended, idle) {
                (true, _) => {
                    // Said before the capability goes: a frontier that moves on
                    // without this worker is seen together with the end.
                    end.is_at(lanes.open_epoch().unwrap_or(u64::MAX));
                    capability = None;
                }
                (false, true) => activator.activate_after(IDLE),
                (false, false) => activator.activate(),
            }
        }
    })
}

fn say_read(lanes: &mut Source, say: &mut Outlet) {
    for piece in lanes.take_pieces() {
        say(Said::Piece(piece));
    }
    let undecodable = lanes.take_undecodable();
    if !undecodable.is_empty() {
        say(Said::Undecodable(undecodable));
    }
    let counts = lanes.take_counts();
    if counts != LaneCounts::default() {
        say(Said::Counted {
            lanes: counts,
            corrections: 0,
        });
    }
}

fn fold<'scope>(inputs: StreamVec<'scope, u64, SiteInput>, mut sites: Sites, mut say: Outlet) {
    let lanes = sites.lanes;
    // By the lane of its outputs: whoever says something in a lane says all of it.
    let by_lane =
        Exchange::new(move |input: &SiteInput| u64::from(output_lane(input.item.site(), lanes)));
    let _ = inputs.unary_frontier::<timely::container::CapacityContainerBuilder<Vec<()>>, _, _, _>(
        by_lane,
        "sites",
        move |_capability, _info| {
            move |(input, frontier), _output| {
                // In the order of arrival: `for_each_stamp` would reorder.
                input.for_each(|capability, inputs| {
                    let epoch = *capability.least().expect("every message carries its epoch");
                    sites.stash(epoch, inputs.drain(..));
                });
                // A frontier that is empty, or that some worker no longer holds
                // back, means that the log has ended, not that its last epochs
                // are whole.
                let open = frontier.frontier().first().copied().unwrap_or(u64::MAX);
                let open = open.min(sites.end.epoch());
                if open < u64::MAX {
                    sites.fold_before(open, &mut say);
                }
            }
        },
    );
}

fn output_lane(site: &Site, lanes: u32) -> u32 {
    topic::lane(&topic::site_key(site), lanes)
}

/// The sites of one worker, and what has come in for epochs that are still open.
pub struct Sites {
    config: SiteConfig,
    lanes: u32,
    /// Which worker this is, of how many.
    worker: (usize, usize),
    end: LogEnd,
    plan: Arc<Plan>,
    sites: BTreeMap<Site, SiteFold>,
    /// How many sites say something in each lane.
    in_lanes: BTreeMap<u32, usize>,
    stashed: BTreeMap<u64, Vec<SiteInput>>,
    folded: u64,
}

impl Sites {
    /// The sites that are in `state`, else none yet; outputs go to `lanes` lanes.
    /// All workers share `end` and `plan`.
    pub fn new(
        config: SiteConfig,
        lanes: u32,
        worker: (usize, usize),
        (end, plan): (LogEnd, Arc<Plan>),
        state: Option<&mut State>,
    ) -> Self {
        let mut sites = Self {
            config,
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

    fn stash(&mut self, epoch: u64, inputs: impl Iterator<Item = SiteInput>) {
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

    /// Folds every epoch before `open` in which something comes in or is due.
    fn fold_before(&mut self, open: u64, say: &mut Outlet) {
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
            inputs.sort_by_key(|input| input.place);
            let next = places.entry(output_lane(&site, self.lanes)).or_default();
            let outputs = match self.site(&site) {
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

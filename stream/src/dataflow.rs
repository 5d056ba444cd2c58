//! The timely graph: the only file that builds operators. timely's timestamp is
//! the epoch. One operator reads a worker's lanes, one folds the sites that the
//! worker owns; between them inputs are exchanged by site.

mod sites;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;

use events::log::Chunk;
use events::output::Output;
use events::place::Site;
use events::topic;
use timely::communication::Pull;
use timely::dataflow::Scope;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::Message;
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::generic::InputHandleCore;
use timely::dataflow::operators::generic::operator::{Operator, source};

use crate::lane::LaneCounts;
use crate::site::SiteInput;
use crate::snapshot::Piece;
use crate::source::{Source, Undecodable};

pub use sites::{Order, Sites, Taken};

/// Chunks read in one go before the fold gets its turn.
const CHUNKS_AT_ONCE: usize = 16;
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
                take(input, sites.order.taken, |epoch, inputs| {
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

/// Takes what has arrived. Between lanes its order is chance in any case, and `Order` puts
/// an end to it.
fn take<P: Pull<Message<u64, Vec<SiteInput>>>>(
    input: &mut InputHandleCore<u64, Vec<SiteInput>, P>,
    taken: Taken,
    mut stash: impl FnMut(u64, &mut Vec<SiteInput>),
) {
    const CARRIES: &str = "every message carries its epoch";
    match taken {
        Taken::InTurn => input.for_each(|capability, inputs| {
            stash(*capability.least().expect(CARRIES), inputs);
        }),
        Taken::ByStamp => input.for_each_stamp(|capability, all| {
            let epoch = *capability.least().expect(CARRIES);
            all.for_each(|inputs| stash(epoch, inputs));
        }),
    }
}

fn output_lane(site: &Site, lanes: u32) -> u32 {
    topic::lane(&topic::site_key(site), lanes)
}

#[cfg(test)]
mod tests;

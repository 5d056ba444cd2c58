//! How inputs arrive at the fold of the sites, and why it doesn't matter.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use events::fact::Told;
use events::id::{SiteId, TenantId};
use timely::container::CapacityContainerBuilder;

use super::*;
use crate::site::Item;

const LANES: u32 = 4;
const EPOCHS: u64 = 30;

/// What has arrived in each epoch, in the order of arrival.
type Arrived = BTreeMap<u64, Vec<SiteInput>>;

/// Grouping loses even the order within a lane, since it sorts messages of one epoch in no
/// order in particular. In the order of the log nothing is left of it.
#[test]
fn for_each_stamp_mixes_what_one_lane_says_and_the_order_of_the_log_undoes_it() {
    let (in_turn, by_stamp) = (arrive(Taken::InTurn), arrive(Taken::ByStamp));
    assert!(in_turn.values().all(|inputs| lanes_are_in_order(inputs)));
    assert!(!by_stamp.values().all(|inputs| lanes_are_in_order(inputs)));
    assert_eq!(
        in_the_order_of_the_log(in_turn),
        in_the_order_of_the_log(by_stamp)
    );
}

fn lanes_are_in_order(inputs: &[SiteInput]) -> bool {
    (0..LANES).all(|lane| {
        let of_lane = inputs.iter().filter(|input| input.place.1 == lane);
        of_lane.map(|input| input.place.2).is_sorted()
    })
}

fn in_the_order_of_the_log(mut arrived: Arrived) -> Arrived {
    arrived
        .values_mut()
        .for_each(|inputs| (Order::OF_THE_LOG.arrange)(inputs));
    arrived
}

/// What lanes say: one after the other is read, each over many epochs, in each of which it
/// says something several times.
fn said() -> impl Iterator<Item = (u64, SiteInput)> {
    let site = Site {
        tenant: TenantId::new("demo").unwrap(),
        site: SiteId::new("north").unwrap(),
    };
    let told = Item::Told(Told {
        site,
        source: "http".to_owned(),
        facts: Vec::new(),
        receipt: None,
    });
    (0..LANES).flat_map(move |lane| {
        let told = told.clone();
        (0..3 * EPOCHS).map(move |offset| {
            let place = (1, lane, offset, 0);
            let item = told.clone();
            (1 + offset / 3, SiteInput { place, item })
        })
    })
}

fn arrive(taken: Taken) -> Arrived {
    timely::execute_directly(move |worker| {
        let arrived = Rc::new(RefCell::new(Arrived::new()));
        let stash = Rc::clone(&arrived);
        worker.dataflow::<u64, _, _>(|scope| {
            let inputs = source(scope, "lanes", |capability, _info| {
                let mut capability = Some(capability);
                move |output| {
                    if let Some(held) = capability.take() {
                        for (epoch, input) in said() {
                            output.session(&held.delayed(&epoch)).give(input);
                        }
                    }
                }
            });
            let anywhere = Exchange::new(|_: &SiteInput| 0);
            let _ = inputs.unary_frontier::<CapacityContainerBuilder<Vec<()>>, _, _, _>(
                anywhere,
                "take",
                move |_capability, _info| {
                    move |(input, _frontier), _output| {
                        take(input, taken, |epoch, inputs| {
                            let mut arrived = stash.borrow_mut();
                            arrived.entry(epoch).or_default().append(inputs);
                        });
                    }
                },
            );
        });
        while worker.step() {}
        arrived.take()
    })
}

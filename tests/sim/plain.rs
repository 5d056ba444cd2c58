//! The log of one site, folded without workers, threads and kills: each epoch's inputs in
//! their order, one epoch after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use events::log::Chunk;
use events::output::Output;
use simulators::hospital::Hospital;
use stream::site::{SiteConfig, SiteFold, SiteInput, epoch_at, epoch_time};
use stream::source::Source;

use crate::log::Lanes;

/// What is said, and what is known in the end.
pub(crate) struct Plain {
    pub(crate) said: Vec<Output>,
    pub(crate) site: SiteFold,
    /// Up to when the log reaches, in cell time.
    pub(crate) end: i64,
    /// Readings that were seen before.
    pub(crate) duplicates: u64,
}

/// Folds the log; `look` sees the site before each epoch, with the epoch's time.
pub(crate) fn fold(
    lanes: &Lanes,
    config: SiteConfig,
    mut look: impl FnMut(&SiteFold, i64),
) -> Plain {
    let keys = lanes.keys().copied();
    let mut source = Source::new(keys, config.horizon_ms, None, Arc::default());
    let mut inputs: BTreeMap<u64, Vec<SiteInput>> = BTreeMap::new();
    for ((topic, lane), records) in lanes {
        let chunk = Chunk {
            topic: *topic,
            lane: *lane,
            records: records.clone(),
        };
        for (epoch, input) in source.read(&chunk) {
            inputs.entry(epoch).or_default().push(input);
        }
    }
    assert_eq!(source.take_undecodable(), []);
    let closed = source.open_epoch().unwrap() - 1;
    let mut plain = Plain {
        said: Vec::new(),
        site: SiteFold::new(Hospital::site(), config),
        end: epoch_time(closed),
        duplicates: source.take_counts().duplicates,
    };
    let mut folded = 0;
    loop {
        let due = plain.site.due().map(|due| epoch_at(due).max(folded + 1));
        let next = due.into_iter().chain(inputs.keys().next().copied()).min();
        let Some(epoch) = next.filter(|epoch| *epoch <= closed) else {
            break;
        };
        look(&plain.site, epoch_time(epoch));
        let mut of_epoch = inputs.remove(&epoch).unwrap_or_default();
        of_epoch.sort_by_key(|input| input.place);
        let said = plain.site.fold(epoch, of_epoch);
        plain
            .said
            .extend((0..).zip(said).map(|(index, mut output)| {
                output.place(epoch, index);
                output
            }));
        folded = epoch;
    }
    plain
}

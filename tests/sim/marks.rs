//! What happened on the way, by name: a run in which nothing did proves nothing.

use std::collections::BTreeMap;

/// Every path that is rare enough to be missed by chance.
pub(crate) const ALL: [&str; 47] = [
    // On the way to the log.
    "a fact came late",
    "a fact was overtaken",
    "a visit was cancelled",
    "a move or discharge was cancelled",
    "a visit was merged",
    "a bed was blocked",
    "a device started again",
    "a message came again",
    "a duplicate was dropped",
    "the gateway was killed",
    "the gateway was killed with messages that are not in the log",
    "the gateway was killed with messages in the log and not acknowledged",
    "the broker was lost",
    "an acknowledgement was too late to be sent",
    "a request was repeated that was not in the log",
    "a request was repeated that was in the log",
    // The clock in the log.
    "a tick was left out",
    "a tick came twice",
    "a tick went back",
    "a lane had no tick for long",
    "a tick closed many epochs",
    // What is set.
    "a threshold was set",
    "a master was set",
    "a ward got another source",
    "horizons were set",
    // The processor.
    "killed",
    "killed with outputs under way",
    "killed when some lanes were acknowledged further than others",
    "killed right after a snapshot",
    "a snapshot was kept",
    "a tick closed more than the snapshot's epoch",
    "restored",
    "restored with other workers",
    "restored from an older snapshot",
    "started again from the beginning of the log",
    // What it says.
    "a window was said again",
    "a window was not covered",
    "a source was lost",
    "a bed was shown in conflict",
    "an alert was withdrawn",
    "an alert was known in hindsight only",
    "a record was set aside",
    "a record was beyond the horizon",
    // Who reads it.
    "the sink was killed before its rows were stored",
    "the sink was killed between its rows and its progress",
    "the sink went on within an epoch",
    "an output was said again",
];

/// How often each of them happened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks(BTreeMap<&'static str, u64>);

impl Marks {
    pub(crate) fn note(&mut self, mark: &'static str) {
        self.count(mark, 1);
    }

    pub(crate) fn count(&mut self, mark: &'static str, times: u64) {
        assert!(ALL.contains(&mark), "{mark} is no mark");
        *self.0.entry(mark).or_default() += times;
    }

    pub(crate) fn add(&mut self, others: &Self) {
        for (mark, times) in &others.0 {
            self.count(mark, *times);
        }
    }

    pub(crate) fn has(&self, mark: &str) -> bool {
        self.0.get(mark).is_some_and(|times| *times > 0)
    }

    /// The names of what never happened.
    pub(crate) fn never(&self) -> Vec<&'static str> {
        ALL.into_iter().filter(|mark| !self.has(mark)).collect()
    }
}

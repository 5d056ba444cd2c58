//! Requests that were taken, so that a repeated one is answered and not written
//! again. Kept for 72 h of cell time and at most a million, the oldest go first;
//! rebuilt from the receipts in the log. Only hashes are kept. Pure.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use events::fact::{Receipt, Told};
use events::time::{CellTime, HOUR_MS};
use sha2::{Digest, Sha256};

use super::{SOURCE, commands};

/// How long a request is remembered, in milliseconds.
pub const AGE_MAX_MS: i64 = 72 * HOUR_MS;
/// How many requests are remembered.
pub const REQUESTS_MAX: usize = 1_000_000;

/// Half a SHA-256: plenty to tell a million requests apart.
type Hash = [u8; 16];

/// When a request was taken; of one millisecond, in which order it was noted.
type Age = (CellTime, u64);

/// What a request with a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The first one: to be carried out, then [`Idempotency::remember`]ed or
    /// [`Idempotency::release`]d.
    New,
    /// Taken before, with so many facts.
    Repeated(usize),
    /// The same key with another body.
    OtherBody,
    /// The first one is still under way.
    UnderWay,
}

/// The requests that are remembered, by all who write them into one log.
#[derive(Clone, Debug, Default)]
pub struct Requests(Arc<Mutex<Idempotency>>);

impl Requests {
    /// Looks something up, or notes something, while nobody else does.
    pub fn look<T>(&self, look: impl FnOnce(&mut Idempotency) -> T) -> T {
        // Nothing in there panics half-way, so a poisoned lock holds good data.
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The requests that are remembered.
#[derive(Debug)]
pub struct Idempotency {
    requests: HashMap<Hash, Request>,
    /// The oldest first, in whatever order they are noted.
    ages: BTreeMap<Age, Hash>,
    noted: u64,
    most: usize,
}

#[derive(Clone, Copy, Debug)]
struct Request {
    age: Age,
    body: Hash,
    /// Its facts; `None` while it is under way.
    facts: Option<u32>,
}

impl Default for Idempotency {
    fn default() -> Self {
        Self::with_room_for(REQUESTS_MAX)
    }
}

impl Idempotency {
    /// Remembers at most `most` requests.
    pub fn with_room_for(most: usize) -> Self {
        Self {
            requests: HashMap::new(),
            ages: BTreeMap::new(),
            noted: 0,
            most: most.max(1),
        }
    }

    /// Looks a request up, and notes it as under way when it is new.
    pub fn claim(&mut self, receipt: &Receipt, now: CellTime) -> Claim {
        self.forget(now);
        let body = half(&receipt.body);
        match self.requests.get(&id(receipt)) {
            Some(known) if known.body != body => Claim::OtherBody,
            Some(Request {
                facts: Some(facts), ..
            }) => Claim::Repeated(*facts as usize),
            Some(_) => Claim::UnderWay,
            None => {
                self.note(receipt, now, None);
                Claim::New
            }
        }
    }

    /// Of a request that was claimed: its facts, or `None` while it is under way.
    pub fn known(&self, receipt: &Receipt) -> Option<Option<u32>> {
        self.requests.get(&id(receipt)).map(|request| request.facts)
    }

    /// Notes that a request with so many facts, taken at `at`, is durable; as
    /// told by its delivery report or by the log.
    pub fn remember(&mut self, receipt: &Receipt, at: CellTime, facts: usize) {
        self.forget(at);
        let facts = Some(u32::try_from(facts).unwrap_or(u32::MAX));
        match self.requests.get_mut(&id(receipt)) {
            Some(known) => known.facts = facts,
            None => self.note(receipt, at, facts),
        }
    }

    /// Remembers a request that stands in the log, so that its repetition is recognised.
    /// What was told in another way has no key that could come again.
    pub fn recall(&mut self, told: &Told) {
        if ![SOURCE, commands::SOURCE].contains(&&*told.source) {
            return;
        }
        if let (Some(receipt), Some(first)) = (&told.receipt, told.facts.first()) {
            self.remember(receipt, first.told, told.facts.len());
        }
    }

    /// Notes that a request came to nothing: it may be sent again.
    pub fn release(&mut self, receipt: &Receipt) {
        let id = id(receipt);
        if let Some(Request {
            age, facts: None, ..
        }) = self.requests.get(&id)
        {
            self.ages.remove(age);
            self.requests.remove(&id);
        }
    }

    fn note(&mut self, receipt: &Receipt, at: CellTime, facts: Option<u32>) {
        let id = id(receipt);
        let body = half(&receipt.body);
        let age = (at, self.noted);
        self.noted += 1;
        self.requests.insert(id, Request { age, body, facts });
        self.ages.insert(age, id);
        if self.ages.len() > self.most {
            self.forget_oldest();
        }
    }

    fn forget(&mut self, now: CellTime) {
        while self
            .ages
            .first_key_value()
            .is_some_and(|((at, _), _)| now.0 - at.0 > AGE_MAX_MS)
        {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, id)) = self.ages.pop_first() {
            self.requests.remove(&id);
        }
    }
}

/// The receipt of a request to `path` with this key and body.
pub fn receipt(path: &str, key: &[u8], body: &[u8]) -> Receipt {
    Receipt {
        path: path.to_owned(),
        key: Sha256::digest(key).into(),
        body: Sha256::digest(body).into(),
    }
}

fn id(receipt: &Receipt) -> Hash {
    let mut hash = Sha256::new();
    hash.update(receipt.key);
    hash.update(receipt.path.as_bytes());
    half(&hash.finalize())
}

fn half(hash: &[u8]) -> Hash {
    hash[..16].try_into().expect("a SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/v1/demo/north/visits";
    const NOW: CellTime = CellTime(1_000_000_000);

    fn request(key: &str, body: &str) -> Receipt {
        receipt(PATH, key.as_bytes(), body.as_bytes())
    }

    #[test]
    fn a_repeated_request_is_recognised_by_key_path_and_body() {
        let mut known = Idempotency::default();
        let first = request("k", "body");
        assert_eq!(known.claim(&first, NOW), Claim::New);
        assert_eq!(known.claim(&first, NOW), Claim::UnderWay);
        known.remember(&first, NOW, 3);
        assert_eq!(known.claim(&first, NOW), Claim::Repeated(3));
        assert_eq!(known.claim(&request("k", "other"), NOW), Claim::OtherBody);
        assert_eq!(known.claim(&request("l", "body"), NOW), Claim::New);
        let elsewhere = receipt("/v1/other/north/visits", b"k", b"body");
        assert_eq!(known.claim(&elsewhere, NOW), Claim::New);
    }

    #[test]
    fn what_came_to_nothing_may_be_sent_again() {
        let mut known = Idempotency::default();
        let first = request("k", "body");
        known.claim(&first, NOW);
        known.release(&first);
        assert_eq!(known.claim(&first, NOW), Claim::New);
    }

    #[test]
    fn requests_are_forgotten_after_72_hours() {
        let mut known = Idempotency::default();
        let first = request("k", "body");
        known.remember(&first, NOW, 1);
        let later = CellTime(NOW.0 + AGE_MAX_MS);
        assert_eq!(known.claim(&first, later), Claim::Repeated(1));
        assert_eq!(known.claim(&first, CellTime(later.0 + 1)), Claim::New);
    }

    #[test]
    fn at_the_bound_the_oldest_is_forgotten() {
        let mut known = Idempotency::with_room_for(2);
        let requests: Vec<Receipt> = ["a", "b", "c"].map(|key| request(key, "")).into();
        for request in &requests {
            known.remember(request, NOW, 1);
        }
        assert_eq!(known.claim(&requests[1], NOW), Claim::Repeated(1));
        assert_eq!(known.claim(&requests[2], NOW), Claim::Repeated(1));
        assert_eq!(known.claim(&requests[0], NOW), Claim::New);
    }

    #[test]
    fn the_oldest_goes_first_also_when_requests_are_noted_out_of_order() {
        let mut known = Idempotency::with_room_for(2);
        let requests: Vec<Receipt> = ["a", "b", "c"].map(|key| request(key, "")).into();
        for (request, age) in requests.iter().zip([0, 2_000, 1_000]) {
            known.remember(request, CellTime(NOW.0 - age), 1);
        }
        assert_eq!(known.claim(&requests[0], NOW), Claim::Repeated(1));
        assert_eq!(known.claim(&requests[2], NOW), Claim::Repeated(1));
        let later = CellTime(NOW.0 - 1_000 + AGE_MAX_MS + 1);
        assert_eq!(
            known.claim(&requests[2], later),
            Claim::New,
            "72 h are over"
        );
        assert_eq!(known.claim(&requests[0], later), Claim::Repeated(1));
        assert_eq!(known.requests.len(), known.ages.len());
    }
}

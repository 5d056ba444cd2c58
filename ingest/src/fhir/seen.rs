//! What has been told before. A resource that is sent again, or that has been changed,
//! mostly says what its earlier version has said; a fact is known by its content, and told
//! once. The memory is rebuilt from the facts that stand in the log. Pure.

use std::collections::BTreeSet;

use events::fact::{Fact, FactFlags, Receipt, Told, What};
use events::place::Site;
use events::time::{CellTime, EventTime};
use events::wire;
use sha2::{Digest, Sha256};

use super::{SOURCE, SaidFact};
use crate::http::idempotency::{Claim, Idempotency};

/// What a fact is known by: the hash of its site, its time and what it says.
pub type ContentId = [u8; 32];

/// What the fact is known by that something is so at a site, at this time by whoever said it.
pub fn content_id(site: &Site, at: EventTime, what: &What) -> ContentId {
    let bare = Fact {
        at,
        told: CellTime(0),
        flags: FactFlags::default(),
        what: what.clone(),
    };
    let bare = Told {
        site: site.clone(),
        source: String::new(),
        facts: vec![bare],
        receipt: None,
    };
    Sha256::digest(wire::encode_facts(&bare)).into()
}

/// What a request of these facts is known by: also those of a clock that is ahead, whose
/// time does not stand in the log.
pub fn request_receipt(site: &Site, facts: &[&SaidFact]) -> Receipt {
    let mut all = Sha256::new();
    facts.iter().for_each(|fact| all.update(fact.id));
    receipt(site, all.finalize().into())
}

/// What is remembered of something that stands in the log; nothing, when it was told in
/// another way.
pub fn receipts_of(told: &Told) -> Vec<Receipt> {
    if told.source != SOURCE {
        return vec![];
    }
    let facts = told.facts.iter();
    facts
        .map(|fact| receipt(&told.site, content_id(&told.site, fact.at, &fact.what)))
        .chain(told.receipt.clone())
        .collect()
}

fn receipt(site: &Site, id: ContentId) -> Receipt {
    Receipt {
        path: format!("{SOURCE}/{}/{}", site.tenant, site.site),
        key: id,
        body: id,
    }
}

/// The facts of a request that are to be told.
#[derive(Debug, Default)]
pub struct Claimed {
    /// Their ids.
    pub new: BTreeSet<ContentId>,
    receipts: Vec<Receipt>,
}

/// Claims what has not been told before; nothing of it when some is being told by another
/// request now. What is claimed is to be [`Claimed::remember`]ed or [`Claimed::release`]d.
pub fn claim(
    known: &mut Idempotency,
    site: &Site,
    facts: &[&SaidFact],
    now: CellTime,
) -> Option<Claimed> {
    let mut claimed = Claimed::default();
    if facts.is_empty() {
        return Some(claimed);
    }
    let whole = request_receipt(site, facts);
    match known.claim(&whole, now) {
        Claim::New => claimed.receipts.push(whole),
        Claim::Repeated(_) => return Some(claimed),
        Claim::UnderWay | Claim::OtherBody => return None,
    }
    for fact in facts {
        if claimed.new.contains(&fact.id) {
            continue;
        }
        let receipt = receipt(site, fact.id);
        match known.claim(&receipt, now) {
            Claim::New => {
                claimed.new.insert(fact.id);
                claimed.receipts.push(receipt);
            }
            Claim::Repeated(_) => {}
            Claim::UnderWay | Claim::OtherBody => {
                claimed.release(known);
                return None;
            }
        }
    }
    Some(claimed)
}

impl Claimed {
    /// It is durable.
    pub fn remember(&self, known: &mut Idempotency, now: CellTime) {
        for receipt in &self.receipts {
            known.remember(receipt, now, 1);
        }
    }

    /// It came to nothing.
    pub fn release(&self, known: &mut Idempotency) {
        for receipt in &self.receipts {
            known.release(receipt);
        }
    }
}

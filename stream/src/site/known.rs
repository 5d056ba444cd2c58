//! What is known now of a time that is over, also when it was told later.

use std::collections::BTreeMap;

use events::id::VisitId;
use events::place::BedKey;

use super::SiteFold;

impl SiteFold {
    /// Which visits lay in which beds at `at`, in milliseconds of event time, as is known
    /// now. Exact within the correction horizon; of what lies beyond, only those who still
    /// lay there when it was let go of are known.
    pub fn lay_at(&self, at: i64) -> BTreeMap<BedKey, Vec<VisitId>> {
        let mut lay: BTreeMap<BedKey, Vec<VisitId>> = BTreeMap::new();
        for (key, bed) in &self.beds {
            for (visit, stays) in &bed.stays {
                let lies = stays.iter().any(|stay| {
                    stay.from.0 <= at && stay.to.as_ref().is_none_or(|((to, _), _)| *to > at)
                });
                if lies {
                    lay.entry(key.clone()).or_default().push(visit.clone());
                }
            }
        }
        lay
    }
}

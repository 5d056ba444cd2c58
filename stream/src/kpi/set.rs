//! Some of the KPIs of the registry.

use super::{KpiSpec, all};

/// Which KPIs are computed, by their places in the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KpiSet(u128);

impl KpiSet {
    /// All of them.
    pub const ALL: Self = Self(u128::MAX);

    /// Those for which `is_in` holds.
    pub fn of(is_in: impl Fn(&KpiSpec) -> bool) -> Self {
        let places = all().iter().enumerate();
        let places = places.filter(|(_, kpi)| is_in(kpi));
        Self(places.fold(0, |set, (place, _)| set | Self::bit(place)))
    }

    /// Whether the KPI at this place of the registry is one of them.
    pub(crate) fn has(self, place: usize) -> bool {
        self.0 & Self::bit(place) != 0
    }

    fn bit(place: usize) -> u128 {
        assert!(place < 128, "the registry has become too long for a set");
        1 << place
    }
}

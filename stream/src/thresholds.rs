//! The numbers of the alert rules in force: what is said by `control` holds from
//! its epoch on, and what was judged before stays as it was. An alert goes by
//! the numbers that were in force when what it is about began.

use std::collections::BTreeMap;

use events::control::Threshold;
use events::id::WardId;
use serde::{Deserialize, Serialize};

use crate::alert;

/// A rule, the place of one of its numbers, and for which ward (absent: the site).
type Which = (usize, usize, Option<WardId>);

/// All numbers within the horizon, each with when it came into force.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Thresholds {
    versions: BTreeMap<Which, Vec<(i64, i64)>>,
}

impl Thresholds {
    /// Puts a number into force at `now`; one that no rule has is left alone.
    pub fn set(&mut self, now: i64, threshold: Threshold) {
        let rules = alert::all();
        let Some(rule) = rules.iter().position(|rule| rule.name == threshold.rule) else {
            return;
        };
        let spec = &rules[rule];
        let place = spec.numbers().position(|p| p.name == threshold.name);
        if let Some(place) = place {
            let value = spec.number(place).clamp(threshold.value);
            let which = (rule, place, threshold.ward);
            self.versions.entry(which).or_default().push((now, value));
        }
    }

    /// A number as it was in force on a ward at a time.
    pub fn at(&self, rule: usize, place: usize, ward: &WardId, time: i64) -> i64 {
        let in_force = |ward: Option<WardId>| {
            let versions = self.versions.get(&(rule, place, ward))?;
            let after = versions.partition_point(|(from, _)| *from <= time);
            Some(versions[after.checked_sub(1)?].1)
        };
        in_force(Some(ward.clone()))
            .or_else(|| in_force(None))
            .unwrap_or(alert::all()[rule].number(place).default)
    }

    /// When a rule's numbers became others on a ward.
    pub fn changes(&self, rule: usize, ward: &WardId) -> impl Iterator<Item = i64> {
        let concerns =
            move |which: &Which| which.0 == rule && which.2.as_ref().is_none_or(|of| of == ward);
        let versions = self
            .versions
            .iter()
            .filter(move |(which, _)| concerns(which));
        versions.flat_map(|(_, versions)| versions.iter().map(|(from, _)| *from))
    }

    /// Lets go of numbers that were replaced before `edge`.
    pub fn forget(&mut self, edge: i64) {
        for versions in self.versions.values_mut() {
            let old = versions.partition_point(|(from, _)| *from <= edge);
            versions.drain(..old.saturating_sub(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ward: Option<&str>, value: i64) -> Threshold {
        Threshold {
            ward: ward.map(|ward| WardId::new(ward).unwrap()),
            rule: "bed_dirty".to_owned(),
            name: "minutes".to_owned(),
            value,
        }
    }

    #[test]
    fn a_number_holds_from_its_epoch_on_and_a_wards_own_goes_first() {
        let rules = alert::all();
        let rule = rules
            .iter()
            .position(|rule| rule.name == "bed_dirty")
            .unwrap();
        let (a, b) = (WardId::new("a").unwrap(), WardId::new("b").unwrap());
        let mut thresholds = Thresholds::default();
        thresholds.set(100, set(None, 20));
        thresholds.set(200, set(Some("a"), 5));
        let at = |thresholds: &Thresholds, ward, time| thresholds.at(rule, 0, ward, time);
        assert_eq!(at(&thresholds, &a, 99), 60);
        assert_eq!(at(&thresholds, &a, 100), 20);
        assert_eq!(at(&thresholds, &a, 200), 5);
        assert_eq!(at(&thresholds, &b, 200), 20);
        thresholds.set(300, set(Some("a"), 7));
        thresholds.forget(250);
        assert_eq!(at(&thresholds, &a, 250), 5);
        assert_eq!(at(&thresholds, &a, 300), 7);
        assert_eq!(thresholds.changes(rule, &b).collect::<Vec<_>>(), [100]);
    }
}

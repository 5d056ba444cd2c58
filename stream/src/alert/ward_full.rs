//! A ward is nearly full. It has to become clearly emptier before the alert
//! clears, so that one bed does not make it flap.

use std::borrow::Cow;
use std::collections::BTreeSet;

use events::access::Role;
use events::output::AlertPriority;
use serde::{Deserialize, Serialize};

use super::response::Response;
use super::{Condition, Parameter, RuleSpec};

pub(super) const RULE: RuleSpec = RuleSpec {
    name: "ward_full",
    version: 1,
    source: "Bagust et al., BMJ 319:155 (1999): above 85 to 90 % bed crises become frequent",
    priority: AlertPriority::High,
    condition: Condition::WardFull,
    parameters: &[percent("raise_pct", 90), percent("clear_pct", 85)],
    response: Response::of(&[Role::ChargeNurse, Role::BedManager], 15),
};

const fn percent(name: &'static str, default: i64) -> Parameter {
    Parameter {
        name,
        default,
        least: 1,
        // Wards can hold more patients than staffed beds.
        most: 200,
        unit_ms: 1,
    }
}

/// What is known of the time before the traces begin.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Before {
    /// Where they begin.
    pub edge: i64,
    /// Since when the ward was full there, if it was.
    pub full_since: Option<i64>,
}

impl Default for Before {
    fn default() -> Self {
        Self {
            edge: i64::MIN,
            full_since: None,
        }
    }
}

/// What is in force from a time on.
#[derive(Clone, Debug)]
pub struct Setting<'a> {
    /// From when on.
    pub from: i64,
    /// The ward's staffed beds that are open, if it is listed.
    pub staffed: Option<Cow<'a, BTreeSet<String>>>,
    /// The alert is raised from so many per cent on.
    pub raise_pct: i64,
    /// It clears below so many per cent.
    pub clear_pct: i64,
}

impl Setting<'_> {
    fn counts(&self, bed: &str) -> bool {
        let staffed = self.staffed.as_ref();
        staffed.is_some_and(|staffed| staffed.contains(bed))
    }

    fn staffed(&self) -> i64 {
        let staffed = self.staffed.as_ref().map_or(0, |staffed| staffed.len());
        i64::try_from(staffed).expect("a ward has few beds")
    }
}

/// A bed, from when and until when it was occupied.
type Occupied<'a> = (&'a str, i64, Option<i64>);

/// From when to when a ward was full: `occupied` are the intervals of its
/// occupied beds, `settings` what was in force, the first for all time before.
pub fn intervals<'a>(
    before: Before,
    occupied: impl Iterator<Item = Occupied<'a>>,
    settings: &[Setting<'a>],
) -> Vec<(i64, Option<i64>)> {
    let mut steps: Vec<(i64, bool, &str)> = occupied
        .flat_map(|(bed, from, to)| [Some((from, true, bed)), to.map(|to| (to, false, bed))])
        .flatten()
        .collect();
    // Who leaves at an instant makes room for who comes.
    steps.sort_unstable();
    let Some((mut setting, mut settings)) = settings.split_first() else {
        return Vec::new();
    };
    let mut occupied: BTreeSet<&str> = BTreeSet::new();
    let (mut now, mut since, mut full) = (0, before.full_since, Vec::new());
    let mut steps = &steps[..];
    loop {
        let next = steps.first().map(|(at, ..)| *at);
        let at = next
            .into_iter()
            .chain(settings.first().map(|next| next.from))
            .min();
        let Some(at) = at else { break };
        if let Some((next, rest)) = settings.split_first().filter(|(next, _)| next.from == at) {
            (setting, settings) = (next, rest);
            let counted = occupied.iter().filter(|bed| setting.counts(bed)).count();
            now = i64::try_from(counted).expect("a ward has few beds");
        }
        while let Some(((_, comes, bed), rest)) =
            steps.split_first().filter(|(step, _)| step.0 == at)
        {
            steps = rest;
            let changed = if *comes {
                occupied.insert(bed)
            } else {
                occupied.remove(bed)
            };
            let step = i64::from(changed && setting.counts(bed));
            now += if *comes { step } else { -step };
        }
        let staffed = setting.staffed();
        match since {
            _ if at < before.edge => {}
            None if staffed > 0 && now * 100 >= setting.raise_pct * staffed => since = Some(at),
            Some(from) if staffed == 0 || now * 100 < setting.clear_pct * staffed => {
                full.push((from, Some(at)));
                since = None;
            }
            _ => {}
        }
    }
    full.extend(since.map(|from| (from, None)));
    full
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beds(count: usize) -> BTreeSet<String> {
        (0..count).map(|bed| format!("b{bed}")).collect()
    }

    fn setting(
        from: i64,
        staffed: &BTreeSet<String>,
        raise_pct: i64,
        clear_pct: i64,
    ) -> Setting<'_> {
        Setting {
            from,
            staffed: Some(Cow::Borrowed(staffed)),
            raise_pct,
            clear_pct,
        }
    }

    #[test]
    fn it_clears_below_the_second_number_only() {
        let staffed = beds(10);
        // Ten beds: nine from 1, eight at 5 (80 %).
        let names: Vec<&String> = staffed.iter().collect();
        let mut occupied: Vec<Occupied<'_>> = names[..8]
            .iter()
            .map(|bed| (bed.as_str(), 0, None))
            .collect();
        occupied.push((names[8], 1, Some(5)));
        let full = |settings: &[Setting<'_>]| {
            intervals(Before::default(), occupied.iter().copied(), settings)
        };
        assert_eq!(full(&[setting(i64::MIN, &staffed, 90, 85)]), [(1, Some(5))]);
        assert_eq!(full(&[setting(i64::MIN, &staffed, 90, 80)]), [(1, None)]);
        assert_eq!(full(&[setting(i64::MIN, &BTreeSet::new(), 90, 85)]), []);
        assert_eq!(full(&[]), []);
    }

    #[test]
    fn what_is_set_later_changes_nothing_before() {
        let (ten, nine) = (beds(10), beds(9));
        let occupied = (0..9)
            .map(|_| 0)
            .zip(&nine)
            .map(|(from, bed)| (&**bed, from, None));
        let settings = [
            setting(i64::MIN, &ten, 90, 85),
            setting(3, &ten, 95, 92),
            setting(7, &nine, 95, 92),
        ];
        assert_eq!(
            intervals(Before::default(), occupied, &settings),
            [(0, Some(3)), (7, None)]
        );
    }

    #[test]
    fn a_bed_that_changes_hands_in_one_instant_changes_nothing() {
        let staffed = beds(1);
        let occupied = [("b0", 0, Some(5)), ("b0", 5, None)];
        let settings = [setting(i64::MIN, &staffed, 90, 85)];
        assert_eq!(
            intervals(Before::default(), occupied.into_iter(), &settings),
            [(0, None)]
        );
    }
}

//! A ward is nearly full. It has to become clearly emptier before the alert
//! clears, so that one bed does not make it flap.

use events::output::AlertPriority;

use super::{Condition, Parameter, RuleSpec};

pub(super) const RULE: RuleSpec = RuleSpec {
    name: "ward_full",
    priority: AlertPriority::High,
    condition: Condition::WardFull,
    parameters: &[percent("raise_pct", 90), percent("clear_pct", 85)],
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
#[derive(Clone, Copy, Debug)]
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

/// From when to when a ward was full: `occupied` are the intervals of its
/// occupied staffed beds.
pub fn intervals(
    before: Before,
    occupied: impl Iterator<Item = (i64, Option<i64>)>,
    staffed: i64,
    raise_pct: i64,
    clear_pct: i64,
) -> Vec<(i64, Option<i64>)> {
    let mut steps: Vec<(i64, i64)> = occupied
        .flat_map(|(from, to)| [Some((from, 1)), to.map(|to| (to, -1))])
        .flatten()
        .collect();
    steps.sort_unstable();
    let (mut now, mut since, mut full) = (0, before.full_since, Vec::new());
    for instant in steps.chunk_by(|a, b| a.0 == b.0) {
        now += instant.iter().map(|(_, step)| step).sum::<i64>();
        let at = instant[0].0;
        match since {
            _ if at < before.edge => {}
            None if staffed > 0 && now * 100 >= raise_pct * staffed => since = Some(at),
            Some(from) if now * 100 < clear_pct * staffed => {
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

    #[test]
    fn it_clears_below_the_second_number_only() {
        // Ten beds: nine from 1, eight at 5 (80 %).
        let mut beds: Vec<_> = (0..8).map(|_| (0, None)).collect();
        beds.push((1, Some(5)));
        assert_eq!(
            intervals(Before::default(), beds.iter().copied(), 10, 90, 85),
            [(1, Some(5))]
        );
        assert_eq!(
            intervals(Before::default(), beds.iter().copied(), 10, 90, 80),
            [(1, None)]
        );
        assert_eq!(
            intervals(Before::default(), beds.into_iter(), 0, 90, 85),
            []
        );
    }

    #[test]
    fn a_bed_that_changes_hands_in_one_instant_changes_nothing() {
        let beds = [(0, Some(5)), (5, None)];
        assert_eq!(
            intervals(Before::default(), beds.into_iter(), 1, 90, 85),
            [(0, None)]
        );
    }
}

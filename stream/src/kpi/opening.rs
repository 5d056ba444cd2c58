//! When a bed is open that has hours. By the clock on the walls: an hour that is there
//! twice is open twice, one that is left out is not open.

use events::hours::{Hours, WEEK_MIN};
use events::time::{DAY_MS, MINUTE_MS, Span};
use events::zone::Zone;

const WEEK_MS: i64 = WEEK_MIN as i64 * MINUTE_MS;
/// The clock of 1970 began on a Thursday.
const FIRST_MONDAY_MS: i64 = 4 * DAY_MS;

/// A window as the clocks of a site show it: the parts of it in which nobody sets them.
pub(crate) struct OnTheWall {
    /// From when to when, and what has to be added to have what they show.
    parts: Vec<(Span, i64)>,
}

impl OnTheWall {
    /// By the clocks of a zone; of UTC where none is known.
    pub(crate) fn new(zone: Option<&Zone>, window: Span) -> Self {
        let offsets = zone.map_or_else(|| vec![(window.from, 0)], |zone| zone.offsets(window));
        let ends = offsets.iter().skip(1).map(|(at, _)| *at);
        let ends = ends.chain([window.to]);
        let parts = offsets.iter().zip(ends);
        Self {
            parts: parts
                .map(|((from, offset), to)| (Span { from: *from, to }, *offset))
                .collect(),
        }
    }

    /// From when to when a bed of these hours is open at a stretch, in order, cut to the
    /// window.
    pub(crate) fn open(&self, hours: &Hours) -> Vec<(i64, i64)> {
        let mut open: Vec<(i64, i64)> = Vec::new();
        for (Span { from, to }, offset) in &self.parts {
            by_clock(hours, from + offset, to + offset, |from, to| {
                let (from, to) = (from - offset, to - offset);
                match open.last_mut().filter(|last| last.1 == from) {
                    Some(last) => last.1 = to,
                    None => open.push((from, to)),
                }
            });
        }
        open
    }
}

/// The same of what a clock shows that nobody sets.
fn by_clock(hours: &Hours, from: i64, to: i64, mut add: impl FnMut(i64, i64)) {
    let mut week = from - (from - FIRST_MONDAY_MS).rem_euclid(WEEK_MS);
    while week < to {
        for (begins, ends) in hours.stretches() {
            let begins = week + i64::from(*begins) * MINUTE_MS;
            let ends = week + i64::from(*ends) * MINUTE_MS;
            if begins < to && ends > from {
                add(begins.max(from), ends.min(to));
            }
        }
        week += WEEK_MS;
    }
}

#[cfg(test)]
mod tests {
    use events::time::EventTime;

    use super::*;

    fn open(zone: Option<&str>, hours: &str, from: &str, to: &str) -> Vec<(String, String)> {
        let zone = zone.map(|zone| Zone::named(zone).unwrap());
        let at = |text: &str| EventTime::parse(text).unwrap().0;
        let window = Span {
            from: at(from),
            to: at(to),
        };
        let said = |at: i64| EventTime(at).to_string()[5..16].to_owned();
        let open = OnTheWall::new(zone.as_ref(), window).open(&Hours::parse(hours).unwrap());
        open.iter()
            .map(|(from, to)| (said(*from), said(*to)))
            .collect()
    }

    fn is(spans: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(from, to): &(&str, &str)| ((*from).to_owned(), (*to).to_owned());
        spans.iter().map(owned).collect()
    }

    #[test]
    fn a_bed_is_open_by_the_clock_on_the_wall() {
        let (monday, tuesday) = ("2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z");
        let by_day = "Mon-Fri 07:00-19:00";
        let utc = is(&[("01-05T07:00", "01-05T19:00")]);
        assert_eq!(open(None, by_day, monday, tuesday), utc);
        let india = is(&[("01-05T01:30", "01-05T13:30")]);
        assert_eq!(open(Some("Asia/Kolkata"), by_day, monday, tuesday), india);
        let inside = is(&[("01-05T18:30", "01-05T19:00")]);
        let (from, to) = ("2026-01-05T18:30:00Z", "2026-01-05T19:30:00Z");
        assert_eq!(open(None, by_day, from, to), inside);
        let night = is(&[
            ("01-05T00:00", "01-05T06:00"),
            ("01-05T22:00", "01-06T00:00"),
        ]);
        assert_eq!(open(None, "22:00-06:00", monday, tuesday), night);
        let sunday = "2026-01-04T00:00:00Z";
        assert_eq!(open(None, by_day, sunday, monday), []);
        // A night across the end of the week is one stretch.
        let across = is(&[("01-04T22:00", "01-05T06:00")]);
        let night = "Sun 22:00-06:00";
        assert_eq!(open(None, night, "2026-01-04T12:00:00Z", tuesday), across);
    }

    /// By hand, from the days on which clocks are set in Vienna.
    #[test]
    fn the_clock_is_set_in_the_middle_of_the_hours() {
        let at = |from, to| open(Some("Europe/Vienna"), "Sun 01:00-04:00", from, to);
        // Put on at 01:00 UTC from 02:00 to 03:00: two hours pass until four.
        let spring = is(&[("03-29T00:00", "03-29T02:00")]);
        assert_eq!(at("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"), spring);
        // Put back at 01:00 UTC from 03:00 to 02:00: four hours pass.
        let autumn = is(&[("10-24T23:00", "10-25T03:00")]);
        assert_eq!(at("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"), autumn);
        // From half past two to three there are two such half hours, or none.
        let at = |from, to| open(Some("Europe/Vienna"), "Sun 02:30-03:00", from, to);
        assert_eq!(at("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"), []);
        let autumn = is(&[
            ("10-25T00:30", "10-25T01:00"),
            ("10-25T01:30", "10-25T02:00"),
        ]);
        assert_eq!(at("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"), autumn);
    }
}

//! The hours of a week at which a bed is open, by the clock on the site's walls.

use serde::{Deserialize, Serialize};

/// Minutes of a week, which begins on Monday at midnight.
pub const WEEK_MIN: u16 = 7 * DAY_MIN;
/// Stretches of a week that the hours of one bed may name.
pub const STRETCHES_MAX: usize = 64;

const DAY_MIN: u16 = 24 * 60;
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const ALWAYS: &str = "always";

/// When a bed is open in each week. Sorted stretches that neither overlap nor touch; none
/// at all means at all hours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours(Vec<(u16, u16)>);

impl Hours {
    /// From stretches `[from, to)` in minutes since Monday's midnight, up to
    /// [`WEEK_MIN`], in any order; none means at all hours.
    ///
    /// # Errors
    /// A stretch does not end after its beginning and within the week, or there are more
    /// than [`STRETCHES_MAX`].
    pub fn of_week(mut stretches: Vec<(u16, u16)>) -> Result<Self, HoursError> {
        if stretches.len() > STRETCHES_MAX {
            return Err(HoursError::Many);
        }
        let is_wrong = |(from, to): &(u16, u16)| from >= to || *to > WEEK_MIN;
        if stretches.iter().any(is_wrong) {
            return Err(HoursError::Stretch);
        }
        stretches.sort_unstable();
        let mut joined: Vec<(u16, u16)> = Vec::new();
        for (from, to) in stretches {
            match joined.last_mut().filter(|last| from <= last.1) {
                Some(last) => last.1 = last.1.max(to),
                None => joined.push((from, to)),
            }
        }
        if joined == [(0, WEEK_MIN)] {
            joined.clear();
        }
        Ok(Self(joined))
    }

    /// As people write them: `Mon-Fri 07:00-19:00, Sat 08:00-12:00`. Days are given one by
    /// one or as a range; without any, it is every day. What ends before it begins ends on
    /// the next day. `always` is at all hours.
    ///
    /// # Errors
    /// It is not written so.
    pub fn parse(text: &str) -> Result<Self, HoursError> {
        if text.trim() == ALWAYS {
            return Ok(Self::default());
        }
        let mut stretches = Vec::new();
        for part in text.split(',') {
            add(part, &mut stretches)?;
            if stretches.len() > STRETCHES_MAX {
                return Err(HoursError::Many);
            }
        }
        Self::of_week(stretches)
    }

    /// Whether the bed is never closed.
    pub fn is_always(&self) -> bool {
        self.0.is_empty()
    }

    /// The stretches `[from, to)` in minutes since Monday's midnight, in order; none when it
    /// is never closed.
    pub fn stretches(&self) -> &[(u16, u16)] {
        &self.0
    }
}

/// Why hours are not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// Neither a day nor a range of days.
    #[error("name a day that is not Mon, Tue, Wed, Thu, Fri, Sat or Sun")]
    Day,
    /// More of them than there is room for.
    #[error("have more than {STRETCHES_MAX} stretches a week")]
    Many,
    /// A stretch that is empty, or not of this week.
    #[error("have a stretch that does not end after its beginning")]
    Stretch,
    /// No time of a day.
    #[error("have a part that does not end in a time such as 07:00-19:00")]
    Time,
}

/// Adds what one part says, a day after the other.
fn add(part: &str, stretches: &mut Vec<(u16, u16)>) -> Result<(), HoursError> {
    let mut words: Vec<&str> = part.split_whitespace().collect();
    let (from, to) = words.pop().and_then(times).ok_or(HoursError::Time)?;
    if from == to {
        return Err(HoursError::Stretch);
    }
    let mut is_on = [words.is_empty(); 7];
    for word in words {
        for day in days(word).ok_or(HoursError::Day)? {
            is_on[day] = true;
        }
    }
    let midnights = (0..WEEK_MIN).step_by(usize::from(DAY_MIN));
    for (midnight, _) in midnights.zip(is_on).filter(|(_, is_on)| *is_on) {
        let begins = midnight + from;
        let ends = midnight + to + if to < from { DAY_MIN } else { 0 };
        stretches.push((begins, ends.min(WEEK_MIN)));
        if ends > WEEK_MIN {
            stretches.push((0, ends - WEEK_MIN));
        }
    }
    Ok(())
}

/// A day, or all from one to another, which may lie across the end of the week.
fn days(word: &str) -> Option<Vec<usize>> {
    let place = |name: &str| DAYS.iter().position(|day| *day == name);
    let (first, last) = word.split_once('-').unwrap_or((word, word));
    let (first, last) = (place(first)?, place(last)?);
    let length = (last + 7 - first) % 7;
    Some((0..=length).map(|day| (first + day) % 7).collect())
}

fn times(word: &str) -> Option<(u16, u16)> {
    let (from, to) = word.split_once('-')?;
    let from = time(from).filter(|minute| *minute < DAY_MIN)?;
    Some((from, time(to)?))
}

/// Minutes since midnight; 24:00 is the end of a day.
fn time(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str| -> Option<u16> {
        let is_plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| is_plain)
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let of_day = hour * 60 + minute;
    (minute < 60 && of_day <= DAY_MIN).then_some(of_day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn week(text: &str) -> Vec<(u16, u16)> {
        Hours::parse(text).unwrap().stretches().to_vec()
    }

    #[test]
    fn hours_are_read_as_people_write_them() {
        let day = |day: u16, from: u16, to: u16| (day * 1_440 + from * 60, day * 1_440 + to * 60);
        let clinic = [0, 1, 2, 3, 4].map(|of| day(of, 7, 19));
        assert_eq!(week("Mon-Fri 07:00-19:00"), clinic);
        assert_eq!(
            week(" Sat 08:00-12:30 , Wed Mon 09:00-10:00"),
            [day(0, 9, 10), day(2, 9, 10), (7_680, 7_950)]
        );
        // What touches is one, and a night is of two days; so is the last of the week.
        assert_eq!(week("Tue 06:00-14:00, Tue 14:00-22:00"), [day(1, 6, 22)]);
        assert_eq!(week("Mon 22:00-06:00"), [(22 * 60, 30 * 60)]);
        assert_eq!(week("Sun 22:00-06:00"), [day(0, 0, 6), day(6, 22, 24)]);
        assert_eq!(
            week("Sat-Mon 00:00-24:00"),
            [day(0, 0, 24), (7_200, 10_080)]
        );
        assert_eq!(week("10:00-11:00").len(), 7);
        assert!(Hours::parse("always").unwrap().is_always());
        assert!(Hours::parse("Mon-Sun 00:00-24:00").unwrap().is_always());
    }

    #[test]
    fn hours_that_nobody_can_read_are_refused() {
        let wrong = |text: &str| Hours::parse(text).unwrap_err();
        for text in [
            "",
            "Mon",
            "Mon 7-19",
            "Mon 24:00-25:00",
            "Mon 07:60-08:00",
            "07:00",
        ] {
            assert_eq!(wrong(text), HoursError::Time, "{text}");
        }
        assert_eq!(wrong("Mon 24:00-24:00"), HoursError::Time);
        assert_eq!(wrong("Mo-Fr 07:00-19:00"), HoursError::Day);
        assert_eq!(wrong("Mon 07:00-07:00"), HoursError::Stretch);
        let many = ["07:00-08:00"; 10].join(",");
        assert_eq!(wrong(&many), HoursError::Many);
        assert_eq!(Hours::of_week(vec![(5, 5)]), Err(HoursError::Stretch));
        let beyond = Hours::of_week(vec![(0, WEEK_MIN + 1)]);
        assert_eq!(beyond, Err(HoursError::Stretch));
    }
}

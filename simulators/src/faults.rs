//! What goes wrong between the hospital and the gateway. The truth stays as it
//! was: a fault changes what arrives, and when.
//!
//! | fault | its rate is | what happens |
//! |---|---|---|
//! | `drop` | per message | it never arrives |
//! | `repeat` | per message | it arrives again, up to two minutes later |
//! | `reorder` | per message | it is up to five seconds late |
//! | `delay` | per message | it is up to three hours late |
//! | `skew` | per device and hour | its clock is off by one to ten minutes |
//! | `silence` | per device and hour | it is cut off for 4 to 30 minutes |
//! | `reboot` | per device and hour | it starts again; cut off for up to 30 s |
//! | `outage` | per kind of facts and day | what is told is lost for 4 to 8 hours |
//!
//! After a cut a device sends the last 60 s again, and no more.

use std::str::FromStr;

use events::time::{DAY_MS, HOUR_MS};

use crate::rng::Rng;

/// How often what goes wrong, in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Messages that never arrive.
    pub drop: u32,
    /// Messages that arrive twice.
    pub repeat: u32,
    /// Messages that are overtaken.
    pub reorder: u32,
    /// Messages that come late.
    pub delay: u32,
    /// Device hours with a wrong clock.
    pub skew: u32,
    /// Device hours with a cut.
    pub silence: u32,
    /// Device hours with a new start.
    pub reboot: u32,
    /// Days on which people and systems tell some of it to nobody.
    pub outage: u32,
}

/// Options that name no faults.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "fault {0} is not one of drop, repeat, reorder, delay, skew, silence, reboot, outage, all, none, with a rate from 0 to 1 such as drop=0.01"
)]
pub struct FaultsError(String);

impl Faults {
    /// Everything at once, each at a rate that a bad day might see.
    pub const ALL: Self = Self {
        drop: 10_000,
        repeat: 50_000,
        reorder: 200_000,
        delay: 20_000,
        skew: 20_000,
        silence: 10_000,
        reboot: 20_000,
        outage: 50_000,
    };

    /// Whether all that happened is known in the end: then the judge takes the
    /// truth, else what arrived.
    pub fn lose_nothing(self) -> bool {
        (self.drop, self.skew, self.silence, self.outage) == (0, 0, 0, 0)
    }

    fn rate(&mut self, name: &str) -> Option<&mut u32> {
        Some(match name {
            "drop" => &mut self.drop,
            "repeat" => &mut self.repeat,
            "reorder" => &mut self.reorder,
            "delay" => &mut self.delay,
            "skew" => &mut self.skew,
            "silence" => &mut self.silence,
            "reboot" => &mut self.reboot,
            "outage" => &mut self.outage,
            _ => return None,
        })
    }
}

/// `none`, `all`, or names with or without a rate: `drop=0.01,repeat`.
impl FromStr for Faults {
    type Err = FaultsError;

    fn from_str(text: &str) -> Result<Self, FaultsError> {
        let mut faults = Self::default();
        for part in text.split(',').map(str::trim) {
            let wrong = || FaultsError(part.to_owned());
            match part.split_once('=') {
                None if part == "none" || part.is_empty() => {}
                None if part == "all" => faults = Self::ALL,
                None => {
                    let usual = *{ Self::ALL }.rate(part).ok_or_else(wrong)?;
                    *faults.rate(part).ok_or_else(wrong)? = usual;
                }
                Some((name, rate)) => {
                    let rate = millionths(rate).ok_or_else(wrong)?;
                    *faults.rate(name.trim()).ok_or_else(wrong)? = rate;
                }
            }
        }
        Ok(faults)
    }
}

/// What happens to one message: at most two arrivals, as delays.
pub(crate) fn arrivals(faults: Faults, rng: &mut Rng, is_fact: bool) -> Vec<i64> {
    if rng.millionth(faults.drop) {
        return Vec::new();
    }
    let mut late = rng.between(5, 60);
    if rng.millionth(faults.reorder) {
        late += rng.between(0, 5_000);
    }
    if rng.millionth(faults.delay) {
        let least = if is_fact { 60_000 } else { 5_000 };
        late += rng.between(least, 3 * 3_600_000);
    }
    let mut arrivals = vec![late];
    if rng.millionth(faults.repeat) {
        arrivals.push(late + rng.between(1, 120_000));
    }
    arrivals
}

/// Whether what is told at a time is lost, of a kind of facts.
pub(crate) fn is_out(faults: Faults, seed: u64, kind: &str, at: i64) -> bool {
    if faults.outage == 0 {
        return false;
    }
    let day = at.div_euclid(DAY_MS);
    let mut rng = Rng::named(seed, &format!("outage of {kind}, day {day}"));
    let happens = rng.millionth(faults.outage);
    let from = day * DAY_MS + rng.between(0, 16 * HOUR_MS);
    let to = from + rng.between(4 * HOUR_MS, 8 * HOUR_MS);
    happens && (from..to).contains(&at)
}

/// What an hour holds for one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hour {
    /// How far its clock is off.
    pub(crate) skew_ms: i64,
    /// From when to when it is cut off, since the hour's start.
    pub(crate) cut: Option<Cut>,
}

/// A device is cut off from the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) from: i64,
    pub(crate) to: i64,
    /// It has started again: the cut loses nothing.
    pub(crate) reboots: bool,
}

/// Cuts of one device lie at least 20 minutes apart, so that no message can
/// be older than its last two boots.
pub(crate) fn hour(faults: Faults, rng: &mut Rng) -> Hour {
    let skew_ms = if rng.millionth(faults.skew) {
        let off = rng.between(60_000, 600_000);
        if rng.percent(50) { off } else { -off }
    } else {
        0
    };
    let from = rng.between(10 * 60_000, 25 * 60_000);
    let cut = if rng.millionth(faults.silence) {
        let to = from + rng.between(4 * 60_000, 30 * 60_000);
        let reboots = rng.percent(30);
        Some(Cut { from, to, reboots })
    } else if rng.millionth(faults.reboot) {
        let to = from + rng.between(5_000, 30_000);
        let reboots = true;
        Some(Cut { from, to, reboots })
    } else {
        None
    };
    Hour { skew_ms, cut }
}

fn millionths(rate: &str) -> Option<u32> {
    let rate: f64 = rate.trim().parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked"
    )]
    (0.0..=1.0)
        .contains(&rate)
        .then(|| (rate * 1_000_000.0).round() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_with_and_without_rates() {
        let faults: Faults = "drop=0.25, repeat".parse().unwrap();
        let expected = Faults {
            drop: 250_000,
            repeat: 50_000,
            ..Faults::default()
        };
        assert_eq!(faults, expected);
        assert_eq!("all".parse(), Ok(Faults::ALL));
        assert_eq!("none".parse(), Ok(Faults::default()));
        for wrong in ["dorp", "drop=2", "drop=x", "drop=NaN"] {
            let error = wrong.parse::<Faults>().unwrap_err().to_string();
            assert!(error.contains(wrong), "{error}");
        }
    }

    #[test]
    fn some_faults_lose_information() {
        let of = |text: &str| text.parse::<Faults>().unwrap().lose_nothing();
        assert!(of("repeat,reorder,delay,reboot"));
        assert!(!of("drop") && !of("skew") && !of("silence"));
    }
}

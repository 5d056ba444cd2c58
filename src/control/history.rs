//! What the control lane holds: every setting with the epoch from which it holds, and what is
//! in force now. Pure; a record's epoch is its place in the lane, as the processor sees it.

use events::control::{BedMaster, Control, Horizons, Setting, Threshold};
use events::id::WardId;
use events::place::Site;
use events::time::{EventTime, HOUR_MS};
use events::wire::{self, Record};
use serde_json::{Value, json};
use stream::site::{SiteConfig, epoch_time};
use stream::version;

/// Everything that was set for one site, in the order of the lane.
pub(crate) struct History {
    site: Site,
    tick: u64,
    entries: Vec<Entry>,
    /// Whether the lane is read from its first record on.
    is_whole: bool,
}

/// Something that was set.
struct Entry {
    offset: u64,
    /// From which it holds; 0 until the lane has ticked.
    epoch: u64,
    setting: Setting,
}

impl History {
    /// Of a site, of which nothing has been read.
    pub(crate) fn new(site: Site) -> Self {
        Self {
            site,
            tick: 0,
            entries: Vec::new(),
            is_whole: true,
        }
    }

    /// The lane no longer has what was set first.
    pub(super) fn lack_the_beginning(&mut self) {
        self.is_whole = false;
    }

    /// Whether all that was ever set is known.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Takes the next record of the lane. What none of our writers wrote sets nothing.
    pub(crate) fn take(&mut self, offset: u64, value: &[u8]) {
        match wire::decode_control(value) {
            Ok(Record::Tick(tick)) => self.tick(tick.epoch),
            Ok(Record::Data(control)) => self.set(offset, control),
            Err(error) => tracing::warn!(offset, %error, "no control record"),
        }
    }

    /// Ticks that repeat or go back are ignored.
    fn tick(&mut self, epoch: u64) {
        if self.tick == 0 {
            // What comes before the first tick belongs to that tick's epoch.
            self.entries
                .iter_mut()
                .for_each(|entry| entry.epoch = epoch);
        }
        self.tick = self.tick.max(epoch);
    }

    fn set(&mut self, offset: u64, control: Control) {
        if control.site == self.site {
            let epoch = if self.tick == 0 { 0 } else { self.tick + 1 };
            self.entries.push(Entry {
                offset,
                epoch,
                setting: control.setting,
            });
        }
    }

    /// Every bed master up to an epoch, oldest first: from when on it holds, and its offset.
    pub(crate) fn masters(&self, until: u64) -> impl Iterator<Item = (i64, u64, &BedMaster)> {
        let entries = self.entries.iter();
        let held = entries.filter(move |entry| (1..=until).contains(&entry.epoch));
        held.filter_map(|entry| match &entry.setting {
            Setting::Master(master) => Some((epoch_time(entry.epoch), entry.offset, master)),
            _ => None,
        })
    }

    /// The first version of the computation, and every other one and every threshold up to
    /// an epoch, oldest first: from when on it holds.
    pub(crate) fn numbers(&self, until: u64) -> impl Iterator<Item = (i64, Setting)> {
        let first = (i64::MIN, Setting::Version(version::OLDEST));
        let entries = self.entries.iter();
        let held = entries.filter(move |entry| {
            let is_number = matches!(entry.setting, Setting::Threshold(_) | Setting::Version(_));
            is_number && (1..=until).contains(&entry.epoch)
        });
        let numbers = held.map(|entry| (epoch_time(entry.epoch), entry.setting.clone()));
        std::iter::once(first).chain(numbers)
    }

    /// The newest bed master, when there is one.
    pub(super) fn master(&self) -> Option<&BedMaster> {
        let newest = self.newest(|setting| match setting {
            Setting::Master(master) => Some(master),
            _ => None,
        });
        newest.map(|(_, master)| master)
    }

    /// Every setting, oldest first.
    pub(super) fn lines(&self) -> impl Iterator<Item = Value> {
        self.entries.iter().map(|entry| {
            let mut line = match &entry.setting {
                Setting::Master(master) => json!({
                    "master": { "wards": master.wards.len(), "beds": beds(master) },
                }),
                Setting::Threshold(threshold) => json!({ "threshold": {
                    "ward": threshold.ward.as_ref().map(WardId::label),
                    "rule": threshold.rule,
                    "name": threshold.name,
                    "value": threshold.value,
                }}),
                Setting::Horizons(set) => json!({ "horizons": hours(*set) }),
                Setting::Version(version) => json!({ "version": version }),
            };
            line["offset"] = entry.offset.into();
            line["epoch"] = entry.epoch.into();
            line["since"] = entry.since();
            line
        })
    }

    /// What is in force now, for the site or for one of its wards; `unless_set` holds
    /// where nothing was set.
    pub(super) fn in_force(&self, ward: Option<&WardId>, unless_set: &SiteConfig) -> Value {
        let master = self.newest(|setting| match setting {
            Setting::Master(master) => Some(master),
            _ => None,
        });
        let master = master.map(|(entry, master)| {
            json!({
                "version": entry.offset,
                "since": entry.since(),
                "label": master.label,
                "time_zone": master.time_zone,
                "wards": master.wards.len(),
                "beds": beds(master),
            })
        });
        json!({
            "tenant": self.site.tenant.as_str(),
            "site": self.site.site.as_str(),
            "ward": ward.map(WardId::label),
            "master": master,
            "horizons": self.horizons(unless_set),
            "version": self.version(),
            "thresholds": self.thresholds(ward),
        })
    }

    fn horizons(&self, unless_set: &SiteConfig) -> Value {
        let set = self.newest(|setting| match setting {
            Setting::Horizons(set) => Some(set),
            _ => None,
        });
        let configured = Horizons {
            correction_ms: unless_set.horizon_ms,
            disorder_ms: unless_set.disorder_ms,
        };
        let mut in_force = hours(set.map_or(configured, |(_, set)| unless_set.clamp(*set)));
        in_force["since"] = set.map_or(Value::Null, |(entry, _)| entry.since());
        in_force
    }

    fn version(&self) -> Value {
        let set = self.newest(|setting| match setting {
            Setting::Version(version) => Some(version),
            _ => None,
        });
        json!({
            "value": set.map_or(version::OLDEST, |(_, version)| *version),
            "since": set.map(|(entry, _)| entry.since()),
        })
    }

    fn thresholds(&self, ward: Option<&WardId>) -> Vec<Value> {
        let mut thresholds = Vec::new();
        for rule in stream::alert::all() {
            for parameter in rule.numbers() {
                let of = |ward: Option<&WardId>| {
                    let is_it = |said: &&Threshold| {
                        said.ward.as_ref() == ward
                            && (said.rule.as_str(), said.name.as_str())
                                == (rule.name, parameter.name)
                    };
                    self.newest(|setting| match setting {
                        Setting::Threshold(said) => Some(said).filter(is_it),
                        _ => None,
                    })
                };
                let wards = ward.and_then(|ward| of(Some(ward)));
                let (said, set_for) = match (wards, of(None)) {
                    (Some(said), _) => (Some(said), "ward"),
                    (None, Some(said)) => (Some(said), "site"),
                    (None, None) => (None, "default"),
                };
                thresholds.push(json!({
                    "rule": rule.name,
                    "name": parameter.name,
                    "value": said.map_or(parameter.default, |(_, said)| parameter.clamp(said.value)),
                    "set_for": set_for,
                    "since": said.map(|(entry, _)| entry.since()),
                }));
            }
        }
        thresholds
    }

    fn newest<T>(&self, mut of: impl FnMut(&Setting) -> Option<&T>) -> Option<(&Entry, &T)> {
        let mut newest = self.entries.iter().rev();
        newest.find_map(|entry| Some((entry, of(&entry.setting)?)))
    }
}

impl Entry {
    /// Nothing when the lane has not ticked: then it does not hold yet.
    fn since(&self) -> Value {
        match self.epoch {
            0 => Value::Null,
            epoch => EventTime(epoch_time(epoch)).to_string().into(),
        }
    }
}

fn hours(horizons: Horizons) -> Value {
    json!({
        "correction_hours": horizons.correction_ms / HOUR_MS,
        "disorder_s": horizons.disorder_ms / 1_000,
    })
}

fn beds(master: &BedMaster) -> usize {
    master.wards.iter().map(|ward| ward.beds.len()).sum()
}

#[cfg(test)]
mod tests {
    use events::id::{SiteId, TenantId};
    use events::time::CellTime;
    use events::wire::Tick;

    use super::*;

    fn site(name: &str) -> Site {
        Site {
            tenant: TenantId::new("demo").unwrap(),
            site: SiteId::new(name).unwrap(),
        }
    }

    fn minutes(at: &str, ward: Option<&str>, value: i64) -> Vec<u8> {
        wire::encode_control(&Control {
            site: site(at),
            setting: Setting::Threshold(Threshold {
                ward: ward.map(|ward| WardId::new(ward).unwrap()),
                rule: "bed_dirty".to_owned(),
                name: "minutes".to_owned(),
                value,
            }),
        })
    }

    fn tick(epoch: u64) -> Vec<u8> {
        let at = CellTime(epoch_time(epoch));
        wire::encode_tick(Tick { epoch, at })
    }

    fn history(records: &[Vec<u8>]) -> History {
        let mut history = History::new(site("north"));
        for (offset, record) in (0..).zip(records) {
            history.take(offset, record);
        }
        history
    }

    fn dirty(history: &History, ward: Option<&str>) -> (i64, String, Value) {
        let ward = ward.map(|ward| WardId::new(ward).unwrap());
        let in_force = history.in_force(ward.as_ref(), &SiteConfig::default());
        let thresholds = in_force["thresholds"].as_array().unwrap();
        let found = thresholds.iter().find(|found| found["rule"] == "bed_dirty");
        let found = found.unwrap();
        let set_for = found["set_for"].as_str().unwrap().to_owned();
        (
            found["value"].as_i64().unwrap(),
            set_for,
            found["since"].clone(),
        )
    }

    #[test]
    fn a_wards_own_number_goes_before_the_sites_and_that_before_the_default() {
        let (tick, back) = (tick(50), tick(49));
        let records = [
            minutes("north", None, 20),
            tick,
            back,
            minutes("north", Some("a"), 5),
            minutes("south", None, 7),
        ];
        let first = Value::from("1970-01-01T00:00:01.000Z");
        let then = Value::from("1970-01-01T00:00:01.020Z");
        let whole = history(&records);
        assert_eq!(dirty(&whole, Some("a")), (5, "ward".to_owned(), then));
        assert_eq!(
            dirty(&whole, Some("b")),
            (20, "site".to_owned(), first.clone())
        );
        assert_eq!(dirty(&whole, None), (20, "site".to_owned(), first));
        let nothing = history(&[]);
        assert_eq!(
            dirty(&nothing, None),
            (60, "default".to_owned(), Value::Null)
        );
        let epochs: Vec<_> = whole.lines().map(|line| line["epoch"].clone()).collect();
        assert_eq!(epochs, [50, 51], "the other site's is left out");
    }

    #[test]
    fn a_number_out_of_its_range_is_shown_as_it_holds() {
        let set = history(&[tick(1), minutes("north", None, i64::MAX)]);
        assert_eq!(dirty(&set, None).0, 43_200);
    }
}

//! From when on sites go by a version of the computation that this program does not know.
//! Pure.

use std::collections::BTreeMap;

use events::control::Setting;
use events::wire::{self, Record};
use sinks::Unknown;
use stream::version;

/// Reads the control lane, record by record.
#[derive(Default)]
pub(super) struct Versions {
    tick: u64,
    unknown: BTreeMap<String, Unknown>,
}

impl Versions {
    /// Takes the next record of the lane.
    pub(super) fn take(&mut self, value: &[u8]) {
        // What none of our writers wrote sets nothing.
        match wire::decode_control(value) {
            Ok(Record::Tick(tick)) => self.tick = self.tick.max(tick.epoch),
            Ok(Record::Data(control)) => {
                if let Setting::Version(version) = control.setting
                    && !version::is_known(version)
                {
                    let site = events::topic::site_key(&control.site);
                    // What comes before the first tick holds from the beginning.
                    let from = self.tick + u64::from(self.tick > 0);
                    self.unknown
                        .entry(site)
                        .or_insert(Unknown { from, version });
                }
            }
            Err(_) => {}
        }
    }

    /// Each site with the first of them. What follows can't be told any more, also when
    /// a known one is in force again: it goes on from what the other one has said.
    pub(super) fn unknown(self) -> BTreeMap<String, Unknown> {
        self.unknown
    }
}

#[cfg(test)]
mod tests {
    use events::control::Control;
    use events::id::{SiteId, TenantId};
    use events::place::Site;
    use events::time::CellTime;
    use events::wire::Tick;

    use super::*;

    fn set(site: &str, version: u32) -> Vec<u8> {
        wire::encode_control(&Control {
            site: Site {
                tenant: TenantId::new("demo").unwrap(),
                site: SiteId::new(site).unwrap(),
            },
            setting: Setting::Version(version),
        })
    }

    fn tick(epoch: u64) -> Vec<u8> {
        let at = CellTime(i64::try_from(epoch * 20).unwrap());
        wire::encode_tick(Tick { epoch, at })
    }

    #[test]
    fn what_follows_an_unknown_version_is_unknown() {
        let newer = version::NEWEST + 1;
        let mut versions = Versions::default();
        for record in [
            set("early", newer),
            tick(50),
            set("north", version::NEWEST),
            tick(49),
            set("south", newer),
            tick(60),
            set("south", version::NEWEST),
            set("south", newer + 1),
            b"nothing".to_vec(),
        ] {
            versions.take(&record);
        }
        let unknown = |from, version| Unknown { from, version };
        let expected = BTreeMap::from([
            ("demo/early".to_owned(), unknown(0, newer)),
            ("demo/south".to_owned(), unknown(51, newer)),
        ]);
        assert_eq!(versions.unknown(), expected);
    }
}

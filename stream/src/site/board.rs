//! What the boards show: each bed and each ward as it is believed to be now.
//! Only what differs from what was last said is said.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use events::control::{BedMaster, OccupancySource};
use events::id::{VisitId, WardId};
use events::output::{
    BedView, BoardChange, Change, Cleanliness as Shown, Coming, Gone, Leaving, OnShift, Output,
    SiteView, Waiting, WardView,
};
use events::place::BedKey;
use events::proto;

use super::{Bed, Device, SiteFold};
use crate::life::bed::Cleanliness;
use crate::shared::Shared;
use crate::trace::Kind;

impl SiteFold {
    pub(super) fn say_boards(&mut self, now: i64) {
        let changed = std::mem::take(&mut self.touched.beds);
        let heard = std::mem::take(&mut self.touched.heard_beds);
        for key in changed.union(&heard) {
            let view = if changed.contains(key) {
                self.changed_bed(now, key)
            } else {
                self.fresher_bed(now, key)
            };
            if let Some(view) = view {
                self.say_change(now, Change::Bed(view));
            }
        }
        let changed = std::mem::take(&mut self.touched.wards);
        let heard = std::mem::take(&mut self.touched.heard_wards);
        for ward in changed.union(&heard) {
            let only_heard = !changed.contains(ward) && self.said_wards.contains_key(ward);
            let view = if only_heard {
                self.fresher_ward(ward)
            } else {
                self.changed_ward(now, ward)
            };
            if let Some(view) = view {
                self.say_change(now, Change::Ward(view));
            }
        }
        if std::mem::take(&mut self.touched.site) {
            self.say_silent(now);
        }
    }

    /// What was said of a bed, with the times at which it was heard since; nothing
    /// when they are the same. Most of what comes in changes no more than this.
    fn fresher_bed(&mut self, now: i64, key: &BedKey) -> Option<BedView> {
        let bed = self.beds.get_mut(key)?;
        bed.is_heard = false;
        let heard = (bed.heard, pad_heard(bed, &self.devices));
        let Some(said) = &mut bed.said else {
            return self.changed_bed(now, key);
        };
        if (said.heard_ms, said.pad_heard_ms) == heard {
            return None;
        }
        (said.heard_ms, said.pad_heard_ms) = heard;
        Some(BedView {
            heard_only: true,
            ..said.clone()
        })
    }

    fn changed_bed(&mut self, now: i64, key: &BedKey) -> Option<BedView> {
        let mut view = self.bed_view(now, key);
        let bed = self.beds.entry(key.clone()).or_default();
        bed.is_heard = false;
        if bed.said.as_ref() == Some(&view) {
            return None;
        }
        let said = bed.said.replace(view.clone());
        view.heard_only = said.is_some_and(|said| differs_in_hearing_only(&said, &view));
        Some(view)
    }

    fn fresher_ward(&mut self, ward: &WardId) -> Option<WardView> {
        let heard = self.ward_heard.get(ward).copied().unwrap_or(0);
        let said = self.said_wards.get_mut(ward)?;
        if said.heard_ms == heard {
            return None;
        }
        said.heard_ms = heard;
        Some(said.clone())
    }

    fn changed_ward(&mut self, now: i64, ward: &WardId) -> Option<WardView> {
        let view = self.ward_view(now, ward);
        if self.said_wards.get(ward) == Some(&view) {
            return None;
        }
        self.said_wards.insert(ward.clone(), view.clone());
        Some(view)
    }

    /// Says how the site is called and by which clock it lives, when that is new.
    pub(super) fn say_site(&mut self, now: i64, master: &BedMaster) {
        let view = SiteView {
            label: master.label.clone().unwrap_or_default(),
            time_zone: master.time_zone.clone().unwrap_or_default(),
            ..self.said_site.clone()
        };
        self.say_site_view(now, view);
    }

    /// Says which sources and rules are silent, when these are others.
    fn say_silent(&mut self, now: i64) {
        let view = SiteView {
            silent: self.silent_sources(now),
            silences: self.silences_shown(),
            ..self.said_site.clone()
        };
        self.say_site_view(now, view);
    }

    fn say_site_view(&mut self, now: i64, view: SiteView) {
        if self.said_site != view {
            self.said_site = view.clone();
            self.say_change(now, Change::SiteView(view));
        }
    }

    /// Lets those of the beds go that are listed no more and of which nothing was
    /// ever heard, and wards that have no bed left.
    pub(super) fn unlist(&mut self, now: i64, beds: Vec<BedKey>) {
        for key in beds {
            let is_unheard = self.beds.get(&key).is_some_and(|bed| bed.heard == 0);
            if self.master.now().bed(&key).is_some() || !is_unheard {
                continue;
            }
            self.beds.remove(&key);
            let (ward, bed) = (key.ward.to_string(), key.bed.to_string());
            self.say_change(now, Change::Gone(Gone { ward, bed }));
            let is_left = self.master.now().ward(&key.ward).is_some()
                || self.ward_heard.contains_key(&key.ward)
                || self.beds.keys().any(|left| left.ward == key.ward);
            if !is_left && self.said_wards.remove(&key.ward).is_some() {
                let ward = key.ward.to_string();
                let bed = String::new();
                self.say_change(now, Change::Gone(Gone { ward, bed }));
            }
        }
    }

    pub(super) fn say_change(&mut self, now: i64, change: Change) {
        self.touched.outputs.push(Output::Board(BoardChange {
            tenant: self.site.tenant.to_string(),
            site: self.site.site.to_string(),
            as_of_ms: now,
            version: self.versions.now(),
            change: Some(change),
            ..BoardChange::default()
        }));
    }

    fn bed_view(&self, now: i64, key: &BedKey) -> BedView {
        let nothing = Bed::default();
        let bed = self.beds.get(key).map_or(&nothing, |bed| bed);
        let listed = self.master.now().bed(key);
        let state = &bed.state;
        let (cleanliness, clean_since_ms) = shown(state.cleanliness);
        let occupant = state.occupants.keys().next();
        let visit = occupant
            .and_then(|visit| self.visits.get(visit))
            .map(|visit| &visit.life.now);
        let pads: Vec<_> = bed
            .pads
            .iter()
            .filter_map(|pad| self.devices.get(pad))
            .collect();
        let room = listed.and_then(|listed| listed.room.as_ref());
        let told_room = bed.place.as_ref().and_then(|place| place.room.as_ref());
        let blocked = state.blocked.as_ref();
        let mut view = BedView {
            place: Some(proto::Place {
                ward: key.ward.to_string(),
                room: room
                    .or(told_room)
                    .map_or_else(|| "-".to_owned(), ToString::to_string),
                bed: Some(key.bed.to_string()),
            }),
            label: listed.map_or_else(|| key.bed.label(), |listed| listed.label.clone()),
            listed: listed.is_some(),
            staffed: listed.is_some_and(|listed| listed.staffed) && self.is_open(key, now),
            occupied: state.occupied_since.is_some(),
            occupied_since_ms: state.occupied_since.or(state.vacated).unwrap_or(0),
            visit: occupant.map(VisitId::to_string).unwrap_or_default(),
            cleanliness: cleanliness as i32,
            clean_since_ms,
            blocked: blocked.is_some(),
            block_reason: blocked.map(|blocked| blocked.0.clone()).unwrap_or_default(),
            expected_back_ms: blocked.and_then(|blocked| blocked.2).unwrap_or(0),
            reserved_for: self.reserved_for(key),
            ready_to_leave_ms: visit
                .and_then(|now| now.ready_to_leave.as_ref())
                .map_or(0, |(_, since)| *since),
            expected_discharge_ms: visit.and_then(|now| now.expected_discharge).unwrap_or(0),
            heard_ms: bed.heard,
            pad_heard_ms: pad_heard(bed, &self.devices),
            pad_silent: !pads.is_empty() && pads.iter().all(|pad| pad.life.is_silent()),
            visits_in_bed: u32::try_from(state.occupants.len()).unwrap_or(u32::MAX),
            ..BedView::default()
        };
        self.show_clocks(now, key, bed, &mut view);
        view
    }

    fn reserved_for(&self, key: &BedKey) -> String {
        let visits = self.reservations.get(key);
        let first = visits.and_then(BTreeSet::first);
        first.map(VisitId::to_string).unwrap_or_default()
    }

    fn ward_view(&self, now: i64, ward: &WardId) -> WardView {
        let listed = self.master.now().ward(ward);
        let mut view = WardView {
            ward: ward.to_string(),
            label: listed.map_or_else(|| ward.label(), |listed| listed.ward.label.clone()),
            source: listed.map_or(0, |listed| source(listed.ward.source)),
            heard_ms: self.ward_heard.get(ward).copied().unwrap_or(0),
            staff: self.on_shift(ward),
            waiting: self.waiting(ward),
            ..WardView::default()
        };
        self.count_beds(now, ward, &mut view);
        self.count_visits(ward, &mut view);
        let devices = self.ward_devices.get(ward).copied().unwrap_or_default();
        (view.devices, view.devices_silent) = (devices.all, devices.silent);
        view
    }

    fn count_beds(&self, now: i64, ward: &WardId, view: &mut WardView) {
        let first = BedKey {
            ward: ward.clone(),
            bed: events::id::BedId::new("-").expect("a dash is an id and sorts first"),
        };
        let beds = self
            .beds
            .range(first..)
            .take_while(|(key, _)| key.ward == *ward);
        let open = self.open_beds(ward, now).unwrap_or_default();
        for (key, bed) in beds {
            if self.master.now().bed(key).is_none() {
                continue;
            }
            view.physical += 1;
            let state = &bed.state;
            let blocked = state.blocked.is_some();
            view.blocked += u32::from(blocked);
            view.dirty += u32::from(matches!(state.cleanliness, Cleanliness::Dirty(_)));
            view.cleaning += u32::from(matches!(state.cleanliness, Cleanliness::Cleaning { .. }));
            if open.contains(key.bed.as_str()) {
                let clean = matches!(state.cleanliness, Cleanliness::Clean(_));
                view.staffed += 1;
                view.occupied += u32::from(state.occupied_since.is_some());
                view.free += u32::from(clean && !blocked && self.reserved_for(key).is_empty());
            }
        }
    }

    fn count_visits(&self, ward: &WardId, view: &mut WardView) {
        for (id, visit) in &self.visits {
            let now = &visit.life.now;
            if let Some((place, _)) = now.place.as_ref().filter(|(place, _)| place.ward == *ward) {
                view.census += 1;
                let ready = now.ready_to_leave.as_ref().map_or(0, |(_, since)| *since);
                let expected = now.expected_discharge.unwrap_or(0);
                if ready > 0 || expected > 0 {
                    view.leaving.push(Leaving {
                        visit: id.to_string(),
                        bed: place
                            .bed
                            .as_ref()
                            .map(ToString::to_string)
                            .unwrap_or_default(),
                        ready_ms: ready,
                        expected_ms: expected,
                    });
                }
            }
            let requested = now
                .request
                .as_ref()
                .filter(|(asked, _)| asked == ward)
                .map(|(_, since)| *since);
            let reserved = now
                .reserved
                .as_ref()
                .filter(|reserved| reserved.place.ward == *ward);
            if requested.is_some() || reserved.is_some() {
                let bed = reserved.and_then(|reserved| reserved.place.bed.as_ref());
                view.coming.push(Coming {
                    visit: id.to_string(),
                    bed: bed.map(ToString::to_string).unwrap_or_default(),
                    requested_ms: requested
                        .or(reserved.and_then(|r| r.requested))
                        .unwrap_or(0),
                    assigned_ms: reserved.map_or(0, |reserved| reserved.assigned),
                    ready_ms: now.ready_to_move.unwrap_or(0),
                });
            }
        }
    }

    fn on_shift(&self, ward: &WardId) -> Vec<OnShift> {
        let mut roles: BTreeMap<String, u32> = BTreeMap::new();
        let on_shift = self.shifts.values().filter_map(|shift| shift.on.as_ref());
        for (_, role) in on_shift.filter(|(on, _)| on == ward) {
            *roles.entry(role.to_string()).or_default() += 1;
        }
        roles
            .into_iter()
            .map(|(role, count)| OnShift { role, count })
            .collect()
    }

    fn waiting(&self, ward: &WardId) -> Vec<Waiting> {
        const STAGES: [(&str, Kind); 4] = [
            ("bed", Kind::AwaitingBed),
            ("cleaning", Kind::Dirty),
            ("departure", Kind::AwaitingDeparture),
            ("room", Kind::AwaitingRoom),
        ];
        let Some(traces) = self.wards.get(ward) else {
            return Vec::new();
        };
        let at_stage = |(stage, kind): (&str, Kind)| {
            Some(Waiting {
                stage: stage.to_owned(),
                count: u32::try_from(traces.lasting(kind).count()).unwrap_or(u32::MAX),
                longest_since_ms: traces.lasting(kind).next()?,
            })
        };
        STAGES.into_iter().filter_map(at_stage).collect()
    }
}

fn pad_heard(bed: &Bed, devices: &HashMap<Arc<str>, Shared<Device>>) -> i64 {
    let pads = bed.pads.iter().filter_map(|pad| devices.get(pad));
    pads.filter_map(|pad| pad.life.heard).max().unwrap_or(0)
}

/// Heartbeats make a bed's view fresher, and nothing else: no history of it.
fn differs_in_hearing_only(said: &BedView, view: &BedView) -> bool {
    let heard = BedView {
        heard_ms: view.heard_ms,
        pad_heard_ms: view.pad_heard_ms,
        ..said.clone()
    };
    heard == *view
}

fn shown(cleanliness: Cleanliness) -> (Shown, i64) {
    match cleanliness {
        Cleanliness::Unknown | Cleanliness::InUse { .. } => (Shown::Unknown, 0),
        Cleanliness::Clean(since) => (Shown::Clean, since),
        Cleanliness::Dirty(since) => (Shown::Dirty, since),
        Cleanliness::Cleaning { since, .. } => (Shown::Cleaning, since),
    }
}

fn source(source: OccupancySource) -> i32 {
    let view = match source {
        OccupancySource::Pad => proto::OccupancySourceView::Pad,
        OccupancySource::Visits => proto::OccupancySourceView::Visits,
        OccupancySource::Both => proto::OccupancySourceView::Both,
    };
    view as i32
}

//! A log as devices under load fill it: signals in packed frames, cut as the
//! gateway cuts them, and ticks in every lane of every input topic.

use events::control::{BedMaster, Control, MasterBed, MasterWard, OccupancySource, Setting};
use events::hours::Hours;
use events::id::{BedId, SiteId, TenantId, WardId};
use events::log::{Chunk, LogRecord};
use events::place::Site;
use events::sensor::{ClockFlags, Reading, Value};
use events::time::{CellTime, DAY_MS, EventTime, HOUR_MS, MINUTE_MS};
use events::topic::{self, KafkaTopic};
use events::wire::{self, FrameBuilder, Tick};
use stream::version;

/// Lanes of each topic.
pub(crate) const LANES: u32 = 4;

/// The gateway cuts a frame at so many readings, or bytes.
const FRAME_READINGS: usize = 4_096;
const FRAME_BYTES: usize = 64 * 1024;
/// Lanes tick at least this often, in milliseconds of cell time.
const TICK_MS: i64 = 5_000;
/// The log begins at midnight.
pub(crate) const BEGIN_MS: i64 = 20_000 * DAY_MS;

const SITE_DEVICES: usize = 5_000;
/// One device of so many is the bed's pad; the others are equipment.
const BED_DEVICES: usize = 5;
/// Beds of a ward.
pub(crate) const WARD_BEDS: usize = 25;
/// One payload of so many is delivered twice.
const REPEATED: usize = 100;
const PAD: u32 = 1;
const EQUIPMENT: u32 = 3;

/// How devices send.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    /// How many there are.
    pub(crate) devices: usize,
    /// Milliseconds between two readings of a device.
    pub(crate) every_ms: i64,
    /// Readings that a device sends at once.
    pub(crate) payload: usize,
}

struct Device {
    path: String,
    lane: usize,
    seq: u64,
}

/// Writes a log chunk by chunk.
struct Log<'a> {
    write: &'a mut dyn FnMut(Chunk),
    frames: Vec<FrameBuilder>,
    offset: u64,
    ticked: i64,
}

impl Load {
    /// Writes a log of at least so many readings; returns how many there are.
    pub(crate) fn log(self, readings: usize, write: &mut dyn FnMut(Chunk)) -> usize {
        let mut devices: Vec<Device> = (0..self.devices).map(device).collect();
        let mut log = Log::begin(self.devices, write);
        let period = self.every_ms * signed(self.payload);
        let mut written = 0;
        for turn in 0.. {
            let index = turn % self.devices;
            let device = &mut devices[index];
            let now = BEGIN_MS + signed(turn) * period / signed(self.devices);
            if written >= readings {
                log.tick(now);
                break;
            }
            for _ in 0..1 + usize::from(turn % REPEATED == 0) {
                let first = now - signed(self.payload - 1) * self.every_ms;
                for n in 0..self.payload {
                    let at = first + signed(n) * self.every_ms;
                    log.push(device, &reading(index, device.seq + n as u64, at, now));
                }
                written += self.payload;
            }
            device.seq += self.payload as u64;
            log.tick_if_due(device.lane, now);
        }
        written
    }
}

impl<'a> Log<'a> {
    fn begin(devices: usize, write: &'a mut dyn FnMut(Chunk)) -> Self {
        let mut log = Self {
            write,
            frames: (0..LANES).map(|_| FrameBuilder::default()).collect(),
            offset: 0,
            ticked: BEGIN_MS,
        };
        for site in 0..devices.div_ceil(SITE_DEVICES) {
            let beds = devices.min(SITE_DEVICES) / BED_DEVICES;
            log.write(
                KafkaTopic::Control,
                0,
                wire::encode_control(&master(site, beds)),
            );
            log.write(KafkaTopic::Control, 0, wire::encode_control(&newest(site)));
        }
        log.tick(BEGIN_MS);
        log
    }

    fn push(&mut self, device: &Device, reading: &Reading) {
        self.frames[device.lane].push(&device.path, reading);
    }

    fn tick_if_due(&mut self, lane: usize, now: i64) {
        let frame = &self.frames[lane];
        let full = frame.len() >= FRAME_READINGS || frame.size() >= FRAME_BYTES;
        if full || now - self.ticked >= TICK_MS {
            self.tick(now);
        }
    }

    fn tick(&mut self, now: i64) {
        self.ticked = now;
        for lane in 0..LANES {
            let frame = &mut self.frames[lane as usize];
            if !frame.is_empty() {
                let frame = frame.finish();
                self.write(KafkaTopic::Signals, lane, frame);
            }
        }
        let tick = wire::encode_tick(Tick::at(CellTime(now)));
        for topic in KafkaTopic::INPUTS {
            for lane in 0..topic.lanes(LANES) {
                self.write(topic, lane, tick.clone());
            }
        }
    }

    fn write(&mut self, topic: KafkaTopic, lane: u32, value: Vec<u8>) {
        self.offset += 1;
        let offset = self.offset;
        (self.write)(Chunk {
            topic,
            lane,
            records: vec![LogRecord { offset, value }],
        });
    }
}

/// A pad changes four times an hour, equipment once.
fn reading(device: usize, seq: u64, at: i64, told: i64) -> Reading {
    let (code, holds_ms) = if device.is_multiple_of(BED_DEVICES) {
        (PAD, 15 * MINUTE_MS)
    } else {
        (EQUIPMENT, HOUR_MS)
    };
    let shifted = at + signed(device) * 7_919;
    Reading {
        boot: 1,
        seq,
        at: EventTime(at),
        told: CellTime(told),
        flags: ClockFlags::default(),
        code,
        value: Value {
            value: i32::from(shifted / holds_ms % 2 == 0),
            extra: Some(71_500),
        },
    }
}

/// The lane and the frame of a reading of the `n`th pad that is sent at `now`, so late, and
/// says the contrary of what the pad said then.
pub(crate) fn late_reading(n: usize, now: i64, late_ms: i64) -> (u32, Vec<u8>) {
    let index = n * BED_DEVICES;
    let device = device(index);
    let mut reading = reading(index, 1 << 40, now - late_ms, now);
    reading.value.value = 1 - reading.value.value;
    let mut frame = FrameBuilder::default();
    frame.push(&device.path, &reading);
    let lane = u32::try_from(device.lane).expect("there are few lanes");
    (lane, frame.finish())
}

/// The frame of a reading of each device of the first lane, of which there are `devices` in
/// all lanes: their `seq`th.
pub(crate) fn reading_of_all(devices: usize, seq: u64, now: i64) -> Vec<u8> {
    let mut frame = FrameBuilder::default();
    for index in 0..devices {
        let device = device(index);
        if device.lane == 0 {
            frame.push(&device.path, &reading(index, seq, now, now));
        }
    }
    frame.finish()
}

fn device(index: usize) -> Device {
    let site = site(index / SITE_DEVICES);
    let bed = index % SITE_DEVICES / BED_DEVICES;
    let ward = bed / WARD_BEDS;
    let path = format!(
        "{}/{}/ward-{ward}/r{bed}/b{bed}/device-{index}",
        site.tenant, site.site
    );
    let lane = topic::device_lane(&path, LANES) as usize;
    Device { path, lane, seq: 0 }
}

/// A site of up to 5,000 devices and 1,000 beds.
pub(crate) fn site(index: usize) -> Site {
    Site {
        tenant: TenantId::new("bench").expect("it fits the alphabet"),
        site: SiteId::new(&format!("site-{index}")).expect("it fits the alphabet"),
    }
}

fn master(site_index: usize, beds: usize) -> Control {
    let bed = |bed: usize| MasterBed {
        bed: BedId::new(&format!("b{bed}")).expect("it fits the alphabet"),
        room: None,
        label: format!("Bed {bed}"),
        staffed: true,
        hours: Hours::default(),
    };
    let ward = |ward: usize| MasterWard {
        ward: WardId::new(&format!("ward-{ward}")).expect("it fits the alphabet"),
        label: format!("Ward {ward}"),
        source: OccupancySource::Pad,
        beds: (ward * WARD_BEDS..beds.min((ward + 1) * WARD_BEDS))
            .map(bed)
            .collect(),
    };
    Control {
        site: site(site_index),
        setting: Setting::Master(BedMaster {
            wards: (0..beds.div_ceil(WARD_BEDS)).map(ward).collect(),
            ..BedMaster::default()
        }),
    }
}

fn newest(site_index: usize) -> Control {
    Control {
        site: site(site_index),
        setting: Setting::Version(version::NEWEST),
    }
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).expect("a bench counts less than 2^63")
}

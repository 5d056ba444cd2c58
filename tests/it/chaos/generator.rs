//! Devices and people: what they say goes into the ledger, then over MQTT at QoS 1 and over HTTP
//! with a key, again and again until it is acknowledged.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use events::fact::{Fact, FactFlags};
use events::place::Place;
use events::sensor::{ClockFlags, Reading, Value, by_stream};
use events::time::{CellTime, EventTime};
use events::topic::DevicePath;
use simulators::http::Http;
use simulators::mqtt::{Mqtt, MqttConfig};
use simulators::payload;
use simulators::request::request;
use simulators::rng::Rng;

use super::clock::wall_ms;
use super::ledger::{self, Ledger, WARDS, place};
use super::people::{self, People};

/// How finely devices follow their clocks.
const STEP: Duration = Duration::from_millis(20);
/// Between two facts.
const FACTS: Duration = Duration::from_millis(250);
/// So many facts to one command at a board.
const COMMANDS: u32 = 4;
/// A device starts again at most this often: whoever sends its last minute again may speak of
/// two starts only.
const BOOTS_MS: i64 = 90_000;
/// For the last acknowledgements of the broker.
const SETTLE: Duration = Duration::from_secs(120);

/// Devices and people at work.
pub(crate) struct Generator {
    ledger: Arc<Mutex<Ledger>>,
    ahead_ms: Arc<AtomicI64>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

/// What both kinds share.
struct Site {
    ledger: Arc<Mutex<Ledger>>,
    ahead_ms: Arc<AtomicI64>,
    stop: Arc<AtomicBool>,
}

impl Site {
    fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn now_ms(&self) -> i64 {
        wall_ms() + self.ahead_ms.load(Ordering::Relaxed)
    }
}

impl Generator {
    /// Begins.
    pub(crate) fn start(seed: u64, mqtt: SocketAddr, http: SocketAddr) -> Self {
        let (ledger, ahead_ms, stop) = (Arc::default(), Arc::default(), Arc::default());
        let site = Site {
            ledger: Arc::clone(&ledger),
            ahead_ms: Arc::clone(&ahead_ms),
            stop: Arc::clone(&stop),
        };
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let work = async { tokio::join!(devices(seed, mqtt, &site), staff(seed, http, &site)) };
            runtime.unwrap().block_on(work);
        });
        Self {
            ledger,
            ahead_ms,
            stop,
            thread,
        }
    }

    /// The time by their clocks.
    pub(crate) fn now_ms(&self) -> i64 {
        wall_ms() + self.ahead_ms()
    }

    /// How far their clocks are ahead of the machine's, in milliseconds.
    pub(crate) fn ahead_ms(&self) -> i64 {
        self.ahead_ms.load(Ordering::Relaxed)
    }

    /// Sets the clocks of all devices.
    pub(crate) fn sets_clocks(&self, ahead_ms: i64) {
        self.ahead_ms.store(ahead_ms, Ordering::Relaxed);
    }

    /// Ends when everything that was said is acknowledged.
    pub(crate) fn end(self) -> Ledger {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
        std::mem::take(&mut self.ledger.lock().unwrap())
    }
}

/// A device, and when it speaks next.
struct Device {
    path: DevicePath,
    stream: &'static str,
    /// Longest between two readings, in milliseconds.
    period_ms: i64,
    boot: u32,
    boot_ms: i64,
    seq: u64,
    value: i32,
    next_ms: i64,
}

impl Device {
    fn new(name: &str, place: Place, stream: &'static str, period_ms: i64, now_ms: i64) -> Self {
        Self {
            path: ledger::path(name, place),
            stream,
            period_ms,
            boot: 1,
            boot_ms: now_ms,
            seq: 0,
            value: 0,
            next_ms: now_ms,
        }
    }

    fn reading(&mut self, at: i64, rng: &mut Rng) -> Reading {
        if at - self.boot_ms > BOOTS_MS && rng.percent(20) {
            (self.boot, self.boot_ms, self.seq) = (self.boot + 1, at, 0);
        }
        self.seq += 1;
        let extra = match self.stream {
            "clean" => None,
            "equipment" => Some(i32::try_from(rng.between(0, 100)).unwrap()),
            _ => Some(i32::try_from(rng.between(40_000, 120_000)).unwrap()),
        };
        self.value = match self.stream {
            "clean" => (self.value + 1) % 2,
            "equipment" if rng.percent(30) => *rng.pick(&[0, 1, 1, 2]),
            "bed" if rng.percent(10) => *rng.pick(&[0, 1, 3]),
            _ => self.value,
        };
        Reading {
            boot: self.boot,
            seq: self.seq,
            at: EventTime(at),
            told: CellTime(at),
            flags: ClockFlags::default(),
            code: by_stream(self.stream).unwrap().code,
            value: Value {
                value: self.value,
                extra,
            },
        }
    }
}

/// Pads on every bed of a ward that has some, buttons on every other bed, pumps, and one of
/// them that is silent for longer than anybody may be.
fn all_devices(now_ms: i64) -> Vec<Device> {
    let mut devices = Vec::new();
    for (ward, source, beds) in WARDS {
        for bed in 0..beds {
            let of_bed = |kind: &str| format!("{kind}-{ward}-{bed}");
            if source.has_pads() {
                let device = Device::new(&of_bed("pad"), place(ward, bed), "bed", 2_000, now_ms);
                devices.push(device);
            }
            if bed % 2 == 0 {
                let period = 20_000;
                let name = of_bed("button");
                let device = Device::new(&name, place(ward, bed), "clean", period, now_ms);
                devices.push(device);
            }
        }
    }
    for pump in 0..8 {
        let on_ward = Place {
            bed: None,
            ..place("PAD", 0)
        };
        let period_ms = if pump == 0 { 100_000 } else { 1_500 };
        let name = format!("pump-{pump}");
        let mut device = Device::new(&name, on_ward, "equipment", period_ms, now_ms);
        device.next_ms += 5_000 * i64::from(pump == 0);
        devices.push(device);
    }
    devices
}

async fn devices(seed: u64, broker: SocketAddr, site: &Site) {
    let mqtt = Mqtt::open(&MqttConfig {
        host: broker.ip().to_string(),
        port: broker.port(),
        client_id: "chaos".to_owned(),
        credentials: None,
        connections: 4,
    });
    let mut rng = Rng::named(seed, "devices");
    let mut devices = all_devices(wall_ms());
    while !site.is_over() {
        for device in &mut devices {
            // Its own clock, whatever that shows: it speaks by what has passed.
            if wall_ms() < device.next_ms {
                continue;
            }
            let slow = device.period_ms > 60_000;
            let least_ms = if slow { device.period_ms } else { 200 };
            device.next_ms = wall_ms() + rng.between(least_ms, device.period_ms);
            let count = if rng.percent(10) && !slow { 2 } else { 1 };
            let mut said = Vec::new();
            for _ in 0..count {
                let mut ledger = site.ledger.lock().unwrap();
                let at = ledger.time(site.now_ms());
                let reading = device.reading(at, &mut rng);
                ledger.readings.push((device.path.clone(), reading));
                said.push(reading);
            }
            let topic = device.path.mqtt_topic(device.stream);
            let bytes = payload::bytes(&said);
            mqtt.publish(topic, bytes, false).await.unwrap();
        }
        tokio::time::sleep(STEP).await;
    }
    assert!(
        mqtt.settle(SETTLE).await,
        "the broker acknowledged {:?}",
        mqtt.counts()
    );
}

async fn staff(seed: u64, server: SocketAddr, site: &Site) {
    let token = harness::access::token(harness::access::TENANT, "source");
    let mut http = Http::new(server, &token);
    let nurse = harness::access::token(harness::access::TENANT, "charge_nurse");
    let mut board = Http::new(server, &nurse);
    let mut people = People::new(seed);
    let mut number: u32 = 0;
    while !site.is_over() {
        let what = people.next();
        let at = site.ledger.lock().unwrap().time(site.now_ms());
        let fact = Fact {
            at: EventTime(at),
            told: CellTime(at),
            flags: FactFlags::default(),
            what: what(at),
        };
        site.ledger.lock().unwrap().facts.push(fact.clone());
        let request = request(&ledger::site(), &fact).unwrap();
        number += 1;
        let key = format!("chaos-{seed}-{number}");
        let posted = http.post(&key, &request).await;
        assert!(posted.is_accepted(), "{posted:?} {request:?}");
        if number.is_multiple_of(COMMANDS) {
            let (said, request) = people::command(number);
            site.ledger.lock().unwrap().commands.push(said);
            let posted = board.post(&key, &request).await;
            assert!(posted.is_accepted(), "{posted:?} {request:?}");
        }
        tokio::time::sleep(FACTS).await;
    }
}

//! The gateway between those who say something and the log, in virtual time: its own
//! intake, its ledger and its memory of requests. It is killed and starts again, and
//! loses its broker. The broker keeps what was not acknowledged and delivers it again;
//! callers ask again until they are answered.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use events::fact::{Receipt, Told};
use events::log::LogRecord;
use events::metric;
use events::time::CellTime;
use events::topic::KafkaTopic;
use events::wire::{self, Record};
use ingest::counters::Counters;
use ingest::gateway::{Contents, Gateway, Received};
use ingest::http::idempotency::{self, Claim, Idempotency};
use ingest::ledger::{Ledger, Ticket};
use ingest::{Tenants, told};
use simulators::delivery::{Delivery, Message};
use simulators::rng::Rng;
use stream::source::LaneKey;

use crate::log::{LANES, Lanes};
use crate::marks::Marks;

/// The cell's clock runs this many times as fast as that of the gateway's frames.
const SPEED: i64 = 100;
/// How long it takes until a gateway that was killed is back.
const AWAY_MS: (i64, i64) = (500, 20_000);
/// What happens to a gateway, at most so often.
const MISHAPS_MAX: i64 = 4;

/// A record for the log, and the messages that it holds, each with when it was received.
pub(crate) struct Entry {
    pub(crate) lane: LaneKey,
    pub(crate) value: Vec<u8>,
    pub(crate) holds: Vec<Delivery>,
}

/// What can happen to a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mishap {
    /// It is killed when it has just been given a message.
    KilledAtMessage,
    /// It is killed while it answers a request.
    KilledAtRequest,
    /// Its connection to the broker is lost, and made again.
    BrokerLost,
}

/// The gateway, and those in front of it.
pub(crate) struct Door {
    rng: Rng,
    tenants: Tenants,
    start: i64,
    /// Whether a gateway that starts again reads back which requests were taken.
    recalls: bool,
    /// What is still to happen to it, and from when on.
    mishaps: VecDeque<(i64, Mishap)>,
    life: Life,
    broker: Broker,
    /// Until when it is away, and who has not been answered.
    away: Option<(i64, Vec<Delivery>)>,
    entries: Vec<Entry>,
    pub(crate) marks: Marks,
}

/// What is gone with the process.
struct Life {
    counters: Arc<Counters>,
    gateway: Gateway,
    /// Counts as the gateway's own does.
    tickets: Ledger<()>,
    received: BTreeMap<Ticket, Delivery>,
    /// In the log; the gateway has not been told yet.
    under_way: Vec<Contents>,
    requests: Idempotency,
}

impl Life {
    fn new(tenants: &Tenants) -> Self {
        let counters = Arc::new(Counters::default());
        let mut gateway = Gateway::new(tenants.clone(), LANES, Arc::clone(&counters));
        gateway.connect();
        Self {
            counters,
            gateway,
            tickets: Ledger::default(),
            received: BTreeMap::new(),
            under_way: Vec::new(),
            requests: Idempotency::default(),
        }
    }
}

/// Keeps each message until it is acknowledged.
#[derive(Default)]
struct Broker {
    kept: VecDeque<(u16, Delivery)>,
    packet: u16,
}

impl Broker {
    fn publish(&mut self, message: &Delivery) -> u16 {
        self.packet = self.packet.checked_add(1).unwrap_or(1);
        self.kept.push_back((self.packet, message.clone()));
        self.packet
    }

    fn acknowledged(&mut self, packet: u16) {
        let first = self.kept.pop_front().map(|(first, _)| first);
        assert_eq!(first, Some(packet), "acknowledged once, and in order");
    }
}

impl Door {
    /// A gateway to which something happens some times between `start` and `end`.
    pub(crate) fn new(
        seed: u64,
        tenants: Tenants,
        (start, end): (i64, i64),
        recalls: bool,
    ) -> Self {
        let mut rng = Rng::named(seed, "door");
        let kinds = [
            Mishap::KilledAtMessage,
            Mishap::KilledAtRequest,
            Mishap::BrokerLost,
        ];
        let mut mishaps: Vec<_> = (0..rng.between(0, MISHAPS_MAX))
            .map(|_| (rng.between(start, end), *rng.pick(&kinds)))
            .collect();
        mishaps.sort_by_key(|(at, _)| *at);
        Self {
            rng,
            start,
            recalls,
            mishaps: mishaps.into(),
            life: Life::new(&tenants),
            tenants,
            broker: Broker::default(),
            away: None,
            entries: Vec::new(),
            marks: Marks::default(),
        }
    }

    /// What has been written to the log since the last call, in order.
    pub(crate) fn take_entries(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.entries)
    }

    /// When it is back, if that is not later than `now`.
    pub(crate) fn is_back(&self, now: i64) -> Option<i64> {
        let back = self.away.as_ref().map(|(until, _)| *until);
        back.filter(|back| *back <= now)
    }

    /// Seals the frames that have waited long enough.
    pub(crate) fn let_time_pass(&mut self, now: i64) {
        if self.away.is_none() {
            self.life.gateway.seal_due(self.gateway_ms(now));
            self.post();
        }
    }

    /// Somebody says something.
    pub(crate) fn hear(&mut self, delivery: Delivery) {
        let now = delivery.at_ms;
        let is_request = matches!(delivery.told, Message::Http { .. });
        let packet = (!is_request).then(|| self.broker.publish(&delivery));
        if let Some((_, callers)) = &mut self.away {
            callers.extend(is_request.then_some(delivery));
            return;
        }
        let mishap = self.mishap(now, is_request);
        match packet {
            Some(packet) => self.receive(now, packet, &delivery),
            None if mishap == Some(Mishap::KilledAtRequest) => {
                self.answers_no_more(now, delivery);
                return;
            }
            None => self.answer(now, delivery),
        }
        match mishap {
            Some(Mishap::BrokerLost) => self.lose_broker(now),
            Some(_) => self.die(now, Vec::new()),
            None => {}
        }
    }

    fn mishap(&mut self, now: i64, is_request: bool) -> Option<Mishap> {
        let (_, mishap) = *self.mishaps.front().filter(|(at, _)| *at <= now)?;
        let suits = is_request == (mishap == Mishap::KilledAtRequest);
        suits.then(|| self.mishaps.pop_front())?;
        Some(mishap)
    }

    fn receive(&mut self, now: i64, packet: u16, delivery: &Delivery) {
        let Message::Payload { topic, bytes } = &delivery.told else {
            panic!("a broker delivers payloads");
        };
        let ticket = self.life.tickets.enter(());
        let told = delivery.told.clone();
        self.life
            .received
            .insert(ticket, Delivery { at_ms: now, told });
        let received = Received {
            topic: topic.as_bytes(),
            payload: bytes,
            retained: false,
            packet: Some(packet),
        };
        let now_ms = self.gateway_ms(now);
        self.life.gateway.receive(received, CellTime(now), now_ms);
        self.post();
    }

    /// Writes what is ready. Reports that it is durable come later, in any order.
    fn post(&mut self) {
        let Life {
            gateway,
            received,
            under_way,
            ..
        } = &mut self.life;
        while let Some(parcel) = gateway.next_parcel() {
            let record = parcel.record;
            let Contents::Frame { tickets, .. } = &parcel.contents else {
                panic!("all payloads are read");
            };
            let holds = tickets.iter().filter_map(|ticket| received.remove(ticket));
            self.entries.push(Entry {
                lane: (record.topic, record.lane),
                value: record.value,
                holds: holds.collect(),
            });
            under_way.push(parcel.contents);
        }
        while !under_way.is_empty() && self.rng.percent(80) {
            let last = i64::try_from(under_way.len()).unwrap() - 1;
            let place = usize::try_from(self.rng.between(0, last)).unwrap();
            gateway.delivered(under_way.swap_remove(place));
        }
        while let Some(packet) = gateway.next_acknowledgement() {
            self.broker.acknowledged(packet);
            gateway.acknowledged();
        }
    }

    /// Answers a request; one that was taken before is not written again.
    fn answer(&mut self, now: i64, request: Delivery) {
        let (receipt, told) = receipted(now, &request);
        match self.life.requests.claim(&receipt, CellTime(now)) {
            Claim::New => {
                self.write(now, &told, request);
                self.life.requests.recall(&told);
            }
            Claim::Repeated(_) => self.marks.note("a message came again"),
            other => panic!("each key has one body, and one caller: {other:?}"),
        }
    }

    fn write(&mut self, now: i64, told: &Told, request: Delivery) {
        let record = told::outgoing(told, LANES);
        let told = request.told;
        self.entries.push(Entry {
            lane: (record.topic, record.lane),
            value: record.value,
            holds: vec![Delivery { at_ms: now, told }],
        });
    }

    /// It is killed before or after the request is written, and before it is answered.
    fn answers_no_more(&mut self, now: i64, request: Delivery) {
        let (receipt, told) = receipted(now, &request);
        let is_new = self.life.requests.claim(&receipt, CellTime(now)) == Claim::New;
        if is_new && self.rng.percent(50) {
            self.write(now, &told, request.clone());
        }
        self.die(now, vec![request]);
    }

    fn die(&mut self, now: i64, callers: Vec<Delivery>) {
        self.marks.note("the gateway was killed");
        if !self.life.received.is_empty() {
            self.marks
                .note("the gateway was killed with messages that are not in the log");
        }
        if !self.life.under_way.is_empty() {
            self.marks
                .note("the gateway was killed with messages in the log and not acknowledged");
        }
        let back = now + self.rng.between(AWAY_MS.0, AWAY_MS.1);
        self.away = Some((back, callers));
        self.life = Life::new(&self.tenants);
    }

    /// Starts again: requests are read back from the log, the broker delivers again, and
    /// whoever was not answered asks again.
    pub(crate) fn come_back(&mut self, lanes: &Lanes) {
        let (now, callers) = self.away.take().expect("it is away");
        let is_known = |told: &Told, request: &Delivery| {
            told.receipt.as_ref() == Some(&receipted(now, request).0)
        };
        let facts = lanes
            .iter()
            .filter(|((topic, _), _)| *topic == KafkaTopic::Facts);
        let told = facts.flat_map(|(_, records)| records).filter_map(read_back);
        let told: Vec<Told> = told.collect();
        if let Some(first) = callers.first() {
            self.marks
                .note(if told.iter().any(|told| is_known(told, first)) {
                    "a request was repeated that was in the log"
                } else {
                    "a request was repeated that was not in the log"
                });
        }
        if self.recalls {
            told.iter().for_each(|told| self.life.requests.recall(told));
        }
        self.deliver_again(now);
        for caller in callers {
            self.answer(now, caller);
        }
    }

    fn lose_broker(&mut self, now: i64) {
        self.marks.note("the broker was lost");
        self.life.gateway.disconnect();
        self.life.gateway.connect();
        self.deliver_again(now);
    }

    fn deliver_again(&mut self, now: i64) {
        let kept: Vec<_> = self.broker.kept.iter().cloned().collect();
        self.marks.count("a message came again", kept.len() as u64);
        for (packet, message) in kept {
            self.receive(now, packet, &message);
        }
    }

    /// Nothing more comes.
    pub(crate) fn close(&mut self) {
        let samples = self.life.counters.snapshot();
        let stale = samples
            .iter()
            .filter(|sample| sample.0 == metric::INGEST_ACKS_STALE);
        let stale = stale.map(|sample| sample.2).sum();
        self.marks
            .count("an acknowledgement was too late to be sent", stale);
    }

    fn gateway_ms(&self, now: i64) -> u64 {
        u64::try_from((now - self.start) / SPEED).unwrap()
    }
}

fn read_back(record: &LogRecord) -> Option<Told> {
    match wire::decode_facts(&record.value).unwrap() {
        Record::Data(told) => Some(told),
        Record::Tick(_) => None,
    }
}

/// What a request tells at `now`, with the receipt by which it is known again.
fn receipted(now: i64, request: &Delivery) -> (Receipt, Told) {
    let Message::Http { key, told } = &request.told else {
        panic!("a request comes by HTTP");
    };
    let mut told = told.clone();
    let path = format!("/v1/{}/{}/facts", told.site.tenant, told.site.site);
    let receipt = idempotency::receipt(&path, key.as_bytes(), key.as_bytes());
    for fact in &mut told.facts {
        fact.told = CellTime(now);
    }
    told.receipt = Some(receipt.clone());
    (receipt, told)
}

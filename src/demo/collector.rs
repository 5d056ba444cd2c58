//! Reads the log beside everybody else and keeps what a report needs: the rows
//! and alerts that hold in the end, and counts of what was set aside.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use events::fact::Fact;
use events::log::{Chunk, LogRecord};
use events::output::{Alert, AlertState, DeadLetter, KpiValue, Output, OutputRecord};
use events::sensor::Reading;
use events::topic::{self, DevicePath, KafkaTopic};
use events::wire::{self, Record};
use simulators::hospital::Hospital;
use simulators::truth::{AlertKey, RowKey};
use tokio::sync::mpsc;

/// Numerator and denominator of each row.
type Rows = BTreeMap<RowKey, (i64, i64)>;

/// Ward, resolution and start of a window: its rows are said as one block.
type Window = (String, u32, i64);

/// What has been read so far.
#[derive(Default)]
pub(super) struct Collected {
    /// The newest revision of each window, whole.
    blocks: BTreeMap<Window, (u32, Rows)>,
    alerts: BTreeMap<String, Alert>,
    seen: BTreeSet<(String, u32, u64)>,
    /// Readings as received, without duplicates.
    pub(super) readings: Vec<(DevicePath, Reading)>,
    /// The same with births and wills.
    pub(super) arrived: Vec<(DevicePath, Reading)>,
    /// Facts as received.
    pub(super) facts: Vec<Fact>,
    /// Messages that were not understood, by reason.
    pub(super) dead_letters: BTreeMap<String, u64>,
    /// Records that were late or refused, by reason.
    pub(super) late: BTreeMap<String, u64>,
    /// KPI rows said, every revision.
    pub(super) rows_said: u64,
    /// Next offset of each lane.
    pub(super) positions: BTreeMap<(KafkaTopic, u32), u64>,
}

/// Collects until the channel is closed.
pub(super) async fn collect(mut chunks: mpsc::Receiver<Chunk>, collected: Arc<Mutex<Collected>>) {
    while let Some(chunk) = chunks.recv().await {
        let mut collected = collected.lock().unwrap_or_else(PoisonError::into_inner);
        for record in &chunk.records {
            collected.record(chunk.topic, record);
        }
        if let Some(last) = chunk.records.last() {
            collected
                .positions
                .insert((chunk.topic, chunk.lane), last.offset + 1);
        }
    }
}

impl Collected {
    /// The rows that hold for windows that end by `to`.
    pub(super) fn rows(&self, to: i64) -> Rows {
        self.blocks
            .iter()
            .filter(|((_, resolution_s, from), _)| from + i64::from(*resolution_s) * 1_000 <= to)
            .flat_map(|(_, (_, rows))| rows.clone())
            .collect()
    }

    /// The alerts that hold, cut at `to`.
    pub(super) fn alerts(&self, to: i64) -> BTreeSet<AlertKey> {
        self.alerts
            .values()
            .filter(|alert| alert.state() != AlertState::Withdrawn && alert.since_ms < to)
            .map(|alert| {
                let until = alert.until_ms.filter(|until| *until < to);
                (
                    alert.rule.clone(),
                    alert.ward.clone(),
                    alert.subject.clone(),
                    alert.since_ms,
                    until,
                )
            })
            .collect()
    }

    fn record(&mut self, topic: KafkaTopic, record: &LogRecord) {
        let value = &record.value;
        // Our own records: one that can't be decoded shows as a mismatch.
        match topic {
            KafkaTopic::Alerts | KafkaTopic::Board | KafkaTopic::Kpis | KafkaTopic::Late => {
                wire::decode_output(topic, value).map(|record| {
                    if let Some(OutputRecord::Output(output)) = record {
                        self.output(output);
                    }
                })
            }
            KafkaTopic::DeadLetter => wire::decode(value).map(|letter: DeadLetter| {
                *self.dead_letters.entry(letter.reason).or_default() += 1;
            }),
            KafkaTopic::Facts => wire::decode_facts(value).map(|record| {
                if let Record::Data(told) = record {
                    self.facts.extend(told.facts);
                }
            }),
            KafkaTopic::Signals => wire::decode_signals(value).map(|record| {
                if let Record::Data(frame) = record {
                    for (source, reading) in wire::readings(&frame) {
                        self.reading(&frame.sources[source], reading);
                    }
                }
            }),
            KafkaTopic::Control => Ok(()),
        }
        .unwrap_or_else(
            |error| tracing::error!(topic = topic.name(), %error, "record of no known kind"),
        );
    }

    fn output(&mut self, output: Output) {
        match output {
            Output::Kpi(kpi) if is_ours(&kpi.tenant, &kpi.site) => self.kpi(kpi),
            Output::Alert(alert) if is_ours(&alert.tenant, &alert.site) => {
                self.alerts.insert(alert.id.clone(), alert);
            }
            Output::Late(late) => *self.late.entry(late.reason).or_default() += 1,
            Output::Alert(_) | Output::Board(_) | Output::Kpi(_) => {}
        }
    }

    fn kpi(&mut self, kpi: KpiValue) {
        self.rows_said += 1;
        let window = (kpi.ward.clone(), kpi.resolution_s, kpi.window_ms);
        let (revision, rows) = self.blocks.entry(window).or_default();
        if kpi.revision > *revision {
            rows.clear();
            *revision = kpi.revision;
        }
        let key = RowKey {
            ward: kpi.ward,
            kpi: kpi.kpi,
            stat: kpi.stat,
            resolution_s: kpi.resolution_s,
            window_ms: kpi.window_ms,
        };
        rows.insert(key, (kpi.numerator, kpi.denominator));
    }

    /// Keeps what the judge looks at: a reading once; births and wills, which have
    /// no numbers, each time.
    fn reading(&mut self, path: &str, reading: Reading) {
        let is_presence =
            events::sensor::by_code(reading.code).is_some_and(|sensor| sensor.presence);
        let id = (topic::device_key(path), reading.boot, reading.seq);
        if (is_presence || self.seen.insert(id))
            && let Ok(path) = DevicePath::parse(path)
        {
            if !is_presence {
                self.readings.push((path.clone(), reading));
            }
            self.arrived.push((path, reading));
        }
    }
}

/// Whether something is said of the simulated hospital; others may share the log.
fn is_ours(tenant: &str, site: &str) -> bool {
    let ours = Hospital::site();
    tenant == ours.tenant.as_str() && site == ours.site.as_str()
}

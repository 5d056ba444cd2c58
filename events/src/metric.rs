//! Every metric's name, kind and help text: `<stage>_<noun>_<unit>[_total]`.
//! Labels are few and bounded; never a patient, a bed or a device.

/// What a metric's number does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes both ways.
    Gauge,
}

/// One metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name, after the prefix `medaxis_`.
    pub name: &'static str,
    /// What its number does.
    pub kind: Kind,
    /// Its one label, or "".
    pub label: &'static str,
    /// What it counts, in which unit.
    pub help: &'static str,
}

macro_rules! metrics {
    ($($name:ident = $kind:ident, $text:literal, $label:literal, $help:literal;)*) => {
        $(#[doc = $help] pub const $name: Metric =
            Metric { name: $text, kind: Kind::$kind, label: $label, help: $help };)*

        /// Every metric, by stage.
        pub const ALL: &[Metric] = &[$($name),*];
    };
}

metrics! {
    ACCESS_FILE_BROKEN = Gauge, "access_file_broken", "", "Whether the access file can't be used, and an earlier one holds: 1 or 0.";
    ACCESS_REFUSED = Counter, "access_refused_total", "reason", "Requests that did not come in.";
    ACCESS_TOKENS = Gauge, "access_tokens", "", "Tokens that are known.";
    ARCHIVE_BYTES = Counter, "archive_bytes_total", "", "Bytes of the files written to the archive.";
    ARCHIVE_FILES = Counter, "archive_files_total", "", "Files written to the archive.";
    ARCHIVE_RECORDS = Counter, "archive_records_total", "", "Records of input lanes that are durable in the archive, ticks included.";
    ARCHIVE_RETRIES = Counter, "archive_retries_total", "", "Requests to the archive's store made once more.";
    ARCHIVE_WAITING = Gauge, "archive_waiting", "", "Whether the archive waits for its store: 1 or 0.";
    BOARD_CLIENTS = Gauge, "board_clients", "", "Boards that are connected.";
    BOARD_FRAMES = Counter, "board_frames_total", "", "Frames sent to boards.";
    BOARD_LEFT_OFF = Counter, "board_left_off_total", "", "Outputs that boards do not show because their site has more than a board holds.";
    BOARD_RESYNCS = Counter, "board_resyncs_total", "", "Boards too slow for their queue, given a new snapshot.";
    CLICKHOUSE_RETRIES = Counter, "clickhouse_retries_total", "", "Blocks sent to ClickHouse once more.";
    CLICKHOUSE_ROWS = Counter, "clickhouse_rows_total", "table", "Rows that ClickHouse has acknowledged.";
    DETERMINISM_VIOLATIONS = Counter, "determinism_violations_total", "sink", "Epochs of outputs that are not what they were when they were said first.";
    INGEST_ACKS_STALE = Counter, "ingest_acks_stale_total", "", "Acknowledgements not sent because the connection had changed.";
    INGEST_DEAD_LETTERS = Counter, "ingest_dead_letters_total", "reason", "Messages that could not be understood.";
    INGEST_FACTS = Counter, "ingest_facts_total", "", "Facts told over HTTP, FHIR or MLLP that are durable in Kafka.";
    INGEST_FHIR_RESOURCES = Counter, "ingest_fhir_resources_total", "outcome", "FHIR resources, by what became of them.";
    INGEST_HTTP_WRITES = Gauge, "ingest_http_writes", "", "HTTP requests whose facts are on their way to Kafka.";
    INGEST_IGNORED = Counter, "ingest_ignored_total", "reason", "Messages counted only.";
    INGEST_IN_FLIGHT = Gauge, "ingest_in_flight", "", "MQTT messages received and not yet acknowledged.";
    INGEST_LABELS = Counter, "ingest_labels_total", "outcome", "Names that were heard for boards of staff: handed on to be kept (heard), or more than could be kept (dropped).";
    INGEST_MESSAGES = Counter, "ingest_messages_total", "", "MQTT messages received, repetitions included.";
    INGEST_MLLP_CLOSED = Counter, "ingest_mllp_closed_total", "reason", "MLLP connections that were not let in, or not kept.";
    INGEST_MLLP_CONNECTIONS = Gauge, "ingest_mllp_connections", "", "MLLP connections that are open.";
    INGEST_MLLP_IGNORED = Counter, "ingest_mllp_ignored_total", "type", "HL7 messages over MLLP that tell nothing that is a fact here.";
    INGEST_MLLP_MESSAGES = Counter, "ingest_mllp_messages_total", "outcome", "HL7 messages over MLLP, by what became of them.";
    INGEST_MLLP_SKIPPED = Counter, "ingest_mllp_skipped_bytes_total", "", "Bytes outside of frames on MLLP connections.";
    INGEST_MQTT_CONNECTED = Gauge, "ingest_mqtt_connected", "", "Whether the gateway is connected to the MQTT broker and subscribed: 1 or 0.";
    INGEST_READINGS = Counter, "ingest_readings_total", "", "Readings that are durable in Kafka.";
    INGEST_RECONNECTS = Counter, "ingest_reconnects_total", "", "Connections to the MQTT broker that were made.";
    INGEST_REFUSED = Counter, "ingest_refused_total", "reason", "HTTP requests that were refused.";
    STREAM_CORRECTIONS = Counter, "stream_corrections_total", "", "Windows emitted again.";
    STREAM_DUPLICATES = Counter, "stream_duplicates_total", "", "Readings seen before.";
    STREAM_EPOCH = Gauge, "stream_epoch", "", "Newest epoch that was folded.";
    STREAM_LAG_MS = Gauge, "stream_lag_ms", "", "Cell time since the newest folded epoch, in milliseconds.";
    STREAM_LATE = Counter, "stream_late_total", "reason", "Records too late or refused.";
    STREAM_READINGS = Counter, "stream_readings_total", "", "Readings folded.";
    STREAM_SNAPSHOT_BYTES = Gauge, "stream_snapshot_bytes", "", "Size of the newest snapshot.";
    STREAM_SNAPSHOT_EPOCH = Gauge, "stream_snapshot_epoch", "", "Epoch of the newest snapshot that was kept.";
    STREAM_SNAPSHOT_FAILURES = Counter, "stream_snapshot_failures_total", "", "Snapshots that could not be kept.";
    STREAM_UNDECODABLE = Counter, "stream_undecodable_total", "", "Records of no known kind in the log.";
    WEBHOOK_DEAD_LETTERS = Counter, "webhook_dead_letters_total", "endpoint", "Messages about alerts that an endpoint did not get.";
    WEBHOOK_DELIVERED = Counter, "webhook_delivered_total", "endpoint", "Messages about alerts that an endpoint has taken.";
    WEBHOOK_RETRIES = Counter, "webhook_retries_total", "endpoint", "Attempts that were repeated.";
    WEBHOOK_STOPPED = Gauge, "webhook_stopped", "endpoint", "Whether an endpoint has answered that it wants nothing more: 1 or 0.";
    WEBHOOK_UNSENT = Counter, "webhook_unsent_total", "endpoint", "Messages that were not sent, because the endpoint wants nothing more.";
    WEBHOOK_WAITING = Gauge, "webhook_waiting", "endpoint", "Messages that wait for an endpoint or are under way to it.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rule() {
        for metric in ALL {
            assert_eq!(
                metric.name.ends_with("_total"),
                metric.kind == Kind::Counter,
                "{}",
                metric.name
            );
            assert!(
                metric
                    .name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b == b'_')
            );
        }
    }
}

CREATE TABLE IF NOT EXISTS dead_letters
(
    tenant LowCardinality(String) COMMENT 'Whose it was; empty when not known.',
    source LowCardinality(String) COMMENT 'Way in: mqtt, http, hl7.',
    position String COMMENT 'Topic, path, or file and message number.',
    reason LowCardinality(String) COMMENT 'Why it could not be understood, from a bounded set of codes.',
    detail String COMMENT 'Names the field, never its value.',
    length UInt64 COMMENT 'Length of the whole original, in bytes.',
    sha256 String COMMENT 'SHA-256 of the whole original, as hexadecimal digits. The original itself stays in the topic dead-letter: it may name a patient.',
    received DateTime64(3, 'UTC') COMMENT 'When it was received, in cell time.',
    lane UInt32 COMMENT 'Lane of the topic dead-letter that carries it.',
    log_offset UInt64 COMMENT 'Place in that lane.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(received)
ORDER BY (tenant, reason, received, lane, log_offset)
TTL toDateTime(received) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'What could not be understood. One row a message. Kept 90 days.'

CREATE TABLE IF NOT EXISTS facts
(
    tenant LowCardinality(String) COMMENT 'Whose site.',
    site LowCardinality(String) COMMENT 'Which hospital or clinic.',
    source LowCardinality(String) COMMENT 'Who said it: http, hl7:SENDER, tap.',
    kind LowCardinality(String) COMMENT 'What it is about: visit, appointment, staff, bed.',
    event LowCardinality(String) COMMENT 'What became true, such as admitted, arrived, shift_started, dirty.',
    subject String COMMENT 'The visit, appointment or staff member (pseudonym), or the bed.',
    at DateTime64(3, 'UTC') COMMENT 'When it became true, by the clock of who said it unless flags say otherwise.',
    told DateTime64(3, 'UTC') COMMENT 'When we were told, in cell time.',
    flags UInt32 COMMENT 'Bits: 1 no time given, 2 more than 5 s ahead, 4 a cancelled event put the patient back.',
    ward LowCardinality(String) COMMENT 'Ward that it names; empty when it names none.',
    room LowCardinality(String) COMMENT 'Room that it names; empty when it names none.',
    bed LowCardinality(String) COMMENT 'Bed that it names; empty for a ward place or none.',
    patient String COMMENT 'Keyed pseudonym of the patient; empty when not said.',
    practitioner String COMMENT 'Pseudonym of the practitioner; empty when not said.',
    role LowCardinality(String) COMMENT 'Role of a shift, such as nurse; empty otherwise.',
    detail String COMMENT 'Kind of appointment, reason of a blocked bed, or the visit that a merged one goes on under; empty otherwise.',
    due Nullable(DateTime64(3, 'UTC')) COMMENT 'The time that it speaks of: scheduled, expected discharge, bed expected back. NULL when none.',
    lane UInt32 COMMENT 'Lane of the topic facts that carried it.',
    log_offset UInt64 COMMENT 'Place of its record in that lane.',
    fact_index UInt32 COMMENT 'Place within the record, from 0.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(told)
ORDER BY (tenant, site, kind, subject, told, lane, log_offset, fact_index)
TTL toDateTime(told) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'What people and systems said of visits, appointments, shifts and beds, as received. One row a fact. Kept 90 days. Pseudonyms only.'

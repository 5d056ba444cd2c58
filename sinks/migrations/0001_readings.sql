CREATE TABLE IF NOT EXISTS readings
(
    tenant LowCardinality(String) COMMENT 'Whose site.',
    site LowCardinality(String) COMMENT 'Which hospital or clinic.',
    ward LowCardinality(String) COMMENT 'Ward of the topic that the device sent to.',
    room LowCardinality(String) COMMENT 'Room of that topic; "-" when unknown.',
    bed LowCardinality(String) COMMENT 'Bed of that topic; "-" for a device without a bed.',
    device LowCardinality(String) COMMENT 'The device, unique within its site.',
    stream LowCardinality(String) COMMENT 'What kind of reading: bed, clean, equipment, state; "code N" for one that this version does not know.',
    at DateTime64(3, 'UTC') COMMENT 'When it was measured, by the device''s clock unless flags say otherwise.',
    told DateTime64(3, 'UTC') COMMENT 'When the gateway received it, in cell time.',
    boot UInt32 COMMENT 'How often the device had started.',
    seq UInt64 COMMENT 'Number of the reading within its boot; 0 for state.',
    value Int32 COMMENT 'What was measured. bed: bit 0 occupied, bit 1 about to leave. clean: 0 started, 1 done, 2 inspected. equipment: 0 in use, 1 idle, 2 fault. state: 1 online.',
    extra Nullable(Int32) COMMENT 'A second measure. bed: weight in grams. equipment: battery in per cent. NULL when not sent.',
    flags UInt32 COMMENT 'Bits: 1 the device gave no time, 2 its clock was more than 5 s ahead; the receipt time stands for it.',
    lane UInt32 COMMENT 'Lane of the topic signals that carried it.',
    log_offset UInt64 COMMENT 'Place of its frame in that lane.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(told)
ORDER BY (tenant, site, ward, device, stream, at, boot, seq)
TTL toDateTime(told) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'What devices said, as received, repetitions included until parts merge. One row a reading. Kept 90 days. KPIs are not computed from it.'

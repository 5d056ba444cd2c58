CREATE TABLE IF NOT EXISTS late
(
    tenant LowCardinality(String) COMMENT 'Whose site.',
    site LowCardinality(String) COMMENT 'Which hospital or clinic.',
    epoch UInt64 COMMENT 'Epoch that set it aside; 20 ms of cell time each.',
    epoch_index UInt32 COMMENT 'Place among the outputs of that epoch.',
    topic LowCardinality(String) COMMENT 'Input topic of the record.',
    lane UInt32 COMMENT 'Lane of that topic.',
    log_offset UInt64 COMMENT 'Place of the record in that lane.',
    at DateTime64(3, 'UTC') COMMENT 'Event time of what was set aside.',
    reason LowCardinality(String) COMMENT 'Why it was set aside, from a bounded set of codes.'
)
ENGINE = ReplacingMergeTree
PARTITION BY intDiv(epoch, 129600000)
ORDER BY (tenant, site, epoch, epoch_index)
TTL toDateTime(intDiv(epoch, 50)) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'What came after the correction horizon, or was refused. One row a reading or fact. Partitions hold 30 days of epochs. Kept 90 days.'

CREATE TABLE IF NOT EXISTS progress
(
    log LowCardinality(String) COMMENT 'The log whose offsets these are.',
    topic LowCardinality(String) COMMENT 'Topic, without the log''s prefix.',
    lane UInt32 COMMENT 'Lane of that topic.',
    next_offset UInt64 COMMENT 'First record that is not in its table yet.',
    epoch UInt64 COMMENT 'Place of the newest output before next_offset: its epoch. 0 for topics without places.',
    epoch_index UInt32 COMMENT 'And its index.'
)
ENGINE = ReplacingMergeTree(next_offset)
ORDER BY (log, topic, lane)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'How far each lane has come into the tables. One row a lane once merged; the highest next_offset holds.'

CREATE TABLE IF NOT EXISTS bed_history
(
    tenant LowCardinality(String) COMMENT 'Whose site.',
    site LowCardinality(String) COMMENT 'Which hospital or clinic.',
    ward LowCardinality(String) COMMENT 'The bed''s ward.',
    bed LowCardinality(String) COMMENT 'The bed, unique within its ward.',
    epoch UInt64 COMMENT 'Epoch that made the change; 20 ms of cell time each.',
    epoch_index UInt32 COMMENT 'Place among the outputs of that epoch.',
    as_of DateTime64(3, 'UTC') COMMENT 'Cell time of the epoch: from here on the bed was shown like this.',
    room LowCardinality(String) COMMENT 'Its room; "-" when unknown.',
    label String COMMENT 'What people call the bed.',
    listed Bool COMMENT 'Whether the bed master lists it.',
    staffed Bool COMMENT 'Whether it is open and staffed, so that it counts in denominators.',
    occupied Bool COMMENT 'Whether it is believed to be occupied.',
    occupied_since Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when it is as occupied says; NULL when unknown.',
    visit String COMMENT 'Which visit lies there; empty when unknown or nobody.',
    cleanliness LowCardinality(String) COMMENT 'unknown, clean, dirty, cleaning.',
    clean_since Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when it is as cleanliness says; NULL when unknown.',
    blocked Bool COMMENT 'Whether staff have blocked it.',
    block_reason LowCardinality(String) COMMENT 'Why it is blocked; empty otherwise.',
    expected_back Nullable(DateTime64(3, 'UTC')) COMMENT 'When a blocked bed should be back; NULL when unknown.',
    reserved_for String COMMENT 'Visit that it is promised to and that is not in it yet; empty when none.',
    ready_to_leave Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when its patient is ready to leave; NULL when not.',
    expected_discharge Nullable(DateTime64(3, 'UTC')) COMMENT 'When its patient is expected to leave; NULL when unknown.',
    heard Nullable(DateTime64(3, 'UTC')) COMMENT 'Newest source time of anything said of the bed; NULL when never.',
    pad_heard Nullable(DateTime64(3, 'UTC')) COMMENT 'Newest reading of its pad; NULL when never.',
    pad_silent Bool COMMENT 'Whether its pad is silent.',
    visits_in_bed UInt32 COMMENT 'How many visits are placed in it; more than one is a conflict.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(as_of)
ORDER BY (tenant, site, ward, bed, epoch, epoch_index)
TTL toDateTime(as_of) + INTERVAL 1 YEAR
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Every bed as the board showed it. One row a change; a row holds until the next one of its bed. Kept 1 year.'

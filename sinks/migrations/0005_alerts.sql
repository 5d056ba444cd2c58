CREATE TABLE IF NOT EXISTS alerts
(
    tenant LowCardinality(String) COMMENT 'Whose site.',
    site LowCardinality(String) COMMENT 'Which hospital or clinic.',
    ward LowCardinality(String) COMMENT 'The ward that it is about.',
    id String COMMENT 'The alert; the same in all its states.',
    epoch UInt64 COMMENT 'Epoch that made the change; 20 ms of cell time each.',
    epoch_index UInt32 COMMENT 'Place among the outputs of that epoch.',
    as_of DateTime64(3, 'UTC') COMMENT 'Cell time of that epoch.',
    rule LowCardinality(String) COMMENT 'Which rule raised it.',
    subject String COMMENT 'The bed, device, visit, appointment or ward that it is about.',
    priority LowCardinality(String) COMMENT 'low, medium, high.',
    state LowCardinality(String) COMMENT 'raised; cleared; withdrawn, when a correction made it wrong; retrospective, when it was known only in hindsight.',
    since DateTime64(3, 'UTC') COMMENT 'When it began, in event time.',
    until Nullable(DateTime64(3, 'UTC')) COMMENT 'When it ended, in event time; NULL while it holds.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(as_of)
ORDER BY (tenant, site, id, epoch, epoch_index)
TTL toDateTime(as_of) + INTERVAL 10 YEAR
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Alerts and their changes. One row a change. Kept 10 years. Read it through alerts_latest.'

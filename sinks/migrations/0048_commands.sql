CREATE TABLE IF NOT EXISTS commands
(
    tenant LowCardinality(String) COMMENT 'Whose site.',
    site LowCardinality(String) COMMENT 'Which hospital or clinic.',
    command String COMMENT 'The UUID that its sender gave it.',
    epoch UInt64 COMMENT 'Epoch that folded it; 20 ms of cell time each.',
    epoch_index UInt32 COMMENT 'Place among the outputs of that epoch.',
    as_of DateTime64(3, 'UTC') COMMENT 'Cell time of that epoch.',
    kind LowCardinality(String) COMMENT 'acknowledge, assign, shelve, unshelve, escalate, comment, clean, dirty, block, open, annotate, undo.',
    ward LowCardinality(String) COMMENT 'The ward that it is about; empty when there is no such thing.',
    subject String COMMENT 'The alert, the bed, the ward, or the command that is taken back.',
    by String COMMENT 'Who asked, as their token calls them.',
    role LowCardinality(String) COMMENT 'In which role.',
    device String COMMENT 'From which device, where a token is bound to one; else empty.',
    at DateTime64(3, 'UTC') COMMENT 'When it was done: the clock of the server, less how long ago its sender says it was.',
    told DateTime64(3, 'UTC') COMMENT 'When the server received it.',
    outcome LowCardinality(String) COMMENT 'done or refused.',
    reason LowCardinality(String) COMMENT 'Why it was refused, as a code; empty when it was done.',
    text String COMMENT 'To whom, why, or what was remarked.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(as_of)
ORDER BY (tenant, site, as_of, command, epoch, epoch_index)
TTL toDateTime(as_of) + INTERVAL 10 YEAR
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'What people asked for at boards, and what came of it: who, what, when, from where. Kept 10 years.'

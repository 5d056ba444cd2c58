CREATE TABLE IF NOT EXISTS schema_migrations
(
    version UInt32 COMMENT 'Number of the migration.',
    name String COMMENT 'Its name.',
    statement String COMMENT 'Its statement, as it was executed.',
    applied DateTime64(3, 'UTC') COMMENT 'When it was applied, by the clock of ClickHouse.'
)
ENGINE = ReplacingMergeTree
ORDER BY version
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Which migrations this database has. One row a migration.'

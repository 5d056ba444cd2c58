CREATE TABLE IF NOT EXISTS kpi_registry
(
    name LowCardinality(String) COMMENT 'Name of the KPI.',
    unit LowCardinality(String) COMMENT 'Unit of its value, percentiles and peak.',
    description String COMMENT 'What it says.',
    source String COMMENT 'Where its definition comes from.',
    written DateTime64(3, 'UTC') COMMENT 'When the row was written; the newest one holds.'
)
ENGINE = ReplacingMergeTree(written)
ORDER BY name
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Every KPI that the processor knows or has known. Filled by the migration.'

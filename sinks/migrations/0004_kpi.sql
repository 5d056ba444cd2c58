CREATE TABLE IF NOT EXISTS kpi
(
    tenant LowCardinality(String) COMMENT 'Whose site.',
    site LowCardinality(String) COMMENT 'Which hospital or clinic.',
    ward LowCardinality(String) COMMENT 'The ward; "-" for the whole site.',
    kpi LowCardinality(String) COMMENT 'Name of the KPI, as in kpi_registry.',
    stat LowCardinality(String) COMMENT 'What the number is: value, p50, p90, peak, peak_at, n, missing, invalid.',
    resolution_s UInt32 COMMENT 'Length of the window in seconds: 60, 900 or 3600.',
    window_start DateTime64(3, 'UTC') COMMENT 'First instant of the window, in event time.',
    revision UInt32 COMMENT 'How often the value was corrected; the highest one holds.',
    numerator Int64 COMMENT 'The value is numerator / denominator, in the unit of the KPI.',
    denominator Int64 COMMENT 'See numerator.',
    as_of DateTime64(3, 'UTC') COMMENT 'Cell time of the epoch that computed it.',
    epoch UInt64 COMMENT 'That epoch; 20 ms of cell time each.',
    epoch_index UInt32 COMMENT 'Place among the outputs of that epoch.',
    source_run LowCardinality(String) COMMENT 'Which run of the processor computed it: live, or the name of a backfill.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(window_start)
ORDER BY (tenant, site, ward, kpi, stat, resolution_s, window_start, revision)
TTL toDateTime(window_start) + INTERVAL 14 DAY DELETE WHERE resolution_s < 900,
    toDateTime(window_start) + INTERVAL 90 DAY DELETE WHERE resolution_s = 900,
    toDateTime(window_start) + INTERVAL 10 YEAR DELETE WHERE resolution_s >= 3600
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'KPI values, every revision. One row a window, ward, KPI and stat. 1-minute rows are kept 14 days, 15-minute rows 90 days, hours and longer 10 years. Read it through kpi_latest.'

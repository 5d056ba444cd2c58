CREATE OR REPLACE VIEW kpi_latest
(
    tenant LowCardinality(String) COMMENT 'Whose site.',
    site LowCardinality(String) COMMENT 'Which hospital or clinic.',
    ward LowCardinality(String) COMMENT 'The ward; "-" for the whole site.',
    kpi LowCardinality(String) COMMENT 'Name of the KPI.',
    stat LowCardinality(String) COMMENT 'What the number is: value, p50, p90, peak, peak_at, n, missing, invalid.',
    resolution_s UInt32 COMMENT 'Length of the window in seconds.',
    window_start DateTime64(3, 'UTC') COMMENT 'First instant of the window, in event time.',
    value Nullable(Float64) COMMENT 'numerator / denominator; NULL when the denominator is 0.',
    unit LowCardinality(String) COMMENT 'Unit of value: that of the KPI; count for n, missing and invalid; ms since window_start for peak_at.',
    numerator Int64 COMMENT 'Above the line.',
    denominator Int64 COMMENT 'Below the line.',
    revision UInt32 COMMENT 'The revision that holds.',
    as_of DateTime64(3, 'UTC') COMMENT 'Cell time of the epoch that computed it.',
    source_run LowCardinality(String) COMMENT 'Which run of the processor computed it.',
    coverage Nullable(Float64) COMMENT 'Share of the window that its sources covered, 0 to 1; NULL when not known. Below 1 a source was silent for longer than it is at that hour of the week.',
    lower Nullable(Float64) COMMENT 'Where coverage is below 1: the least that value may be; NULL when there is no bound.',
    upper Nullable(Float64) COMMENT 'Likewise, the most.'
)
AS SELECT
    said.tenant AS tenant,
    said.site AS site,
    said.ward AS ward,
    said.kpi AS kpi,
    said.stat AS stat,
    said.resolution_s AS resolution_s,
    said.window_start AS window_start,
    if(denominator = 0, NULL, numerator / denominator) AS value,
    multiIf(said.stat IN ('n', 'missing', 'invalid'), 'count', said.stat = 'peak_at', 'ms', registry.unit) AS unit,
    tupleElement(said.newest, 1) AS numerator,
    tupleElement(said.newest, 2) AS denominator,
    said.revision AS revision,
    tupleElement(said.newest, 3) AS as_of,
    said.source_run AS source_run,
    tupleElement(said.newest, 4) / 1000000 AS coverage,
    if(denominator = 0, NULL, tupleElement(said.newest, 5) / denominator) AS lower,
    if(denominator = 0, NULL, tupleElement(said.newest, 6) / denominator) AS upper
FROM
(
    SELECT
        tenant,
        site,
        ward,
        kpi,
        stat,
        resolution_s,
        window_start,
        revision,
        source_run,
        any((numerator, denominator, as_of, coverage_ppm, lower, upper)) AS newest
    FROM kpi
    GROUP BY tenant, site, ward, kpi, stat, resolution_s, window_start, revision, source_run
) AS said
INNER JOIN
(
    SELECT tenant, site, ward, source_run, resolution_s, window_start, max(revision) AS holds
    FROM kpi
    GROUP BY tenant, site, ward, source_run, resolution_s, window_start
) AS held ON said.tenant = held.tenant AND said.site = held.site AND said.ward = held.ward
    AND said.source_run = held.source_run AND said.resolution_s = held.resolution_s
    AND said.window_start = held.window_start AND said.revision = held.holds
LEFT JOIN (SELECT name, unit FROM kpi_registry FINAL) AS registry ON registry.name = said.kpi
COMMENT 'The KPI values that hold: of each window of a ward the rows of the highest revision of each run, divided. A row that a correction took away is not among them. Filter by tenant, site, ward, kpi, stat, resolution_s and window_start: the filters reach the table, and what is read is what is asked for.'

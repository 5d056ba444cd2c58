CREATE OR REPLACE VIEW kpi_as_known_at
AS SELECT
    tenant,
    site,
    ward,
    kpi,
    stat,
    resolution_s,
    window_start,
    if(denominator = 0, NULL, numerator / denominator) AS value,
    multiIf(stat IN ('n', 'missing', 'invalid'), 'count', stat = 'peak_at', 'ms', registry.unit) AS unit,
    tupleElement(newest, 1) AS numerator,
    tupleElement(newest, 2) AS denominator,
    revision,
    tupleElement(newest, 3) AS as_of,
    source_run,
    tupleElement(newest, 4) / 1000000 AS coverage,
    if(denominator = 0, NULL, tupleElement(newest, 5) / denominator) AS lower,
    if(denominator = 0, NULL, tupleElement(newest, 6) / denominator) AS upper
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
        source_run,
        any((numerator, denominator, as_of, coverage_ppm, lower, upper)) AS newest,
        said.revision AS revision
    FROM
    (
        SELECT
            *,
            max(k.revision) OVER (PARTITION BY tenant, site, ward, source_run, resolution_s, window_start) AS holds
        FROM kpi AS k
        WHERE k.as_of <= {known_at:DateTime64(3, 'UTC')}
    ) AS said
    WHERE said.revision = holds
    GROUP BY tenant, site, ward, kpi, stat, source_run, resolution_s, window_start, said.revision
) AS held
LEFT JOIN (SELECT name, unit FROM kpi_registry FINAL) AS registry ON registry.name = held.kpi
COMMENT 'The KPI values as they were known at a time: kpi_as_known_at(known_at = ''2026-01-02 14:00:00.000''), in UTC. Of each window of a ward the rows of the highest revision of each run that had been said by then; those of a backfill count from the time that they are about. Filter as with kpi_latest. Columns are those of kpi_latest.'

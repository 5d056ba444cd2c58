CREATE OR REPLACE VIEW incomplete_days
(
    tenant LowCardinality(String) COMMENT 'Whose site.',
    site LowCardinality(String) COMMENT 'Which hospital or clinic.',
    day Date COMMENT 'A day of event time, in UTC.',
    records UInt64 COMMENT 'Readings and facts of that day that came after the correction horizon.',
    last_as_of DateTime64(3, 'UTC') COMMENT 'Cell time at which the newest of them came.'
)
AS SELECT
    tenant,
    site,
    toDate(at) AS day,
    uniqExact(epoch, epoch_index) AS records,
    fromUnixTimestamp64Milli(toInt64(max(epoch) * 20), 'UTC') AS last_as_of
FROM late
WHERE reason = 'beyond_horizon'
GROUP BY tenant, site, day
COMMENT 'Days whose numbers lack something for good: records that came after the correction horizon, which correct nothing. Marked for 10 years.'

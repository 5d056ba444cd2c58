-- A year of a hospital of 40 wards and 1,000 beds as the tables would hold it, each resolution for
-- as long as it is kept. {kpis} are name and stat of every number, and whether it is of durations,
-- which a window has only when something ended in it. One in a hundred windows is said twice.

INSERT INTO kpi (tenant, site, ward, kpi, stat, resolution_s, window_start, revision, numerator, denominator, as_of, epoch, epoch_index, source_run, version)
SELECT 'demo', 'north', ward, kpi, stat, {resolution}, start, revision, cityHash64(start, kpi, stat) % 3600, 3600, start + {resolution} + 62, toUnixTimestamp(start) * 50, place, 'live', 2
FROM
(
    SELECT
        if(number % 41 = 0, '-', concat('W', leftPad(toString(number % 41), 2, '0'))) AS ward,
        toDateTime64(toStartOfInterval(now(), INTERVAL {resolution} SECOND) - {resolution} * (1 + intDiv(number, 41)), 3, 'UTC') AS start,
        arrayJoin(if(cityHash64(number) % 100 = 0, [0, 1], [0])) AS revision
    FROM numbers(41 * {windows})
)
ARRAY JOIN
    [{names}] AS kpi,
    [{stats}] AS stat,
    [{durations}] AS is_of_durations,
    arrayEnumerate([{names}]) AS place
WHERE NOT is_of_durations OR cityHash64(start, ward, kpi) % 100 < {has_durations};

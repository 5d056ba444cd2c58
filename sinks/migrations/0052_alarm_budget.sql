CREATE OR REPLACE VIEW alarm_budget
AS SELECT
    tenant,
    site,
    ward,
    rule,
    count() AS alerts,
    countIf(high) AS high,
    any(of_ward.beds) AS beds,
    if(beds = 0, NULL, alerts * 86400 / beds / dateDiff('second', {from:DateTime64(3, 'UTC')}, {to:DateTime64(3, 'UTC')})) AS per_bed_day,
    countIf(acted) AS acted_on,
    acted_on / alerts AS acted_share,
    arraySort(groupArrayIf(greatest(0, dateDiff('millisecond', began, seen)), seen IS NOT NULL)) AS waits,
    if(empty(waits), NULL, waits[toUInt32(ceil(length(waits) * 0.5))] / 1000) AS seen_after_p50_s,
    if(empty(waits), NULL, waits[toUInt32(ceil(length(waits) * 0.9))] / 1000) AS seen_after_p90_s,
    alerts >= 20 AND acted_share < 0.3 AS demote
FROM
(
    SELECT
        tenant,
        site,
        ward,
        rule,
        id,
        min(as_of) AS began,
        minIf(acknowledged_at, acknowledged_by != '') AS seen,
        countIf(acknowledged_by != '' OR owner != '') > 0 AS acted,
        countIf(priority = 'high') > 0 AS high
    FROM alerts
    WHERE as_of >= {from:DateTime64(3, 'UTC')} AND as_of < {to:DateTime64(3, 'UTC')}
    GROUP BY tenant, site, ward, rule, id
    HAVING countIf(state = 'raised' AND revision = 0) > 0 AND argMax(state, (epoch, epoch_index)) NOT IN ('withdrawn', 'retrospective')
) AS raised
LEFT JOIN
(
    SELECT tenant, site, ward, countIf(listed) AS beds
    FROM beds_latest
    GROUP BY tenant, site, ward
) AS of_ward USING (tenant, site, ward)
GROUP BY tenant, site, ward, rule
COMMENT 'How loud each rule was on each ward, and whether that was of use: alarm_budget(from = ''2026-01-02 00:00:00'', to = ''2026-01-03 00:00:00''), in UTC. Of the alerts that were first said in that time and not withdrawn: how many, for each listed bed and day (per_bed_day), how many somebody acknowledged or was given (acted_on, acted_share), and how long after they were said somebody had seen them, of those that somebody has seen (waits in ms; p50, p90 in s, nearest rank). demote proposes that the rule should lose its sound: 20 alerts or more, and fewer than 3 in 10 acted on. A person decides.'

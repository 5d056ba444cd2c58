CREATE OR REPLACE VIEW alerts_as_known_at
AS SELECT
    tenant,
    site,
    id,
    tupleElement(newest, 1) AS ward,
    tupleElement(newest, 2) AS rule,
    tupleElement(newest, 3) AS subject,
    tupleElement(newest, 4) AS priority,
    tupleElement(newest, 5) AS state,
    tupleElement(newest, 6) AS since,
    tupleElement(newest, 7) AS until,
    tupleElement(newest, 8) AS as_of,
    tupleElement(newest, 9) AS owner,
    tupleElement(newest, 10) AS acknowledged_by,
    tupleElement(newest, 11) AS acknowledged_at,
    tupleElement(newest, 12) AS acknowledged_until,
    tupleElement(newest, 13) AS shelved_until,
    tupleElement(newest, 14) AS shelved_by,
    tupleElement(newest, 15) AS shelve_reason,
    tupleElement(newest, 16) AS suppressed_by,
    tupleElement(newest, 17) AS step,
    tupleElement(newest, 18) AS comments
FROM
(
    SELECT
        tenant,
        site,
        id,
        argMax((ward, rule, subject, priority, state, since, until, as_of, owner, acknowledged_by, acknowledged_at, acknowledged_until, shelved_until, shelved_by, shelve_reason, suppressed_by, step, comments), (epoch, epoch_index)) AS newest
    FROM alerts
    WHERE alerts.as_of <= {known_at:DateTime64(3, 'UTC')}
    GROUP BY tenant, site, id
)
COMMENT 'Every alert as it was known at a time: alerts_as_known_at(known_at = ''2026-01-02 14:00:00.000''), in UTC. Withdrawn ones are among them, in that state. Columns are those of alerts_latest.'

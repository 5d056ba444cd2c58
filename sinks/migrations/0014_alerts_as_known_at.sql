CREATE VIEW IF NOT EXISTS alerts_as_known_at
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
    tupleElement(newest, 8) AS as_of
FROM
(
    SELECT
        tenant,
        site,
        id,
        argMax((ward, rule, subject, priority, state, since, until, as_of), (epoch, epoch_index)) AS newest
    FROM alerts
    WHERE alerts.as_of <= {known_at:DateTime64(3, 'UTC')}
    GROUP BY tenant, site, id
)
COMMENT 'Every alert as it was known at a time: alerts_as_known_at(known_at = ''2026-01-02 14:00:00.000''), in UTC. Withdrawn ones are among them, in that state. Columns are those of alerts_latest.'

CREATE VIEW IF NOT EXISTS alerts_latest
(
    tenant LowCardinality(String) COMMENT 'Whose site.',
    site LowCardinality(String) COMMENT 'Which hospital or clinic.',
    id String COMMENT 'The alert.',
    ward LowCardinality(String) COMMENT 'The ward that it is about.',
    rule LowCardinality(String) COMMENT 'Which rule raised it.',
    subject String COMMENT 'The bed, device, visit, appointment or ward that it is about.',
    priority LowCardinality(String) COMMENT 'low, medium, high.',
    state LowCardinality(String) COMMENT 'Its newest state: raised, cleared, withdrawn, retrospective.',
    since DateTime64(3, 'UTC') COMMENT 'When it began, in event time.',
    until Nullable(DateTime64(3, 'UTC')) COMMENT 'When it ended, in event time; NULL while it holds.',
    as_of DateTime64(3, 'UTC') COMMENT 'Cell time of its newest change.'
)
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
    GROUP BY tenant, site, id
)
COMMENT 'Every alert in its newest state.'

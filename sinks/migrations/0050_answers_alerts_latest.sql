CREATE OR REPLACE VIEW alerts_latest
(
    tenant LowCardinality(String) COMMENT 'Whose site.',
    site LowCardinality(String) COMMENT 'Which hospital or clinic.',
    id String COMMENT 'The alert.',
    ward LowCardinality(String) COMMENT 'The ward that it is about.',
    rule LowCardinality(String) COMMENT 'Which rule raised it.',
    subject String COMMENT 'The bed, device, visit, appointment or ward that it is about.',
    priority LowCardinality(String) COMMENT 'low, medium, high; high also when it has risen to it.',
    state LowCardinality(String) COMMENT 'Its newest state: raised, latched (over, and nobody has seen it), cleared, withdrawn, retrospective.',
    since DateTime64(3, 'UTC') COMMENT 'When it began, in event time.',
    until Nullable(DateTime64(3, 'UTC')) COMMENT 'When it ended, in event time; NULL while it holds.',
    as_of DateTime64(3, 'UTC') COMMENT 'Cell time of its newest change.',
    owner String COMMENT 'Who looks after it; empty: nobody.',
    acknowledged_by String COMMENT 'Who has seen it; empty: nobody.',
    acknowledged_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When they did.',
    acknowledged_until Nullable(DateTime64(3, 'UTC')) COMMENT 'When that expires.',
    shelved_until Nullable(DateTime64(3, 'UTC')) COMMENT 'Until when it is out of the way; NULL: it is not.',
    shelved_by String COMMENT 'Who put it out of the way.',
    shelve_reason String COMMENT 'Why.',
    suppressed_by String COMMENT 'The alert that explains it; empty: none.',
    step UInt32 COMMENT 'How often somebody was told of it since it last began to call; 0: it does not call.',
    comments UInt32 COMMENT 'How many remarks there are.'
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
    GROUP BY tenant, site, id
)
COMMENT 'Every alert in its newest state.'

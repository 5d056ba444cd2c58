CREATE VIEW IF NOT EXISTS vital_signs
(
    tenant LowCardinality(String) COMMENT 'Whose site.',
    site LowCardinality(String) COMMENT 'Which hospital or clinic.',
    visit String COMMENT 'The visit.',
    sign LowCardinality(String) COMMENT 'Which vital sign, such as heart_rate.',
    observation String COMMENT 'Which observation of it.',
    at DateTime64(3, 'UTC') COMMENT 'When it was so.',
    value Nullable(Float64) COMMENT 'The value; NULL for consciousness.',
    digits Nullable(Int64) COMMENT 'All digits of the value.',
    scale UInt8 COMMENT 'How many of the digits stand after the point.',
    unit LowCardinality(String) COMMENT 'Its unit in UCUM; empty for consciousness.',
    level LowCardinality(String) COMMENT 'Of consciousness: A alert, C newly confused, V voice, P pain, U unresponsive; empty otherwise.',
    code LowCardinality(String) COMMENT 'The code as its source gave it.',
    source LowCardinality(String) COMMENT 'Who said it.',
    told DateTime64(3, 'UTC') COMMENT 'When we were told of this version, in cell time.'
)
AS SELECT
    tenant,
    site,
    visit,
    sign,
    observation,
    tupleElement(newest, 1) AS at,
    tupleElement(newest, 2) / exp10(tupleElement(newest, 3)) AS value,
    tupleElement(newest, 2) AS digits,
    tupleElement(newest, 3) AS scale,
    tupleElement(newest, 4) AS unit,
    tupleElement(newest, 5) AS level,
    tupleElement(newest, 6) AS code,
    tupleElement(newest, 7) AS source,
    tupleElement(newest, 8) AS told
FROM
(
    SELECT
        tenant,
        site,
        subject AS visit,
        event AS sign,
        observation,
        argMax((at, digits, scale, unit, detail, code, source, told), (ifNull(revised, at), log_offset, fact_index)) AS newest
    FROM facts
    WHERE kind = 'vital'
    GROUP BY tenant, site, visit, sign, observation
)
WHERE level != 'withdrawn'
COMMENT 'Vital signs of the last 90 days: each observation in its newest version, without those that were withdrawn. Not compared by verify: nothing is computed from them.'

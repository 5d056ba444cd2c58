CREATE OR REPLACE VIEW beds_latest
(
    tenant LowCardinality(String) COMMENT 'Whose site.',
    site LowCardinality(String) COMMENT 'Which hospital or clinic.',
    ward LowCardinality(String) COMMENT 'The bed''s ward.',
    bed LowCardinality(String) COMMENT 'The bed, unique within its ward.',
    as_of DateTime64(3, 'UTC') COMMENT 'Cell time since which it is shown like this.',
    room LowCardinality(String) COMMENT 'Its room; "-" when unknown.',
    label String COMMENT 'What people call the bed.',
    listed Bool COMMENT 'Whether the bed master lists it.',
    staffed Bool COMMENT 'Whether it is open and staffed, so that it counts in denominators.',
    occupied Bool COMMENT 'Whether it is believed to be occupied.',
    occupied_since Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when it is as occupied says; NULL when unknown.',
    visit String COMMENT 'Which visit lies there; empty when unknown or nobody.',
    cleanliness LowCardinality(String) COMMENT 'unknown, clean, dirty, cleaning.',
    clean_since Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when it is as cleanliness says; NULL when unknown.',
    blocked Bool COMMENT 'Whether staff have blocked it.',
    block_reason LowCardinality(String) COMMENT 'Why it is blocked; empty otherwise.',
    expected_back Nullable(DateTime64(3, 'UTC')) COMMENT 'When a blocked bed should be back; NULL when unknown.',
    reserved_for String COMMENT 'Visit that it is promised to and that is not in it yet; empty when none.',
    ready_to_leave Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when its patient is ready to leave; NULL when not.',
    expected_discharge Nullable(DateTime64(3, 'UTC')) COMMENT 'When its patient is expected to leave; NULL when unknown.',
    heard Nullable(DateTime64(3, 'UTC')) COMMENT 'Newest source time of anything said of the bed; NULL when never.',
    pad_heard Nullable(DateTime64(3, 'UTC')) COMMENT 'Newest reading of its pad; NULL when never.',
    pad_silent Bool COMMENT 'Whether its pad is silent.',
    visits_in_bed UInt32 COMMENT 'How many visits are placed in it; more than one is a conflict.'
)
AS SELECT
    tenant,
    site,
    ward,
    bed,
    tupleElement(shown, 1) AS as_of,
    tupleElement(shown, 2) AS room,
    tupleElement(shown, 3) AS label,
    tupleElement(shown, 4) AS listed,
    tupleElement(shown, 5) AS staffed,
    tupleElement(shown, 6) AS occupied,
    tupleElement(shown, 7) AS occupied_since,
    tupleElement(shown, 8) AS visit,
    tupleElement(shown, 9) AS cleanliness,
    tupleElement(shown, 10) AS clean_since,
    tupleElement(shown, 11) AS blocked,
    tupleElement(shown, 12) AS block_reason,
    tupleElement(shown, 13) AS expected_back,
    tupleElement(shown, 14) AS reserved_for,
    tupleElement(shown, 15) AS ready_to_leave,
    tupleElement(shown, 16) AS expected_discharge,
    tupleElement(shown, 17) AS heard,
    tupleElement(shown, 18) AS pad_heard,
    tupleElement(shown, 19) AS pad_silent,
    tupleElement(shown, 20) AS visits_in_bed
FROM
(
    SELECT
        tenant,
        site,
        ward,
        bed,
        argMax((as_of, room, label, listed, staffed, occupied, occupied_since, visit, cleanliness, clean_since, blocked, block_reason, expected_back, reserved_for, ready_to_leave, expected_discharge, heard, pad_heard, pad_silent, visits_in_bed), (epoch, epoch_index)) AS shown
    FROM bed_history
    GROUP BY tenant, site, ward, bed
)
COMMENT 'Every bed as the board shows it now. The table keeps the newest state of each bed ready: this reads no history.'

CREATE OR REPLACE VIEW beds_as_known_at
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
    tupleElement(shown, 20) AS visits_in_bed,
    tupleElement(shown, 21) AS adt,
    tupleElement(shown, 22) AS adt_since,
    tupleElement(shown, 23) AS staff,
    tupleElement(shown, 24) AS staff_since,
    tupleElement(shown, 25) AS sensor,
    tupleElement(shown, 26) AS sensor_since,
    tupleElement(shown, 27) AS confidence,
    tupleElement(shown, 28) AS conflict,
    tupleElement(shown, 29) AS conflict_since
FROM
(
    SELECT
        tenant,
        site,
        ward,
        bed,
        argMax((as_of, room, label, listed, staffed, occupied, occupied_since, visit, cleanliness, clean_since, blocked, block_reason, expected_back, reserved_for, ready_to_leave, expected_discharge, heard, pad_heard, pad_silent, visits_in_bed, adt, adt_since, staff, staff_since, sensor, sensor_since, confidence, conflict, conflict_since), (epoch, epoch_index)) AS shown
    FROM bed_history
    WHERE bed_history.as_of <= {known_at:DateTime64(3, 'UTC')}
    GROUP BY tenant, site, ward, bed
)
COMMENT 'Every bed as the board showed it at a time: beds_as_known_at(known_at = ''2026-01-02 14:00:00.000''), in UTC. Columns are those of bed_history, without epoch and epoch_index.'

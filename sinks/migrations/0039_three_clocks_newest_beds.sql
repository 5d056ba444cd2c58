ALTER TABLE bed_history
    ADD PROJECTION IF NOT EXISTS newest_three_clocks
    (
        SELECT tenant, site, ward, bed, argMax((as_of, room, label, listed, staffed, occupied, occupied_since, visit, cleanliness, clean_since, blocked, block_reason, expected_back, reserved_for, ready_to_leave, expected_discharge, heard, pad_heard, pad_silent, visits_in_bed, adt, adt_since, staff, staff_since, sensor, sensor_since, confidence, conflict, conflict_since), (epoch, epoch_index))
        GROUP BY tenant, site, ward, bed
    )

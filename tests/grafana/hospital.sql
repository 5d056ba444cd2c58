-- A small site in the last hours: what the tables would hold. Ward A has a bed that can take a
-- patient, one that is dirty and an occupied one; ward B one being cleaned, one blocked and one
-- occupied. Statements end with a semicolon at the end of a line.

-- An hour ago, all beds were clean and empty; what holds is the row of the newest epoch.
INSERT INTO bed_history (tenant, site, ward, bed, epoch, epoch_index, as_of, room, label, listed, staffed, occupied, cleanliness, pad_heard)
SELECT 'demo', 'north', ward, bed, (toUnixTimestamp(now()) - 3600) * 50, number, now() - 3600, '-', bed, true, true, false, 'clean', now() - 3600
FROM (SELECT number, if(number < 3, 'A', 'B') AS ward, concat(ward, '-', toString(number % 3 + 1)) AS bed FROM numbers(6));

INSERT INTO bed_history (tenant, site, ward, bed, epoch, epoch_index, as_of, room, label, listed, staffed, occupied, occupied_since, cleanliness, clean_since, blocked, block_reason, ready_to_leave, pad_heard, pad_silent)
SELECT 'demo', 'north', ward, bed, toUnixTimestamp(now()) * 50, number, now(), '-', bed, true, true, occupied, now() - 1800, cleanliness, now() - minutes * 60, blocked, if(blocked, 'broken', ''), leaves, now() - 60, silent
FROM VALUES('ward String, bed String, number UInt32, occupied Bool, cleanliness String, minutes UInt32, blocked Bool, leaves Nullable(DateTime), silent Bool',
    ('A', 'A-2', 0, false, 'dirty', 90, false, NULL, false),
    ('A', 'A-3', 1, true, 'clean', 0, false, now() - 1800, false),
    ('B', 'B-1', 2, false, 'cleaning', 40, false, NULL, false),
    ('B', 'B-2', 3, false, 'clean', 30, true, NULL, true),
    ('B', 'B-3', 4, true, 'clean', 0, false, NULL, false));

-- A bed of each ward that nobody listed, with two visits in it.
INSERT INTO bed_history (tenant, site, ward, bed, epoch, epoch_index, as_of, room, label, listed, staffed, occupied, cleanliness, expected_discharge, heard, visits_in_bed)
SELECT 'demo', 'north', ward, 'Z-9', toUnixTimestamp(now()) * 50, 9, now(), '-', 'Z-9', false, false, true, 'unknown', now() + 7200, now(), 2
FROM (SELECT arrayJoin(['A', 'B']) AS ward);

-- The same numbers in the last four windows of both wards and of the site.
INSERT INTO kpi (tenant, site, ward, kpi, stat, resolution_s, window_start, revision, numerator, denominator, as_of, epoch, epoch_index, source_run)
SELECT 'demo', 'north', ward, kpi, stat, 900, start AS window_start, 0, numerator, denominator, start + 962, 1, 0, 'live'
FROM VALUES('kpi String, stat String, numerator Int64, denominator Int64',
    ('occupancy', 'value', 3, 4), ('occupancy', 'peak', 4, 4), ('census', 'value', 5, 2),
    ('arrivals', 'value', 2, 1), ('departures', 'value', 1, 1),
    ('bed_turn', 'p50', 1800000, 60000), ('bed_turn', 'p90', 3600000, 60000),
    ('bed_turn', 'n', 8, 1), ('bed_turn', 'missing', 1, 1), ('bed_turn', 'invalid', 1, 1),
    ('waiting_cleaning', 'value', 5400000, 60000), ('waiting_bed', 'value', 600000, 60000),
    ('no_show_rate', 'value', 1, 10), ('equipment_utilisation', 'value', 1, 2),
    ('equipment_uptime', 'value', 9, 10), ('occupancy_physical', 'value', 3, 5),
    ('occupancy_at_start', 'value', 2, 4), ('churn', 'value', 3, 5), ('lost_dirty', 'value', 1, 4),
    ('request_to_assign', 'p50', 1200000, 60000), ('request_to_assign', 'p90', 2400000, 60000),
    ('appointment_wait', 'p50', 900000, 60000), ('appointment_wait', 'p90', 1800000, 60000),
    ('appointment_wait', 'n', 3, 1), ('appointment_wait', 'missing', 0, 1), ('appointment_wait', 'invalid', 0, 1),
    ('length_of_stay', 'p50', 3, 1), ('length_of_stay', 'p90', 9, 1), ('bed_turn_in_goal', 'value', 7, 8),
    ('turnover_interval', 'value', 3, 1), ('vacant_bed_time', 'value', 3, 1), ('bed_turnover_rate', 'value', 1, 4),
    ('waiting_room', 'value', 0, 60000), ('waiting_move', 'value', 60000, 60000),
    ('hidden_bed_time', 'value', 240000, 60000), ('ghost_occupancy', 'value', 120000, 60000),
    ('discharge_entry_lag', 'p50', 300000, 60000), ('discharge_entry_lag', 'p90', 900000, 60000),
    ('emergency_stay', 'p50', 9000000, 60000), ('emergency_stay', 'p90', 18000000, 60000),
    ('boarding_time', 'p50', 3600000, 60000), ('boarding_time', 'p90', 7200000, 60000),
    ('time_to_treatment_space', 'p50', 600000, 60000), ('time_to_treatment_space', 'p90', 1200000, 60000),
    ('twelve_hours_from_arrival', 'value', 1, 1), ('twelve_hours_from_decision', 'value', 0, 1),
    ('left_unseen_rate', 'value', 1, 20), ('emergency_access_failures', 'value', 3, 20)) AS rows
CROSS JOIN (SELECT arrayJoin(['-', 'A', 'B']) AS ward) AS wards
CROSS JOIN (SELECT toStartOfInterval(now(), INTERVAL 900 SECOND) - 900 * (number + 1) AS start FROM numbers(4)) AS windows;

-- A correction: the newest window is said once more, as a whole, and the highest revision holds.
INSERT INTO kpi (tenant, site, ward, kpi, stat, resolution_s, window_start, revision, numerator, denominator, as_of, epoch, epoch_index, source_run)
SELECT tenant, site, ward, kpi, stat, resolution_s, window_start, 1, if(kpi = 'waiting_cleaning', 7200000, numerator), denominator, now(), 2, epoch_index, 'live'
FROM kpi WHERE window_start = (SELECT max(window_start) FROM kpi);

-- What is said of hours and days only. On each of the last days one patient more came.
INSERT INTO kpi (tenant, site, ward, kpi, stat, resolution_s, window_start, revision, numerator, denominator, as_of, epoch, epoch_index, source_run)
SELECT 'demo', 'north', ward, kpi, 'value', 3600, toStartOfHour(now()) - 3600 * (number + 1) AS start, 0, numerator, denominator, start + 3662, 1, 0, 'live'
FROM VALUES('kpi String, numerator Int64, denominator Int64',
    ('arrivals', 1, 2), ('departures', 1, 2), ('transfers_in', 0, 1), ('transfers_out', 0, 1), ('census', 2, 1),
    ('bottleneck_bed', 1, 4), ('bottleneck_cleaning', 3, 4)) AS rows
CROSS JOIN (SELECT arrayJoin(['-', 'A', 'B']) AS ward) AS wards
CROSS JOIN (SELECT number FROM numbers(48)) AS windows;

INSERT INTO kpi (tenant, site, ward, kpi, stat, resolution_s, window_start, revision, numerator, denominator, as_of, epoch, epoch_index, source_run)
SELECT 'demo', 'north', ward, 'arrivals', 'value', 86400, toStartOfDay(now()) - 86400 * (number + 1) AS start, 0, 20 - number, 1, start + 86462, 1, 0, 'live'
FROM (SELECT arrayJoin(['-', 'A', 'B']) AS ward, number FROM numbers(14));

-- Visits have had two empty beds as occupied for long.
INSERT INTO bed_history (tenant, site, ward, bed, epoch, epoch_index, as_of, room, label, listed, staffed, occupied, cleanliness, adt, adt_since, sensor, sensor_since, confidence, conflict, conflict_since)
SELECT 'demo', 'north', ward, 'Y-8', toUnixTimestamp(now()) * 50, 10, now(), '-', 'Y-8', false, false, true, 'unknown', 'occupied', now() - 7200, 'empty', now() - 3600, 'disputed', ['sensor'], now() - 3000
FROM (SELECT arrayJoin(['A', 'B']) AS ward);

INSERT INTO readings (tenant, site, ward, room, bed, device, stream, at, told, boot, seq, value, flags, lane, log_offset)
SELECT 'demo', 'north', 'A', '-', 'A-1', 'pad-1', 'bed', now() - number, now() - number, 1, number, 1, number % 3, 0, number FROM numbers(600);

INSERT INTO facts (tenant, site, source, kind, event, subject, at, told, ward, lane, log_offset, fact_index)
SELECT 'demo', 'north', 'http', 'visit', 'admitted', toString(number), now() - number, now() - number, 'A', 0, number, 0 FROM numbers(60);

INSERT INTO dead_letters (tenant, source, position, reason, received, lane, log_offset)
VALUES ('demo', 'mqtt', 'medaxis/v1/demo/north/A/-/A-1/pad-1/bed', 'not_json', now() - 60, 0, 0), ('', 'mqtt', 'elsewhere', 'topic_depth', now() - 30, 0, 1);

INSERT INTO late (tenant, site, epoch, epoch_index, topic, lane, log_offset, at, reason)
SELECT 'demo', 'north', (toUnixTimestamp(now()) - 60) * 50, 0, 'facts', 0, 7, now() - 60, 'refused_visit_state';

INSERT INTO late (tenant, site, epoch, epoch_index, topic, lane, log_offset, at, reason)
SELECT 'demo', 'north', (toUnixTimestamp(now()) - 50) * 50, 0, 'facts', 0, 8, now() - 864000, 'beyond_horizon';

INSERT INTO alerts (tenant, site, ward, id, epoch, epoch_index, as_of, rule, subject, priority, state, since)
VALUES ('demo', 'north', 'A', 'bed_dirty-1', 1, 0, now() - 1800, 'bed_dirty', 'A-2', 'medium', 'raised', now() - 1800), ('demo', 'north', 'B', 'ward_full-1', 2, 0, now() - 600, 'ward_full', 'B', 'high', 'raised', now() - 600), ('demo', 'north', 'B', 'device_silent-1', 3, 0, now() - 900, 'device_silent', 'pad-9', 'low', 'raised', now() - 900), ('demo', 'north', 'B', 'device_silent-1', 4, 0, now() - 300, 'device_silent', 'pad-9', 'low', 'cleared', now() - 900);

INSERT INTO alerts (tenant, site, ward, id, epoch, epoch_index, as_of, rule, subject, priority, state, since, revision, acknowledged_by, acknowledged_at, acknowledged_until, owner, shelved_until, shelved_by, shelve_reason, step, notify, sound)
VALUES ('demo', 'north', 'A', 'request_waiting-1', 5, 0, now() - 1200, 'request_waiting', 'v-1', 'high', 'raised', now() - 1200, 0, '', NULL, NULL, '', NULL, '', '', 1, 'bed_manager', true), ('demo', 'north', 'A', 'request_waiting-1', 6, 0, now() - 900, 'request_waiting', 'v-1', 'high', 'raised', now() - 1200, 1, 'Ann', now() - 900, now() + 2700, 'Ann', NULL, '', '', 0, '', false), ('demo', 'north', 'B', 'bed_dirty-2', 7, 0, now() - 700, 'bed_dirty', 'B-1', 'medium', 'raised', now() - 700, 0, '', NULL, NULL, '', now() + 600, 'Ann', 'known', 0, '', false), ('demo', 'north', 'B', 'ward_full-2', 8, 0, now() - 650, 'ward_full', 'B', 'high', 'latched', now() - 2000, 0, '', NULL, NULL, '', NULL, '', '', 0, '', false);

INSERT INTO commands (tenant, site, command, epoch, epoch_index, as_of, kind, ward, subject, by, role, at, told, outcome)
VALUES ('demo', 'north', '0192f7a0-3c4d-7abc-8def-00123456789a', 6, 1, now() - 900, 'acknowledge', 'A', 'request_waiting-1', 'Ann', 'charge_nurse', now() - 900, now() - 900, 'done');

INSERT INTO progress (log, topic, lane, next_offset, epoch, epoch_index)
VALUES ('live', 'kpis', 0, 100, 1000, 3), ('live', 'kpis', 0, 120, 1500, 1), ('live', 'kpis', 1, 90, 1450, 0), ('live', 'signals', 0, 700, 0, 0);

-- The other tables, as far as panels read them: each bed changes 20 times a day, each ward has
-- 50 alerts and 500 facts a day, and 1,000 devices have said something every 20 s for a day.

INSERT INTO bed_history (tenant, site, ward, bed, epoch, epoch_index, as_of, room, label, listed, staffed, occupied, occupied_since, cleanliness, clean_since, pad_heard, pad_silent)
SELECT 'demo', 'north', concat('W', leftPad(toString(1 + number % 1000 % 40), 2, '0')), concat('B-', toString(number % 1000)), toUnixTimestamp(at) * 50, number % 1000, at, '-', 'a bed', true, true, intDiv(number, 1000) % 2 = 0, at, if(intDiv(number, 1000) % 3 = 0, 'dirty', 'clean'), at, at, number % 97 = 0
FROM (SELECT number, toDateTime64(now() - 4320 * intDiv(number, 1000), 3, 'UTC') AS at FROM numbers(1000 * 20 * 365));

INSERT INTO alerts (tenant, site, ward, id, epoch, epoch_index, as_of, rule, subject, priority, state, since)
SELECT 'demo', 'north', concat('W', leftPad(toString(1 + number % 40), 2, '0')), concat('bed_dirty-', toString(number)), toUnixTimestamp(at) * 50 + is_over * 45000, number % 40, at + is_over * 900, 'bed_dirty', toString(number % 1000), 'medium', if(is_over = 1, 'cleared', 'raised'), at
FROM (SELECT number, arrayJoin(if(number < 40, [0], [0, 1])) AS is_over, toDateTime64(now() - 43 * number, 3, 'UTC') AS at FROM numbers(40 * 50 * 365));

INSERT INTO facts (tenant, site, source, kind, event, subject, at, told, ward, lane, log_offset, fact_index)
SELECT 'demo', 'north', if(number % 3 = 0, 'http', 'hl7:HIS'), 'visit', 'admitted', toString(number), at, at, concat('W', leftPad(toString(1 + number % 40), 2, '0')), number % 4, number, 0
FROM (SELECT number, toDateTime64(now() - 4 * number, 3, 'UTC') AS at FROM numbers(40 * 500 * 90));

INSERT INTO readings (tenant, site, ward, room, bed, device, stream, at, told, boot, seq, value, flags, lane, log_offset)
SELECT 'demo', 'north', concat('W', leftPad(toString(1 + number % 1000 % 40), 2, '0')), '-', concat('B-', toString(number % 1000)), concat('pad-', toString(number % 1000)), 'bed', at, at, 1, number, number % 2, 0, number % 4, number
FROM (SELECT number, toDateTime64(now() - 20 * intDiv(number, 1000), 3, 'UTC') AS at FROM numbers(1000 * 4320));

INSERT INTO late (tenant, site, epoch, epoch_index, topic, lane, log_offset, at, reason)
SELECT 'demo', 'north', (toUnixTimestamp(now()) - 300 * number) * 50, 0, 'facts', 0, number, now() - 300 * number - 864000, if(number % 10 = 0, 'beyond_horizon', 'refused_visit_state') FROM numbers(25920);

INSERT INTO dead_letters (tenant, source, position, reason, received, lane, log_offset)
SELECT 'demo', 'mqtt', 'a topic', 'not_json', now() - 300 * number, 0, number FROM numbers(25920);

INSERT INTO progress (log, topic, lane, next_offset, epoch, epoch_index)
SELECT 'live', topic, number, 100, toUnixTimestamp(now()) * 50, 1
FROM numbers(64)
ARRAY JOIN ['kpis', 'alerts', 'board'] AS topic;

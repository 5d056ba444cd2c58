ALTER TABLE late
    MODIFY TTL toDateTime(intDiv(epoch, 50)) + INTERVAL 90 DAY DELETE WHERE reason != 'beyond_horizon',
        toDateTime(intDiv(epoch, 50)) + INTERVAL 10 YEAR DELETE WHERE reason = 'beyond_horizon'

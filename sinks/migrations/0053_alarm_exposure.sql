CREATE OR REPLACE VIEW alarm_exposure
AS SELECT
    tenant,
    site,
    ward,
    notify AS role,
    count() AS told,
    uniqExact(id) AS alerts,
    countIf(sound) AS sounded
FROM
(
    SELECT
        tenant,
        site,
        ward,
        id,
        as_of,
        notify,
        sound,
        (step, priority) AS called,
        lagInFrame((step, priority), 1) OVER
            (PARTITION BY tenant, site, id ORDER BY epoch, epoch_index ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS before
    FROM alerts FINAL
    WHERE as_of > {at:DateTime64(3, 'UTC')} - INTERVAL 4 DAY AND as_of <= {at:DateTime64(3, 'UTC')}
)
WHERE as_of > {at:DateTime64(3, 'UTC')} - INTERVAL 120 MINUTE AND called.1 > 0 AND called != before
GROUP BY tenant, site, ward, notify
COMMENT 'How much each role was told on each ward in the 120 minutes before a time: alarm_exposure(at = ''2026-01-02 14:00:00.000''), in UTC. Each step of an alert''s escalation counts (told), with sound where boards may have sounded (sounded); alerts counts them once. More than 10 in 10 minutes is more than one person can take in (ISA-18.2).'

CREATE OR REPLACE VIEW alarm_exposure
AS SELECT
    tenant,
    site,
    ward,
    notify AS role,
    uniqExact(id, step) AS told,
    uniqExact(id) AS alerts,
    uniqExactIf(id, step, sound) AS sounded
FROM alerts
WHERE as_of > {at:DateTime64(3, 'UTC')} - INTERVAL 120 MINUTE AND as_of <= {at:DateTime64(3, 'UTC')} AND step > 0
GROUP BY tenant, site, ward, notify
COMMENT 'How much each role was told on each ward in the 120 minutes before a time: alarm_exposure(at = ''2026-01-02 14:00:00.000''), in UTC. Each step of an alert''s escalation counts once (told), with sound where boards may have sounded (sounded); alerts counts them once. More than 10 in 10 minutes is more than one person can take in (ISA-18.2).'

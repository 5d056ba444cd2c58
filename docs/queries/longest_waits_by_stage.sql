-- The five longest waits of the last seven days at each stage, to look into case by case: from the
-- request of a bed to its assignment, from ready to leave to leaving, from arrival in the clinic
-- to the room. First start to first end of each visit or appointment; the KPIs count more
-- carefully (docs/clocks.md).
SELECT
    tupleElement(wait, 1) AS stage,
    subject,
    ward,
    tupleElement(wait, 2) AS since,
    round(dateDiff('second', tupleElement(wait, 2), tupleElement(wait, 3)) / 60, 1) AS minutes
FROM
(
    SELECT
        kind,
        subject,
        argMaxIf(ward, at, ward != '') AS ward,
        minIf(at, event = 'bed_requested') AS requested,
        minIf(at, event = 'bed_assigned') AS assigned,
        minIf(at, event = 'ready_to_leave') AS ready,
        minIf(at, event = 'discharged') AS discharged,
        minIf(at, event = 'arrived') AS arrived,
        minIf(at, event = 'roomed') AS roomed
    FROM facts FINAL
    WHERE tenant = {tenant:String}
      AND site = {site:String}
      AND kind IN ('visit', 'appointment')
      AND told >= now() - INTERVAL 7 DAY
    GROUP BY kind, subject
)
ARRAY JOIN
[
    ('request to bed', requested, assigned),
    ('ready to leaving', ready, discharged),
    ('arrival to room', arrived, roomed)
] AS wait
WHERE toUnixTimestamp64Milli(tupleElement(wait, 2)) > 0
  AND tupleElement(wait, 3) > tupleElement(wait, 2)
ORDER BY stage, minutes DESC
LIMIT 5 BY stage

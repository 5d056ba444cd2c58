-- How long dirty beds of the site waited for cleaning to start, day by day over four weeks.
-- Percentiles cannot be added up, so each day shows its worst hour; n says on how many cleanings
-- of the day the hours rest, missing how many could not be measured.
SELECT
    toDate(window_start) AS day,
    round(maxIf(value, stat = 'p50'), 1) AS p50_minutes_worst_hour,
    round(maxIf(value, stat = 'p90'), 1) AS p90_minutes_worst_hour,
    sumIf(numerator, stat = 'n') AS n,
    sumIf(numerator, stat = 'missing') AS missing
FROM kpi_latest
WHERE tenant = {tenant:String}
  AND site = {site:String}
  AND ward = '-'
  AND kpi = 'cleaning_response'
  AND resolution_s = 3600
  AND window_start >= toDateTime64(today() - 28, 3, 'UTC')
GROUP BY day
ORDER BY day

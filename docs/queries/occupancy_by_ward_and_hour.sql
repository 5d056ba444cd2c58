-- Yesterday's occupancy of each ward, hour by hour, with its peak: where was it full, and when?
-- Days are UTC; put the hospital's time zone into toDate and yesterday where it matters.
SELECT
    ward,
    toHour(window_start) AS hour,
    round(100 * anyIf(value, stat = 'value'), 1) AS occupied_pct,
    round(100 * anyIf(value, stat = 'peak'), 1) AS peak_pct
FROM kpi_latest
WHERE tenant = {tenant:String}
  AND site = {site:String}
  AND kpi = 'occupancy'
  AND resolution_s = 3600
  AND window_start >= toDateTime64(yesterday(), 3, 'UTC')
  AND window_start < toDateTime64(today(), 3, 'UTC')
GROUP BY ward, hour
ORDER BY ward, hour

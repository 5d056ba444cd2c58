CREATE OR REPLACE VIEW spc
AS WITH
    days AS
    (
        SELECT
            ward,
            stat,
            window_start,
            value,
            unit,
            as_of,
            intDiv(toInt256(numerator) * 1000000000, toInt256(denominator)) AS x,
            window_start >= {from:DateTime64(3, 'UTC')} AND window_start < {to:DateTime64(3, 'UTC')} AS is_shown,
            window_start >= {limits_from:DateTime64(3, 'UTC')} AND window_start < {limits_to:DateTime64(3, 'UTC')} AS is_base
        FROM kpi_as_known_at(known_at = {known_at:DateTime64(3, 'UTC')})
        WHERE tenant = {tenant:String} AND site = {site:String} AND kpi = {kpi:String}
            AND resolution_s = 86400 AND denominator > 0 AND (is_shown OR is_base)
    ),
    limits AS
    (
        SELECT ward, stat, count() AS n, sum(x) AS total, sum(step) AS moved
        FROM
        (
            SELECT ward, stat, x, if(row_number() OVER days = 1, 0, abs(x - lagInFrame(x) OVER days)) AS step
            FROM days
            WHERE is_base
            WINDOW days AS (PARTITION BY ward, stat ORDER BY window_start ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
        )
        GROUP BY ward, stat
    ),
    shown AS
    (
        SELECT
            ward,
            stat,
            window_start,
            value,
            unit,
            as_of,
            n,
            total,
            moved,
            if(n < 2, 0, sign(x * n - total)) AS side,
            if(row_number() OVER days = 1, 0, sign(x - lagInFrame(x) OVER days)) AS step,
            abs(x * n - total) * (n - 1) * 100 > toInt256(266) * moved * n AS is_outside
        FROM days
        LEFT JOIN limits USING (ward, stat)
        WHERE is_shown
        WINDOW days AS (PARTITION BY ward, stat ORDER BY window_start ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    ),
    runs AS
    (
        SELECT
            *,
            row_number() OVER (PARTITION BY ward, stat ORDER BY window_start) AS place,
            place - row_number() OVER (PARTITION BY ward, stat, side ORDER BY window_start) AS side_run,
            place - row_number() OVER (PARTITION BY ward, stat, step ORDER BY window_start) AS step_run
        FROM shown
    ),
    lengths AS
    (
        SELECT
            *,
            if(count() OVER (PARTITION BY ward, stat, side, side_run) >= 7, side, 0) AS shift,
            if(count() OVER (PARTITION BY ward, stat, step, step_run) >= 4, step, 0) AS trend
        FROM runs
    )
SELECT
    ward,
    stat,
    window_start,
    value,
    unit,
    if(n < 2, NULL, total / n / 1e9) AS mean,
    mean - 2.66 * toFloat64(moved) / (n - 1) / 1e9 AS lower,
    mean + 2.66 * toFloat64(moved) / (n - 1) / 1e9 AS upper,
    n,
    arrayFilter(signal -> signal != '', [
        if(n >= 2 AND is_outside, if(side > 0, 'above_limit', 'below_limit'), ''),
        multiIf(shift > 0, 'run_above', shift < 0, 'run_below', ''),
        if(trend > 0 OR next > 0, 'rising', ''),
        if(trend < 0 OR next < 0, 'falling', '')
    ]) AS signals,
    as_of
FROM
(
    SELECT *, leadInFrame(trend) OVER (PARTITION BY ward, stat ORDER BY window_start ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next
    FROM lengths
)
COMMENT 'Daily values of a KPI as a control chart of individuals (XmR), each with its signals: spc(tenant = ..., site = ..., kpi = ..., from = ..., to = ..., limits_from = ..., limits_to = ..., known_at = ...), times in UTC. mean, lower and upper are of the days in [limits_from, limits_to): the mean, less and plus 2.66 times the mean moving range. Signals: above_limit, below_limit: outside of them; run_above, run_below: one of 7 or more in a row on one side of the mean; rising, falling: one of 5 or more in a row. Compared as whole billionths of the unit.'

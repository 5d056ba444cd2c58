CREATE OR REPLACE VIEW no_free_bed
AS WITH
    toStartOfHour({at:DateTime64(3, 'UTC')} + INTERVAL 30 MINUTE) AS hour,
    hours AS
    (
        SELECT
            ward,
            window_start,
            sumIf(said.1, kpi IN ('arrivals', 'transfers_in')) AS came,
            sumIf(said.1, kpi IN ('departures', 'transfers_out')) AS went,
            sumIf(said.1 / said.2, kpi = 'census') AS there,
            (168 - dateDiff('hour', window_start, hour) % 168) % 168 AS ahead
        FROM
        (
            SELECT ward, kpi, window_start, argMax((numerator, denominator), revision) AS said
            FROM kpi
            WHERE tenant = {tenant:String} AND site = {site:String} AND ward != '-' AND resolution_s = 3600 AND stat = 'value'
                AND kpi IN ('arrivals', 'transfers_in', 'departures', 'transfers_out', 'census')
                AND window_start >= hour - INTERVAL 28 DAY AND window_start < hour AND as_of <= {at:DateTime64(3, 'UTC')}
            GROUP BY ward, kpi, window_start
        )
        GROUP BY ward, window_start
    ),
    history AS
    (
        SELECT
            ward,
            min(window_start) AS since,
            count() AS n,
            sum(came) AS arrivals,
            sum(went) AS departures,
            sum(there) AS patient_hours,
            sumForEach(arrayMap(h -> (h = ahead) * 1, range(24))) AS n_at,
            sumForEach(arrayMap(h -> (h = ahead) * came, range(24))) AS came_at,
            sumForEach(arrayMap(h -> (h = ahead) * went, range(24))) AS went_at,
            sumForEach(arrayMap(h -> (h = ahead) * there, range(24))) AS there_at
        FROM hours
        GROUP BY ward
    ),
    beds AS
    (
        SELECT ward, count() AS beds, countIf(shown.2) AS patients
        FROM
        (
            SELECT ward, (listed AND staffed AND (occupied OR NOT blocked), occupied) AS shown
            FROM beds_latest
            WHERE tenant = {tenant:String} AND site = {site:String} AND as_of <= {at:DateTime64(3, 'UTC')}
            UNION ALL
            SELECT ward, argMax((listed AND staffed AND (occupied OR NOT blocked), occupied), (epoch, epoch_index)) AS shown
            FROM bed_history
            WHERE tenant = {tenant:String} AND site = {site:String} AND as_of <= {at:DateTime64(3, 'UTC')}
                AND (ward, bed) IN
                (
                    SELECT ward, bed
                    FROM beds_latest
                    WHERE tenant = {tenant:String} AND site = {site:String} AND as_of > {at:DateTime64(3, 'UTC')}
                )
            GROUP BY ward, bed
        )
        WHERE shown.1
        GROUP BY ward
    ),
    rates AS
    (
        SELECT
            *,
            arrayMap((hours, came) -> if(hours = 0, arrivals / n, came / hours), n_at, came_at) AS came_an_hour,
            arrayMap((there, went) -> if(there = 0, departures / patient_hours, went / there), there_at, went_at) AS went_an_hour,
            arrayMax(came_an_hour) + beds * arrayMax(went_an_hour) AS moves,
            toUInt32(least(120, greatest(12, ceil(4 * moves)))) AS steps,
            arrayMap(came -> came / steps, came_an_hour) AS comes,
            arrayMap(went -> went / steps, went_an_hour) AS goes
        FROM history
        INNER JOIN beds USING (ward)
        WHERE departures > 0 AND patient_hours > 0 AND moves <= 120
    ),
    chains AS
    (
        SELECT
            *,
            range(beds + 1) AS counts,
            arrayMap(count -> toFloat64(count = patients), counts) AS start,
            arrayFold(
                (state, step, come, go) -> (
                    arrayMap(
                        (count, here, fewer, more) -> here * (1 - (count < beds) * (come + count * go)) + fewer * come + (count + 1 < beds) * more * (count + 1) * go,
                        counts, state.1, arrayShiftRight(state.1, 1), arrayShiftLeft(state.1, 1)),
                    arrayMap(
                        (count, here, fewer, more) -> here * (1 - (count < beds) * come - count * go) + fewer * come + more * (count + 1) * go,
                        counts, state.2, arrayShiftRight(state.2, 1), arrayShiftLeft(state.2, 1)),
                    if(step IN (4 * steps, 8 * steps), arrayPushBack(state.3, (state.1[-1], state.2[-1])), state.3)),
                range(24 * steps),
                arrayFlatten(arrayMap(come -> arrayWithConstant(steps, come), comes)),
                arrayFlatten(arrayMap(go -> arrayWithConstant(steps, go), goes)),
                (start, start, CAST([], 'Array(Tuple(Float64, Float64))'))) AS chain,
            arrayPushBack(chain.3, (chain.1[-1], chain.2[-1])) AS full
        FROM rates
    )
SELECT
    ward,
    beds,
    patients,
    full[1].1 AS within_4h,
    full[2].1 AS within_8h,
    full[3].1 AS within_24h,
    full[1].2 AS after_4h,
    full[2].2 AS after_8h,
    full[3].2 AS after_24h,
    arrayFold((blocked, bed) -> load * blocked / (bed + load * blocked), range(1, beds + 1), toFloat64(1)) AS erlang_b,
    arrivals * patient_hours / n / departures AS load,
    arrivals,
    departures,
    patient_hours,
    n AS hours,
    since,
    toDateTime64(hour, 3, 'UTC') AS until,
    60 / steps AS step_minutes
FROM chains
COMMENT 'Of each ward, how likely it is that no staffed bed is free: no_free_bed(tenant = ..., site = ..., at = ...), at in UTC, from what was known then. within_4h, within_8h, within_24h: at some moment of the next hours; after_4h, after_8h, after_24h: at that moment, when whoever found no bed went elsewhere. From the staffed beds that are not blocked, how many of them are occupied (patients), and the hours of the four weeks before until, from since on: patients come as often as in the same hours of the week, and each leaves as often; both by chance, in steps of step_minutes. erlang_b: the share of those who come that would find no bed in the long run, with a load of arrivals an hour x hours of a stay. Wards without a departure in that time, and those with more than 120 moves in some hour, are not among them.'

//! Control charts in a real ClickHouse engine: one by hand, and many random ones against rules
//! that look at every stretch of days anew.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by unwrapping")]

use anyhow::Result;
use events::time::{DAY_MS, EventTime};
use serde_json::{Value, json};

mod engine;
mod outputs;
mod server;

use engine::Engine;
use server::Server;

/// A value of a day: above and below the line.
type Days = Vec<(i64, i64)>;

async fn store(engine: &Engine, first: i64, wards: &[(String, Days)]) -> Result<()> {
    let mut rows = Vec::new();
    for (ward, days) in wards {
        for (day, (above, below)) in (0..).zip(days) {
            let from = first + day * DAY_MS;
            rows.push(format!(
                "('demo', 'north', '{ward}', 'arrivals', 'value', 86400, fromUnixTimestamp64Milli({from}), 0, {above}, {below}, fromUnixTimestamp64Milli({}), 'live')",
                from + DAY_MS
            ));
        }
    }
    for rows in rows.chunks(1_000) {
        let statement = format!(
            "INSERT INTO kpi (tenant, site, ward, kpi, stat, resolution_s, window_start, revision, numerator, denominator, as_of, source_run) VALUES {}",
            rows.join(", ")
        );
        engine.client().query(&statement).execute().await?;
    }
    Ok(())
}

/// Midnight, some days before there can be as many days as a test has.
async fn midnight(engine: &Engine) -> Result<i64> {
    Ok(engine.now_ms().await? / DAY_MS * DAY_MS - 60 * DAY_MS)
}

async fn chart(server: &Server, first: i64, days: i64, more: &str) -> Result<Vec<Value>> {
    let (from, to) = (EventTime(first), EventTime(first + days * DAY_MS));
    let path = format!("/v1/demo/north/kpis/arrivals/spc?from={from}&to={to}{more}");
    server.rows(&path, "spc").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chart_by_hand() -> Result<()> {
    let engine = Engine::migrated().await?;
    let first = midnight(&engine).await?;
    let days = [
        10, 12, 11, 13, 9, 10, 12, 10, 11, 12, 30, 12, 13, 14, 15, 16, 17, 9, 8,
    ];
    let days: Days = days.into_iter().map(|day| (day, 1)).collect();
    store(&engine, first, &[("a".to_owned(), days)]).await?;
    let server = Server::start(&engine.config("log")).await?;
    let base = format!(
        "&ward=a&stat=value&limits_from={}&limits_to={}",
        EventTime(first),
        EventTime(first + 10 * DAY_MS)
    );
    let rows = chart(&server, first, 19, &base).await?;
    // 110 over ten days; nine steps that are 16 together.
    let moved = 2.66 * 16.0 / 9.0;
    for row in &rows {
        let near = |field: &str, expected: f64| {
            let said = row[field].as_f64().unwrap();
            assert!((said - expected).abs() < 1e-9, "{field}: {said}");
        };
        near("mean", 11.0);
        near("lower", 11.0 - moved);
        near("upper", 11.0 + moved);
        assert_eq!(row["n"], 10);
    }
    let signals: Vec<&Value> = rows.iter().map(|row| &row["signals"]).collect();
    let (run, rises) = (json!(["run_above"]), json!(["run_above", "rising"]));
    assert!(signals[..9].iter().all(|signal| **signal == json!([])));
    assert_eq!(signals[9], &run);
    assert_eq!(signals[10], &json!(["above_limit", "run_above"]));
    assert!(signals[11..15].iter().all(|signal| **signal == rises));
    let high = json!(["above_limit", "run_above", "rising"]);
    assert!(signals[15..17].iter().all(|signal| **signal == high));
    assert!(signals[17..].iter().all(|signal| **signal == json!([])));

    let own = chart(&server, first + 10 * DAY_MS, 1, "").await?;
    assert_eq!(
        (&own[0]["mean"], &own[0]["signals"]),
        (&Value::Null, &json!([]))
    );
    Ok(())
}

/// Thirds can't be written in binary: of days that are all the same each is on the mean.
#[tokio::test(flavor = "multi_thread")]
async fn random_charts_are_as_naive_rules_say() -> Result<()> {
    let engine = Engine::migrated().await?;
    let first = midnight(&engine).await?;
    let mut wards = vec![("same".to_owned(), vec![(1, 3); 20])];
    let mut seed = 7_u64;
    for ward in 0..60_u64 {
        // Few values meet the mean and each other, many do not.
        let (many, below) = [(3, 1), (6, 4), (1_000, 8)][usize::try_from(ward % 3)?];
        let day = |_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (i64::try_from((seed >> 33) % many).unwrap(), below)
        };
        let mut days: Days = (0..40).map(day).collect();
        if ward % 4 == 0 {
            days[30].0 *= 5;
        }
        wards.push((format!("w{ward}"), days));
    }
    store(&engine, first, &wards).await?;
    let server = Server::start(&engine.config("log")).await?;
    let base = 25;
    let limits = format!(
        "&limits_from={}&limits_to={}",
        EventTime(first),
        EventTime(first + base * DAY_MS)
    );
    let rows = chart(&server, first, 40, &limits).await?;
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    for (ward, days) in &wards {
        let of_ward = rows.iter().filter(|row| row["ward"] == **ward);
        let said: Vec<Vec<String>> = of_ward.map(signals).collect();
        assert_eq!(said, naive(days, 25), "{ward}: {days:?}");
        for signal in said.into_iter().flatten() {
            *seen.entry(signal).or_default() += 1;
        }
    }
    let kinds: Vec<&String> = seen.keys().collect();
    let all = [
        "above_limit",
        "below_limit",
        "falling",
        "rising",
        "run_above",
        "run_below",
    ];
    assert_eq!(kinds, all, "each rule was met: {seen:?}");
    Ok(())
}

fn signals(row: &Value) -> Vec<String> {
    let signals = row["signals"].as_array().unwrap();
    let text = |signal: &Value| signal.as_str().unwrap().to_owned();
    signals.iter().map(text).collect()
}

/// The signals of each day, of limits of the first days. All days have the same below the line.
fn naive(days: &Days, base: usize) -> Vec<Vec<String>> {
    let values: Vec<i64> = days.iter().map(|(above, _)| *above).collect();
    let base = &values[..base.min(values.len())];
    let n = i64::try_from(base.len()).unwrap();
    let total: i64 = base.iter().sum();
    let moved: i64 = base.windows(2).map(|two| (two[1] - two[0]).abs()).sum();
    // Above the mean by more than 2.66 times the mean step: times n, (n - 1) and 100.
    let off = |value: i64| (value * n - total) * (n - 1) * 100;
    let most = 266 * moved * n;
    let in_stretch = |length: usize, at: usize, holds: &dyn Fn(&[i64]) -> bool| {
        let stretches = values.windows(length).enumerate();
        let around = stretches.filter(|(first, _)| (*first..first + length).contains(&at));
        around.into_iter().any(|(_, stretch)| holds(stretch))
    };
    let rule = |at: usize| {
        let value = values[at];
        let rises = |days: &[i64]| days.windows(2).all(|two| two[0] < two[1]);
        let falls = |days: &[i64]| days.windows(2).all(|two| two[0] > two[1]);
        let rules = [
            ("above_limit", off(value) > most),
            ("below_limit", off(value) < -most),
            (
                "run_above",
                in_stretch(7, at, &|days| days.iter().all(|day| off(*day) > 0)),
            ),
            (
                "run_below",
                in_stretch(7, at, &|days| days.iter().all(|day| off(*day) < 0)),
            ),
            ("rising", in_stretch(5, at, &rises)),
            ("falling", in_stretch(5, at, &falls)),
        ];
        let met = rules.into_iter().filter(|(_, holds)| *holds);
        met.map(|(name, _)| name.to_owned()).collect()
    };
    (0..values.len()).map(rule).collect()
}

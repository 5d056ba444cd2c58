//! `kpi_latest`: what a panel reads of the KPI rows, in a real ClickHouse engine.

use anyhow::{Context, Result};
use events::output::KpiValue;
use events::topic::KafkaTopic;
use events::wire;

mod engine;
mod outputs;

use engine::Engine;

#[tokio::test(flavor = "multi_thread")]
async fn the_highest_revision_holds_with_its_unit() -> Result<()> {
    let engine = Engine::migrated().await?;
    let window = engine.now_ms().await? / 3_600_000 * 3_600_000;
    let epoch = u64::try_from(window / 20)?;
    let response = |index, stat: &str, numerator, denominator| {
        wire::encode(&KpiValue {
            epoch: epoch + 9,
            index,
            tenant: "demo".to_owned(),
            site: "north".to_owned(),
            ward: "a".to_owned(),
            kpi: "cleaning_response".to_owned(),
            stat: stat.to_owned(),
            resolution_s: 3_600,
            window_ms: window,
            numerator,
            denominator,
            ..Default::default()
        })
    };
    let gone_in_revision_1 = |index| {
        wire::encode(&KpiValue {
            epoch: epoch + 9,
            index,
            tenant: "demo".to_owned(),
            site: "north".to_owned(),
            ward: "a".to_owned(),
            kpi: "bed_turn".to_owned(),
            stat: "p50".to_owned(),
            resolution_s: 60,
            window_ms: window,
            numerator: 1,
            denominator: 1,
            ..Default::default()
        })
    };
    let values = vec![
        outputs::kpi(epoch + 1, 1, "a", window, 0, 40),
        outputs::kpi(epoch + 2, 1, "a", window, 1, 45),
        outputs::kpi(epoch + 3, 1, "a", window, 2, 50),
        response(1, "p90", 90_000, 60_000),
        response(2, "n", 7, 1),
        response(3, "peak", 5, 0),
        // A correction took the percentile away: the newer revision has no such row.
        gone_in_revision_1(4),
    ];
    let chunk = outputs::chunk(KafkaTopic::Kpis, 0, values);
    engine.store(engine.config("log"), vec![chunk]).await?;
    let latest = "SELECT kpi, stat, value, unit, revision FROM kpi_latest
        WHERE tenant = 'demo' AND site = 'north' ORDER BY kpi, stat";
    let expected = "cleaning_response\tn\t7\tcount\t0\n\
        cleaning_response\tp90\t1.5\tmin\t0\n\
        cleaning_response\tpeak\t\\N\tmin\t0\n\
        occupancy\tvalue\t0.5\tratio\t2\n";
    assert_eq!(engine.ask(latest).await?, expected);

    // The filters of a panel reach the key of the table.
    let plan = engine
        .ask(
            "EXPLAIN indexes = 1 SELECT value FROM kpi_latest WHERE tenant = 'demo'
            AND site = 'north' AND ward = 'a' AND kpi = 'occupancy' AND stat = 'value'
            AND resolution_s = 60 AND window_start > now() - INTERVAL 1 DAY",
        )
        .await?;
    let (_, key) = plan.split_once("PrimaryKey").context("no key in use")?;
    for used in [
        "tenant in [",
        "ward in [",
        "resolution_s in [60, 60]",
        "window_start in [",
    ] {
        assert!(key.contains(used), "{used} does not reach the key: {plan}");
    }
    Ok(())
}

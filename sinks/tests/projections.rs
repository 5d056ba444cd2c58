//! What ClickHouse keeps ready of the KPIs and the beds: it is used, and it says the same as
//! the rows, also after they were merged, stored again and deleted.

use anyhow::{Result, ensure};

mod engine;

use engine::Engine;

/// Two windows of two runs; of the first, a correction has one number less.
const ROWS: &str = "INSERT INTO kpi (tenant, site, ward, kpi, stat, resolution_s, window_start, revision, numerator, denominator, as_of, source_run)
    SELECT 'demo', 'north', 'A', kpi, 'value', 3600, '2026-01-02 10:00:00', revision, numerator, 10, '2026-01-02 12:00:00', run
    FROM VALUES('kpi String, revision UInt32, numerator Int64, run String',
        ('occupancy', 0, 1, 'live'), ('census', 0, 2, 'live'), ('occupancy', 1, 3, 'live'), ('arrivals', 0, 4, 'backfill-x'))";
const HOLD: &str = "SELECT kpi, numerator, revision, source_run FROM kpi_latest
    WHERE tenant = 'demo' AND site = 'north' AND ward = 'A' AND resolution_s = 3600
        AND window_start >= toDateTime('2026-01-02 00:00:00', 'UTC') ORDER BY kpi";

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_revision_of_a_window_holds_whatever_happens_to_its_rows() -> Result<()> {
    let engine = Engine::migrated().await?;
    let both = "arrivals\t4\t0\tbackfill-x\noccupancy\t3\t1\tlive\n";
    for change in [
        ROWS,
        "SYSTEM STOP MERGES kpi",
        // Stored again, as after a crash; the engine is not to see that they are the same.
        &format!("{ROWS} SETTINGS insert_deduplicate = 0"),
        "SYSTEM START MERGES kpi",
        "OPTIMIZE TABLE kpi FINAL",
    ] {
        engine.ask(change).await?;
        assert_eq!(engine.ask(HOLD).await?, both, "after {change}");
    }
    engine
        .ask("ALTER TABLE kpi DELETE WHERE source_run = 'backfill-x' SETTINGS mutations_sync = 1")
        .await?;
    assert_eq!(engine.ask(HOLD).await?, "occupancy\t3\t1\tlive\n");
    is_used(&engine, HOLD, "revisions").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_state_of_a_bed_is_kept_ready() -> Result<()> {
    let engine = Engine::migrated().await?;
    let rows = "INSERT INTO bed_history (tenant, site, ward, bed, epoch, epoch_index, as_of, label, occupied)
        SELECT 'demo', 'north', 'A', concat('B-', toString(number % 3)), 100 + number, 0, now(), 'a bed', number >= 298 FROM numbers(300)";
    let now = "SELECT bed, occupied FROM beds_latest WHERE tenant = 'demo' AND site = 'north' ORDER BY bed";
    for change in [rows, rows, "OPTIMIZE TABLE bed_history FINAL"] {
        engine.ask(change).await?;
        let beds = engine.ask(now).await?;
        assert_eq!(beds, "B-0\tfalse\nB-1\ttrue\nB-2\ttrue\n", "after {change}");
    }
    is_used(&engine, now, "newest_three_clocks").await
}

async fn is_used(engine: &Engine, query: &str, projection: &str) -> Result<()> {
    let plan = engine
        .ask(&format!("EXPLAIN projections = 1 {query}"))
        .await?;
    ensure!(plan.contains(&format!("({projection})")), "{plan}");
    Ok(())
}

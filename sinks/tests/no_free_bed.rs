//! The risk that no bed is free, in a real ClickHouse engine: against a table, closed forms
//! and a simulation, none of which shares anything with the view.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by unwrapping")]

use anyhow::Result;
use events::time::{EventTime, HOUR_MS, MINUTE_MS};
use serde_json::Value;

mod engine;
mod outputs;
mod server;

use engine::Engine;
use server::Server;

/// Hours of four weeks.
const HOURS: i64 = 672;
/// Hours of a week.
const WEEK: i64 = 168;

/// A ward, and what happened on it in each hour before, the last first.
struct Ward {
    name: &'static str,
    beds: i64,
    patients: i64,
    /// Who came, who left, and patients times a thousand, of the hour so many hours ago.
    hour: Hour,
}

type Hour = fn(i64) -> (i64, i64, i64);

/// Which of the next hours is the same hour of the week as one that began so many hours ago.
const fn ahead(ago: i64) -> i64 {
    (WEEK - ago % WEEK) % WEEK
}

async fn store(engine: &Engine, now: i64, wards: &[Ward]) -> Result<()> {
    let (mut hours, mut beds) = (Vec::new(), Vec::new());
    for ward in wards {
        for ago in 1..=HOURS {
            let (came, went, there) = (ward.hour)(ago);
            let from = now - ago * HOUR_MS;
            for (kpi, above, below) in [
                ("arrivals", came, 1),
                ("departures", went, 1),
                ("census", there, 1_000),
            ] {
                let as_of = from + HOUR_MS;
                hours.push(format!(
                    "('demo', 'north', '{}', '{kpi}', 'value', 3600, fromUnixTimestamp64Milli({from}), 0, {above}, {below}, fromUnixTimestamp64Milli({as_of}), 'live')",
                    ward.name
                ));
            }
        }
        for bed in 0..ward.beds {
            let is_occupied = bed < ward.patients;
            beds.push(format!(
                "('demo', 'north', '{}', 'b{bed}', 1, fromUnixTimestamp64Milli({}), true, true, {is_occupied})",
                ward.name,
                now - HOUR_MS
            ));
        }
    }
    for hours in hours.chunks(1_000) {
        insert(engine, KPI, &hours.join(", ")).await?;
    }
    let columns = "bed_history (tenant, site, ward, bed, epoch, as_of, listed, staffed, occupied)";
    insert(engine, columns, &beds.join(", ")).await
}

/// What a row of a KPI is given.
const KPI: &str = "kpi (tenant, site, ward, kpi, stat, resolution_s, window_start, revision, \
     numerator, denominator, as_of, source_run)";

async fn insert(engine: &Engine, columns: &str, rows: &str) -> Result<()> {
    let statement = format!("INSERT INTO {columns} VALUES {rows}");
    Ok(engine.client().query(&statement).execute().await?)
}

/// A full hour, lately.
async fn full_hour(engine: &Engine) -> Result<i64> {
    Ok(engine.now_ms().await? / HOUR_MS * HOUR_MS - HOUR_MS)
}

async fn risks(server: &Server, at: i64) -> Result<Vec<Value>> {
    let at = EventTime(at);
    let path = format!("/v1/demo/north/no_free_bed?as_known_at={at}");
    server.rows(&path, "no_free_bed").await
}

fn number(row: &Value, path: &str) -> f64 {
    row.pointer(path).unwrap().as_f64().unwrap()
}

fn of<'a>(rows: &'a [Value], ward: &str) -> &'a Value {
    rows.iter().find(|row| row["ward"] == ward).unwrap()
}

/// Beds, mean occupancy, and how many of a thousand who come would be refused: each ward as busy
/// as that, with as many coming as leaving.
const REFUSED: [(&str, i64, f64, f64); 7] = [
    ("r6", 6, 0.85, 464.0),
    ("r10", 10, 0.92, 523.0),
    ("r16", 16, 0.85, 217.0),
    ("r24", 24, 0.90, 239.0),
    ("r30", 30, 0.85, 108.0),
    ("r60", 60, 0.92, 127.0),
    ("r100", 100, 0.85, 15.0),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_long_run_is_as_in_the_table_of_erlang() -> Result<()> {
    let engine = Engine::migrated().await?;
    let now = full_hour(&engine).await?;
    let hours: [Hour; 7] = [
        |_| (1, 1, load(0)),
        |_| (1, 1, load(1)),
        |_| (1, 1, load(2)),
        |_| (1, 1, load(3)),
        |_| (1, 1, load(4)),
        |_| (1, 1, load(5)),
        |_| (1, 1, load(6)),
    ];
    let wards = REFUSED.iter().zip(hours);
    let wards: Vec<Ward> = wards
        .map(|((name, beds, ..), hour)| Ward {
            name,
            beds: *beds,
            patients: 0,
            hour,
        })
        .collect();
    store(&engine, now, &wards).await?;
    let server = Server::start(&engine.config("log")).await?;
    let rows = risks(&server, now).await?;
    for (name, _, _, refused) in REFUSED {
        let said = number(of(&rows, name), "/erlang_b") * 1_000.0;
        assert!((said - refused).abs() < 1.0, "{name}: {said}, {refused}");
    }
    Ok(())
}

/// The offered load at which the beds are as occupied as in the table, times a thousand.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "small numbers"
)]
fn load(place: usize) -> i64 {
    let (_, beds, occupied, refused) = REFUSED[place];
    (occupied * beds as f64 / (1.0 - refused / 1_000.0) * 1_000.0) as i64
}

/// Nobody leaves in the next day.
const FILLS: Ward = Ward {
    name: "fills",
    beds: 12,
    patients: 4,
    hour: |ago| {
        (
            i64::from(ago % WEEK % 2 == 0),
            i64::from(ahead(ago) > 30),
            4_000,
        )
    },
};
/// Stays of an hour: after a day all is as in the long run.
const QUICK: Ward = Ward {
    name: "quick",
    beds: 5,
    patients: 5,
    hour: |_| (3, 3, 3_000),
};
/// More come in the afternoon than in the night, and leave around noon.
const DAILY: Ward = Ward {
    name: "daily",
    beds: 14,
    patients: 9,
    hour: |ago| match ahead(ago) % 24 {
        6..12 => (1, 0, 10_000),
        12..15 => (0, 2, 10_000),
        15..20 => (i64::from(ago > 2 * WEEK), 0, 10_000),
        _ => (0, i64::from(ago > 3 * WEEK), 10_000),
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn the_next_hours_are_as_closed_forms_and_a_simulation_say() -> Result<()> {
    let engine = Engine::migrated().await?;
    let now = full_hour(&engine).await?;
    store(&engine, now, &[FILLS, QUICK, DAILY]).await?;
    let server = Server::start(&engine.config("log")).await?;
    let rows = risks(&server, now).await?;

    // One an hour in every second hour, in steps of 5 minutes: 144 chances of 1 in 12.
    let fills = of(&rows, "fills");
    let said = ["/within/24h", "/after/24h"].map(|path| number(fills, path));
    let expected = 1.0 - binomial_below(8, 144, 1.0 / 12.0);
    assert!((said[0] - expected).abs() < 1e-9, "{said:?}, {expected}");
    assert!(
        (said[0] - said[1]).abs() < 1e-12,
        "who came stays: {said:?}"
    );

    let quick = of(&rows, "quick");
    assert_eq!(number(quick, "/within/4h"), 1.0, "it is full now");
    let (after, ever) = (number(quick, "/after/24h"), number(quick, "/erlang_b"));
    assert!((after - ever).abs() < 1e-9, "{after}, {ever}");
    // B(5, 3), by hand.
    assert!((ever - 243.0 / 2_208.0).abs() < 1e-12, "{ever}");

    let daily = of(&rows, "daily");
    for (hours, simulated) in ["4h", "8h", "24h"].into_iter().zip(simulate(&DAILY)) {
        let said = number(daily, &format!("/within/{hours}"));
        // Four standard errors, and the steps of 5 minutes.
        let chance = 4.0 * (simulated * (1.0 - simulated) / f64::from(RUNS)).sqrt();
        let off = (said - simulated).abs();
        assert!(off < chance + 0.01, "{hours}: {said}, {simulated}");
    }
    assert!(number(daily, "/within/24h") > 0.05, "it says something");
    Ok(())
}

/// How likely fewer than so many of all chances are taken.
fn binomial_below(count: u32, all: u32, chance: f64) -> f64 {
    let mut term = (1.0 - chance).powf(f64::from(all));
    let mut sum = 0.0;
    for k in 0..count {
        sum += term;
        term *= f64::from(all - k) / f64::from(k + 1) * chance / (1.0 - chance);
    }
    sum
}

/// Lives of a ward that are simulated.
const RUNS: u32 = 40_000;

/// In how many lives of a ward it was full within 4, 8 and 24 hours: whoever comes and whoever
/// leaves does so after a time drawn by chance, in continuous time.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn simulate(ward: &Ward) -> [f64; 3] {
    let rate = |hour: i64| -> (f64, f64) {
        let same = (1..=HOURS).filter(|ago| ahead(*ago) == hour);
        let sums = same.map(ward.hour).fold((0, 0, 0), |sum, hour| {
            (sum.0 + hour.0, sum.1 + hour.1, sum.2 + hour.2)
        });
        (sums.0 as f64 / 4.0, sums.1 as f64 * 1_000.0 / sums.2 as f64)
    };
    let rates: Vec<(f64, f64)> = (0..24).map(rate).collect();
    let mut chance = Chance(1);
    let mut full = [0_u32; 3];
    for _ in 0..RUNS {
        let (mut patients, mut at) = (ward.patients, 0.0_f64);
        let mut full_at = f64::INFINITY;
        for (hour, (come, go)) in (1..=24).zip(&rates) {
            let end = f64::from(hour);
            // Within an hour rates are the same: what is beyond it is drawn anew.
            loop {
                let all = come + *go * patients as f64;
                let next = at - chance.next().ln() / all;
                if all == 0.0 || next > end || full_at.is_finite() {
                    at = end;
                    break;
                }
                at = next;
                let is_arrival = chance.next() * all < *come;
                patients += if is_arrival { 1 } else { -1 };
                if patients == ward.beds {
                    full_at = at;
                }
            }
        }
        for (count, within) in full.iter_mut().zip([4.0, 8.0, 24.0]) {
            *count += u32::from(full_at <= within);
        }
    }
    full.map(|count| f64::from(count) / f64::from(RUNS))
}

/// Numbers in (0, 1), always the same.
struct Chance(u64);

impl Chance {
    #[expect(clippy::cast_precision_loss, reason = "53 bits")]
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_follows_from_is_said_and_was_known_then() -> Result<()> {
    let engine = Engine::migrated().await?;
    let now = full_hour(&engine).await?;
    store(&engine, now, &[DAILY]).await?;
    let later = now + HOUR_MS;
    // Known an hour later: a blocked bed, one more arrival in the last hour, and a transfer.
    let window = now - HOUR_MS;
    let blocked = format!(
        "('demo', 'north', 'daily', 'b13', 2, fromUnixTimestamp64Milli({later}), true, true, false, true)"
    );
    let columns =
        "bed_history (tenant, site, ward, bed, epoch, as_of, listed, staffed, occupied, blocked)";
    insert(&engine, columns, &blocked).await?;
    for (ward, kpi, revision) in [
        ("daily", "arrivals", 1),
        ("daily", "transfers_in", 1),
        ("-", "arrivals", 0),
        ("-", "transfers_in", 0),
        ("-", "departures", 0),
        ("-", "census", 0),
    ] {
        let row = format!(
            "('demo', 'north', '{ward}', '{kpi}', 'value', 3600, fromUnixTimestamp64Milli({window}), {revision}, 7, 1, fromUnixTimestamp64Milli({later}), 'live')"
        );
        insert(&engine, KPI, &row).await?;
    }
    let server = Server::start(&engine.config("log")).await?;
    let (before, after) = (
        risks(&server, now).await?,
        risks(&server, now + MINUTE_MS).await?,
    );
    assert_eq!(before, after, "nothing else was known");
    let arrivals: i64 = (1..=HOURS).map(|ago| (DAILY.hour)(ago).0).sum();
    let history = &before[0]["history"];
    assert_eq!(history["arrivals"], arrivals);
    assert_eq!(
        (&history["hours"], &before[0]["beds"]),
        (&HOURS.into(), &14.into())
    );
    assert_eq!(
        history["from"],
        EventTime(now - HOURS * HOUR_MS).to_string()
    );

    let rows = risks(&server, later).await?;
    let daily = of(&rows, "daily");
    assert_eq!(
        (&daily["beds"], &daily["patients"]),
        (&13.into(), &9.into())
    );
    // The hour now looks back from an hour later: the oldest hour is no longer among them.
    let gone = (DAILY.hour)(HOURS).0;
    let corrected = arrivals - gone - (DAILY.hour)(1).0 + 7 + 7;
    assert_eq!(daily["history"]["arrivals"], corrected);
    assert_eq!(rows.len(), 1, "a bed of another ward is none here");
    Ok(())
}

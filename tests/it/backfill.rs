//! Backfill: stays of a year with both changes of the clocks go in as a file, and every
//! hour's numbers are those of a plain count of intervals; a second time changes nothing;
//! what others own is refused; who has not left goes on in the live log.

mod judged;
mod stays;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use harness::{clickhouse, kafka, mosquitto};
use serde_json::Value;

use crate::node::Node;
use crate::program::{complaint, medaxis, printed};
use crate::watch::holds;
use judged::Judged;
use stays::{Key, Stays};

const MAP: &str = "visit=case,ward=unit,in=from,out=until,bed=bed,type=kind";

/// How many stays the file has; `make nightly` lets it be 60,000.
fn stays_of_a_year() -> usize {
    let said = std::env::var("MEDAXIS_STAYS");
    said.map_or(6_000, |said| {
        said.parse().expect("MEDAXIS_STAYS is a number of stays")
    })
}

#[test]
fn stays_of_a_file_give_the_numbers_of_a_plain_count_once_and_beside_the_live_log() {
    let kafka = kafka::start(kafka::Access::Open).unwrap();
    let mosquitto = mosquitto::start(mosquitto::Access::Open, &[]).unwrap();
    let library = clickhouse::library().unwrap();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_medaxis"));
    let clickhouse = clickhouse::start(program, &["clickhouse-engine"], &library).unwrap();
    let url = format!("http://{}", clickhouse.address());
    let mut node = Node::new(kafka.address(), mosquitto.address(), clickhouse.address());
    let commands = node.twin();
    let count = stays_of_a_year();
    let stays = Stays::generate(count);
    let open = stays.open();
    let file = node.file("stays.csv", &stays.csv());
    let master = node.file("beds.toml", &stays.master());
    let backfill = |file: &str, map: &str| {
        let args = [
            "backfill",
            "stays",
            file,
            "--map",
            map,
            "--zone",
            "Europe/Berlin",
            "--master",
            &master,
        ];
        node_command(&commands, &args)
    };
    let does = |file: &str| -> Value {
        serde_json::from_str(&printed(&backfill(file, MAP).output().unwrap())).unwrap()
    };

    let first = does(&file);
    assert_eq!(
        (&first["rows"], &first["rejected"]),
        (&count.into(), &0.into())
    );
    assert_eq!(first["open"]["not_handed_over"], open, "{first:#}");
    let stored = stored(&url);
    equals(&stored, &stays.hours());

    let again = does(&file);
    assert_eq!(again["source_run"], first["source_run"]);
    assert_eq!(self::stored(&url), stored);
    let other = backfill(&file, &MAP.replace(",type=kind", ""))
        .output()
        .unwrap();
    let said = complaint(&other);
    assert!(
        said.contains("the tables hold these windows already, from backfill-stays-"),
        "{said}"
    );

    node.start();
    node.board();
    let handed = does(&file);
    assert_eq!(handed["open"]["handed_over"], open, "{handed:#}");
    let all = format!(
        "SELECT countIf(event = 'placed_by_cancel') = {open} FROM medaxis.facts WHERE source = 'backfill'"
    );
    holds(&url, &all);
    let known = does(&file);
    assert_eq!(
        (&known["open"]["known"], &known["open"]["handed_over"]),
        (&open.into(), &0.into())
    );
    let late = node.file("late.csv", &of_today());
    let said = complaint(&backfill(&late, MAP).output().unwrap());
    assert!(
        said.contains("line 2 speaks of") && said.contains("the live log begins at"),
        "{said}"
    );
    node.ends();
}

/// Every KPI that a file gives, of every hour and day, is what its naive definition gives.
fn says_what_the_judge_says(node: &Node, url: &str, judged: &Judged) {
    let file = node.file("judged.csv", &judged.csv);
    let site = format!("judged-{}", judged.kind);
    let master = node.file("judged.toml", &judged::master(&site));
    let mut args = vec!["backfill", judged.kind, &file, "--map", judged.map];
    args.extend([
        "--zone",
        "Europe/Berlin",
        "--tenant",
        "demo",
        "--site",
        &site,
    ]);
    if judged.kind == "stays" {
        args.extend(["--master", &master]);
    }
    let report: Value = serde_json::from_str(&node.prints(&args)).unwrap();
    assert_eq!(report["rejected"], 0, "{report:#}");
    let kpis: Vec<String> = serde_json::from_value(report["kpis"].clone()).unwrap();
    let expected = judged.rows(&kpis);
    let of_site = format!("site = '{site}'");
    let stored = rows(url, &of_site);
    assert!(
        kpis.iter()
            .all(|kpi| stored.keys().any(|key| key.1 == *kpi)),
        "{kpis:?}"
    );
    let differ = |(one, other): (&judged::Rows, &judged::Rows)| {
        let mut differ = one
            .iter()
            .filter(|(key, value)| other.get(key) != Some(value));
        differ
            .next()
            .map(|(key, value)| (key.clone(), *value, other.get(key).copied()))
    };
    assert_eq!(
        differ((&expected, &stored)),
        None,
        "the judge says, the file does not"
    );
    assert_eq!(
        differ((&stored, &expected)),
        None,
        "the file says, the judge does not"
    );
}

#[test]
fn small_files_give_the_numbers_of_the_judge() {
    let kafka = kafka::start(kafka::Access::Open).unwrap();
    let mosquitto = mosquitto::start(mosquitto::Access::Open, &[]).unwrap();
    let library = clickhouse::library().unwrap();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_medaxis"));
    let clickhouse = clickhouse::start(program, &["clickhouse-engine"], &library).unwrap();
    let url = format!("http://{}", clickhouse.address());
    let node = Node::new(kafka.address(), mosquitto.address(), clickhouse.address());
    for judged in [judged::stays(), judged::appointments(), judged::cleaning()] {
        says_what_the_judge_says(&node, &url, &judged);
    }
}

/// Of the KPIs that a plain count knows.
#[track_caller]
fn equals(stored: &BTreeMap<Key, (i64, i64)>, expected: &BTreeMap<Key, (i64, i64)>) {
    let kpis: BTreeSet<&str> = expected.keys().map(|key| key.1.as_str()).collect();
    let wrong = expected
        .iter()
        .find(|(key, value)| stored.get(key) != Some(value));
    assert_eq!(
        wrong.map(|(key, value)| (key, value, stored.get(key))),
        None
    );
    let counted = stored.keys().filter(|key| kpis.contains(key.1.as_str()));
    assert_eq!(counted.count(), expected.len());
}

/// A stay that begins now.
#[expect(clippy::disallowed_methods, reason = "edge: a file of today")]
fn of_today() -> String {
    let now = jiff::Timestamp::now();
    format!("case,unit,from,until,bed,kind\n1,A,{now},,,\n")
}

#[test]
fn a_dry_run_needs_no_server_and_names_lines_and_reasons_but_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stays.csv");
    let text = "v,w,a,z\nMUELLER,A,2026-02-31 10:00,\nMEIER,A,2026-03-02 10:00,2026-03-01 10:00\n\
                SCHMIDT,A,2026-03-02 10:00,2026-03-02 12:30\n";
    std::fs::write(&file, text).unwrap();
    let run = |map: &str| {
        let mut command = medaxis(&["backfill", "stays", "--tenant", "demo", "--site", "north"]);
        command
            .args(["--zone", "Europe/Berlin", "--dry-run", "--map", map])
            .arg(&file);
        command.output().unwrap()
    };
    let output = run("visit=v,ward=w,in=a,out=z");
    let report: Value = serde_json::from_str(&printed(&output)).unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("line 2: in: is no time such as"), "{said}");
    assert!(said.contains("line 3: out: is before in"), "{said}");
    assert!(
        !said.contains("MUELLER") && !said.contains("MEIER"),
        "{said}"
    );
    assert_eq!(
        (&report["dry_run"], &report["rejected"]),
        (&true.into(), &2.into())
    );
    assert_eq!(
        (&report["from"], &report["to"]),
        (
            &"2026-03-02T09:00:00.000Z".into(),
            &"2026-03-02T12:00:00.000Z".into()
        )
    );
    let said = complaint(&run("visit=v,ward=w,in=a,out=left"));
    assert!(
        said.contains("out: there is no column \"left\"; the file has v, w, a, z"),
        "{said}"
    );
}

fn node_command(node: &Node, args: &[&str]) -> Command {
    node.command(&[args, &["--tenant", "demo", "--site", "north"]].concat())
}

/// What a panel would read of hours of the site `north`.
fn stored(url: &str) -> BTreeMap<Key, (i64, i64)> {
    let rows = rows(
        url,
        "site = 'north' AND resolution_s = 3600 AND stat != 'peak_at'",
    );
    rows.into_iter()
        .map(|((ward, kpi, stat, _, start), value)| ((ward, kpi, stat, start), value))
        .collect()
}

/// What backfills have stored: ward, KPI, stat, length and start of the window; value.
fn rows(url: &str, which: &str) -> judged::Rows {
    let query = format!(
        "SELECT ward, kpi, stat, resolution_s, toUnixTimestamp64Milli(window_start), numerator, denominator \
         FROM kpi_latest WHERE source_run LIKE 'backfill%' AND {which} FORMAT TabSeparated"
    );
    let url = format!("{url}/?database=medaxis");
    let output = Command::new("curl")
        .args(["-sS", "--data-binary", &query, &url])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let row = |line: &str| {
        let parts: Vec<&str> = line.split('\t').collect();
        let [ward, kpi, stat, length, start, above, below] = parts[..] else {
            panic!("{line}");
        };
        let names = [ward, kpi, stat].map(str::to_owned);
        let [ward, kpi, stat] = names;
        let key = (
            ward,
            kpi,
            stat,
            length.parse().unwrap(),
            start.parse().unwrap(),
        );
        (key, (above.parse().unwrap(), below.parse().unwrap()))
    };
    text.lines().map(row).collect()
}

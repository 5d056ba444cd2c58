//! Manifests of days that are over, what they find, and what is let go of.

use std::path::{Path, PathBuf};

use super::*;

/// Two lanes over `days` days, a tick an hour and a record after each.
fn over(days: i64) -> Lanes {
    let lane = |salt: u8| -> Vec<LogRecord> {
        let hours = 0..days * 24;
        let values = hours.flat_map(|hour| {
            let at = CellTime(START - 22 * HOUR_MS + hour * HOUR_MS);
            [wire::encode_tick(Tick::at(at)), vec![salt, hour as u8]]
        });
        let record = |(offset, value)| LogRecord { offset, value };
        (0..).zip(values).map(record).collect()
    };
    Lanes::from([
        ((KafkaTopic::Facts, 0), lane(1)),
        ((KafkaTopic::Signals, 0), lane(2)),
    ])
}

async fn archived(days: i64, retention_days: usize) -> (TempDir, Arc<dyn ObjectStore>, Config) {
    let (lanes, (folder, store)) = (over(days), folder());
    let config = Config {
        retention_days,
        ..config(&lanes, Limits::default())
    };
    archive(&store, config.clone(), &lanes, &mut Dice(1), false).await;
    (folder, store, config)
}

async fn found(store: &Arc<dyn ObjectStore>, config: &Config) -> Vec<String> {
    let findings = check(&**store, LOG, &config.lanes).await.unwrap();
    findings.iter().map(ToString::to_string).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .map(|entries| entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()))
        .map(Iterator::collect)
        .unwrap_or_default();
    names.sort_unstable();
    names
}

fn root(folder: &TempDir) -> PathBuf {
    folder.path().join("archive/cluster.medaxis")
}

#[tokio::test]
async fn a_day_that_is_over_has_a_manifest_and_what_was_changed_since_is_found() {
    let (folder, store, config) = archived(4, 1_000).await;
    let manifests = root(&folder).join("manifests");
    let written = names(&manifests);
    assert_eq!(
        written,
        ["2026-01-01.json", "2026-01-02.json", "2026-01-03.json"]
    );
    assert_eq!(found(&store, &config).await, [""; 0]);

    let text = std::fs::read_to_string(manifests.join(&written[1])).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(manifest["previous"]["day"], "2026-01-01");
    let files = manifest["files"].as_array().unwrap();
    assert_eq!(files.len(), 48, "a file an hour and lane");
    assert_eq!(files[0]["first_offset"], 48);
    assert_eq!(files[0]["next_offset"], 50);
    assert_eq!(files[0]["rows"], 2);

    let file = |at: usize| files[at]["path"].as_str().unwrap();
    let path = |at: usize| folder.path().join(file(at));
    let mut bytes = std::fs::read(path(3)).unwrap();
    bytes[10] ^= 1;
    std::fs::write(path(3), bytes).unwrap();
    std::fs::remove_file(path(4)).unwrap();
    let added = path(5).with_file_name("00000000000000000777.parquet");
    std::fs::copy(path(5), added).unwrap();
    let folder_of_five = file(5).rsplit_once('/').unwrap().0;
    let expected = [
        format!("{}: was altered", file(3)),
        format!("{}: was deleted", file(4)),
        format!("{folder_of_five}/00000000000000000777.parquet: was added"),
    ];
    assert_eq!(found(&store, &config).await, expected);
}

#[tokio::test]
async fn a_manifest_that_was_made_to_fit_does_not_fit_the_next() {
    let (folder, store, config) = archived(4, 1_000).await;
    let manifests = root(&folder).join("manifests");
    let day = manifests.join("2026-01-02.json");
    let text = std::fs::read_to_string(&day).unwrap();
    std::fs::write(&day, text.replace("\"rows\": 2", "\"rows\": 3")).unwrap();
    assert_eq!(
        found(&store, &config).await,
        ["manifest of 2026-01-02: was altered"]
    );
    std::fs::remove_file(&day).unwrap();
    assert_eq!(
        found(&store, &config).await,
        ["manifest of 2026-01-02: is missing"]
    );

    // The next start writes it again, and it is the same.
    archive(&store, config.clone(), &over(4), &mut Dice(2), false).await;
    assert_eq!(std::fs::read_to_string(&day).unwrap(), text);
    assert_eq!(found(&store, &config).await, [""; 0]);
}

#[tokio::test]
async fn the_oldest_days_beyond_the_retention_go_with_their_manifests() {
    let (folder, store, config) = archived(6, 2).await;
    let kept = ["2026-01-04.json", "2026-01-05.json"];
    assert_eq!(names(&root(&folder).join("manifests")), kept);
    assert_eq!(found(&store, &config).await, [""; 0]);
    let lane = root(&folder).join("signals/lane=00");
    let with_files = |day: &&str| !names(&lane.join(format!("date=2026-01-{day}"))).is_empty();
    let days: Vec<&str> = ["01", "02", "03", "04", "05", "06"]
        .into_iter()
        .filter(with_files)
        .collect();
    assert_eq!(days, ["04", "05", "06"]);

    let files = Reader::new(store, LOG)
        .lane(KafkaTopic::Signals, 0)
        .await
        .unwrap();
    assert_eq!(files.begins(), Some(3 * 48));
    let said = read(&files, 0).await.unwrap_err().to_string();
    assert!(said.contains("from offset 0 to 144"), "{said}");
}

#[tokio::test]
async fn a_day_is_open_until_it_is_over_in_every_lane() {
    let (mut lanes, (folder, store)) = (over(3), folder());
    let slow = lanes.get_mut(&(KafkaTopic::Facts, 0)).unwrap();
    slow.truncate(30);
    let config = config(&lanes, Limits::default());
    archive(&store, config.clone(), &lanes, &mut Dice(1), false).await;
    assert_eq!(names(&root(&folder).join("manifests")), [""; 0]);
    archive(&store, config, &over(3), &mut Dice(1), false).await;
    let written = ["2026-01-01.json", "2026-01-02.json"];
    assert_eq!(names(&root(&folder).join("manifests")), written);
}

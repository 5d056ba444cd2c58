//! The store is away; files are damaged or missing.

use super::*;

/// Waits until `done`, for a minute at most.
async fn until(what: &str, done: impl Fn() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(60), async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited
        .await
        .unwrap_or_else(|_| panic!("{what} has not come"));
}

#[tokio::test]
async fn a_store_that_cannot_be_written_is_waited_for_and_nothing_is_lost() {
    let mut dice = Dice(7);
    let (lanes, (folder, store)) = (lanes(&mut dice), folder());
    // No folder can be made where a file is.
    let blocked = folder.path().join("archive");
    std::fs::write(&blocked, "").unwrap();

    let counters = Arc::new(Counters::default());
    let config = config(&lanes, Limits::default());
    let opening = tokio::spawn(Writer::open(
        Arc::clone(&store),
        config,
        Arc::clone(&counters),
    ));
    until("a retry", || counters.retries.load(Relaxed) > 1).await;
    assert_eq!(counters.waiting.load(Relaxed), 1);
    std::fs::remove_file(&blocked).unwrap();
    let writer = opening.await.unwrap().unwrap();
    assert_eq!(counters.waiting.load(Relaxed), 0);

    std::fs::write(&blocked, "").unwrap();
    let (sender, receiver) = mpsc::channel(1);
    let chunks = chunks(&mut dice, &lanes, &writer.positions());
    let running = tokio::spawn(writer.run(receiver));
    // It takes no more than what it holds while it waits.
    let feeding = tokio::spawn(async move {
        for chunk in chunks {
            sender.send(chunk).await.unwrap();
        }
    });
    until("waiting", || counters.waiting.load(Relaxed) == 1).await;
    std::fs::remove_file(&blocked).unwrap();
    feeding.await.unwrap();
    running.await.unwrap().unwrap();
    holds(&store, &lanes, &mut dice).await;
}

/// One lane of 300 records in several files, and the files.
async fn several_files(dice: &mut Dice) -> (TempDir, Vec<LogRecord>, LaneFiles) {
    let key = (KafkaTopic::Signals, 3);
    let lanes = Lanes::from([(key, lane(dice, 0, 300))]);
    let (folder, store) = folder();
    let limits = Limits {
        file_bytes: 5_000,
        ..Limits::default()
    };
    archive(&store, config(&lanes, limits), &lanes, dice, false).await;
    let files = Reader::new(store, LOG).lane(key.0, key.1).await.unwrap();
    (folder, lanes[&key].clone(), files)
}

#[tokio::test]
async fn a_damaged_file_is_named_and_never_read_as_something_else() {
    let (folder, records, files) = several_files(&mut Dice(11)).await;
    let (_, path) = &files.files()[1];
    let file = folder.path().join(path.as_ref());
    let good = std::fs::read(&file).unwrap();
    let mut refused = 0;
    for place in (0..good.len()).step_by(11) {
        let mut bad = good.clone();
        bad[place] ^= 1 << (place % 8);
        std::fs::write(&file, bad).unwrap();
        match read(&files, 0).await {
            Ok(all) => assert_eq!(all, records, "byte {place} was altered"),
            Err(error) => {
                refused += 1;
                let said = error.to_string();
                assert!(
                    said.contains(path.as_ref()) && said.contains("damaged"),
                    "{said}"
                );
            }
        }
    }
    // What nobody reads, such as statistics, may be anything.
    assert!(
        refused * 11 > good.len() / 2,
        "{refused} of {}",
        good.len() / 11
    );
    std::fs::write(&file, &good[..good.len() / 2]).unwrap();
    assert!(read(&files, 0).await.is_err());
}

#[tokio::test]
async fn what_is_missing_is_said_with_its_offsets() {
    let (folder, _, files) = several_files(&mut Dice(12)).await;
    let [(gone, path), (after, _), ..] = &files.files()[1..] else {
        panic!("too few files");
    };
    std::fs::remove_file(folder.path().join(path.as_ref())).unwrap();
    let store = location::folder(folder.path()).unwrap();
    let files = Reader::new(store, LOG)
        .lane(KafkaTopic::Signals, 3)
        .await
        .unwrap();
    let said = read(&files, 0).await.unwrap_err().to_string();
    let missing = format!("no records of signals lane 3 from offset {gone} to {after}");
    assert!(said.contains(&missing), "{said}");
    assert!(read(&files, *after).await.is_ok());
}

#[tokio::test]
async fn a_damaged_end_stops_the_start_with_its_name() {
    let (folder, records, files) = several_files(&mut Dice(13)).await;
    let (_, path) = files.files().last().unwrap();
    std::fs::write(folder.path().join(path.as_ref()), "half").unwrap();
    let key = (KafkaTopic::Signals, 3);
    let config = config(&Lanes::from([(key, records)]), Limits::default());
    let store = location::folder(folder.path()).unwrap();
    let error = Writer::open(store, config, Arc::default())
        .await
        .err()
        .unwrap();
    assert!(error.to_string().contains(path.as_ref()), "{error}");
}

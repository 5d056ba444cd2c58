//! A node as one process for each role, with the servers that it works with.

use std::path::Path;
use std::process::{Command, Output};
use std::rc::Rc;
use std::time::Duration;

use harness::{Server, clickhouse, kafka, mosquitto, wait_for};
use serde_json::Value;
use tempfile::TempDir;

use super::clock::Clock;
use super::disk::Disk;
use super::ledger::{self, THRESHOLDS};
use super::part::Part;
use crate::program::{get, medaxis, printed};
use crate::watch::shows;

/// Lanes of every topic.
pub(crate) const LANES: u32 = 4;
/// Until boards are fresh again, on a machine that is busy with the other tests.
const RECOVERS: Duration = Duration::from_secs(120);

/// Everything that runs.
pub(crate) struct Cluster {
    pub(crate) gateway: Part,
    /// Started by the rounds that have two.
    pub(crate) second_gateway: Part,
    /// Started by mistake, in some rounds.
    pub(crate) twin_gateway: Part,
    pub(crate) processor: Part,
    /// Started by mistake, in some rounds.
    pub(crate) second_processor: Part,
    pub(crate) archive: Part,
    pub(crate) sink: Part,
    pub(crate) boards: [Part; 2],
    pub(crate) kafka: Server,
    pub(crate) mosquitto: Server,
    pub(crate) clickhouse: Server,
    pub(crate) clock: Rc<Clock>,
    pub(crate) disk: Rc<Disk>,
    folder: TempDir,
}

impl Cluster {
    /// Starts the servers, then every part, then the hospital's beds and thresholds.
    pub(crate) fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("medaxis-chaos-").tempdir();
        let folder = folder.unwrap();
        let library = clickhouse::library().unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_medaxis"));
        let kafka = kafka::start(kafka::Access::Open).unwrap();
        let mosquitto = mosquitto::start(mosquitto::Access::Open, &[]).unwrap();
        let clickhouse = clickhouse::start(program, &["clickhouse-engine"], &library).unwrap();
        let clock = Rc::new(Clock::new(folder.path()));
        let snapshots = folder.path().join("snapshots");
        let disk = Rc::new(Disk::mount(&snapshots, &folder.path().join("disk.log")));
        let access = harness::access::write(folder.path());
        let text = |client: &str, store: &Path| {
            format!(
                "[kafka]\nbrokers = \"{}\"\nlanes = {LANES}\n\
                 [mqtt]\nport = {}\nclient_id = \"{client}\"\n\
                 [clickhouse]\nurl = \"http://{}\"\n\
                 [store]\nfolder = \"{}\"\nsnapshot_every_s = 1\n\
                 [privacy]\npseudonym_key_file = \"{}\"\n[access]\nfile = \"{}\"\n",
                kafka.address(),
                mosquitto.address().port(),
                clickhouse.address(),
                store.display(),
                folder.path().join("key").display(),
                access.display(),
            )
        };
        let store = folder.path().join("store");
        let part = |name, role, client| {
            let clock = Rc::clone(&clock);
            Part::new(name, folder.path(), &text(client, &store), move || {
                let mut command = medaxis(&["run", "--role", role]);
                clock.rules(&mut command);
                command
            })
        };
        let processor = |name| {
            let (clock, disk) = (Rc::clone(&clock), Rc::clone(&disk));
            Part::new(name, folder.path(), &text("none", &snapshots), move || {
                let mut command = disk.run(Path::new(env!("CARGO_BIN_EXE_medaxis")));
                command.args(["run", "--role", "processor"]);
                clock.rules(&mut command);
                command
            })
        };
        let mut cluster = Self {
            gateway: part("gateway", "gateway", "gateway-0"),
            second_gateway: part("second-gateway", "gateway", "gateway-1"),
            twin_gateway: part("twin-gateway", "gateway", "gateway-0"),
            processor: processor("processor"),
            second_processor: processor("second-processor"),
            archive: part("archive", "archive", "none"),
            sink: part("sink", "clickhouse", "none"),
            boards: [
                part("board", "board", "none"),
                part("second-board", "board", "none"),
            ],
            kafka,
            mosquitto,
            clickhouse,
            clock,
            disk,
            folder,
        };
        cluster.starts();
        cluster
    }

    fn starts(&mut self) {
        self.parts().into_iter().for_each(Part::starts);
        self.parts().into_iter().for_each(Part::is_ready);
        for (rule, name, value) in THRESHOLDS {
            let value = value.to_string();
            let set = ["control", "set", "--tenant", "demo", "--site", "north"];
            self.prints(&[&set[..], &[rule, name, &value]].concat());
        }
        let newest = stream::version::NEWEST.to_string();
        let set = ["control", "version", "--tenant", "demo", "--site", "north"];
        self.prints(&[&set[..], &[&newest]].concat());
        let master = self.folder.path().join("master");
        std::fs::write(&master, ledger::master_file()).unwrap();
        self.prints(&["control", "master", master.to_str().unwrap()]);
        for board in &self.boards {
            shows(board.address(), "PAD", "PAD-0", "listed", "true");
        }
        self.gateway.counts_more("medaxis_ingest_mqtt_connected", 0);
    }

    /// All that runs in every round.
    pub(crate) fn parts(&mut self) -> [&mut Part; 6] {
        let [board, second_board] = &mut self.boards;
        [
            &mut self.gateway,
            &mut self.processor,
            &mut self.archive,
            &mut self.sink,
            board,
            second_board,
        ]
    }

    /// `medaxis` with these arguments, and the configuration of the archive.
    pub(crate) fn runs(&self, args: &[&str]) -> Output {
        let mut command: Command = medaxis(args);
        command.arg("--config").arg(self.archive.config());
        command.output().unwrap()
    }

    /// What such a command prints; it ends well.
    #[track_caller]
    pub(crate) fn prints(&self, args: &[&str]) -> String {
        printed(&self.runs(args))
    }

    /// Up to when a board is complete.
    pub(crate) fn as_of(&self, board: usize) -> i64 {
        let snapshot = get(self.boards[board].address(), "/v1/demo/north/snapshot");
        let snapshot = snapshot
            .ok()
            .and_then(|text| serde_json::from_str(&text).ok());
        snapshot.map_or(0, |snapshot: Value| snapshot["as_of_ms"].as_i64().unwrap())
    }

    /// Waits until both boards are complete up to this time.
    #[track_caller]
    pub(crate) fn knows_all_until(&mut self, time_ms: i64) {
        for board in 0..self.boards.len() {
            let mut last = 0;
            let known = wait_for(RECOVERS, "a fresh board", || {
                last = self.as_of(board);
                Ok((last >= time_ms).then_some(()))
            });
            if let Err(error) = known {
                let parts = self.parts();
                let said: Vec<_> = parts.into_iter().map(|part| part.said()).collect();
                panic!(
                    "board {board}, {last} of {time_ms}: {error:#}\n{}",
                    said.join("\n--\n")
                );
            }
        }
    }

    /// Every part runs, and none has seen an epoch that is not what it was.
    #[track_caller]
    pub(crate) fn is_well(&mut self) {
        self.parts().into_iter().for_each(Part::is_well);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.folder.disable_cleanup(true);
            eprintln!("chaos: logs kept in {}", self.folder.path().display());
        }
    }
}

//! `medaxis run` against servers of the test's own, with a configuration file as
//! an operator would write it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use harness::process::Process;
use tempfile::TempDir;

use crate::program::{between, medaxis, printed};
use crate::watch::shows;

/// One ward, MED-B, with one bed, B-01, of which a pad knows.
const MASTER: &str = r#"
tenant = "demo"
site = "north"

[[ward]]
name = "MED-B"
source = "pad"
bed = [{ name = "B-01", room = "B1" }]
"#;

/// A configuration, and the node that runs with it once it is started.
pub(crate) struct Node {
    config: PathBuf,
    process: Option<Process>,
    folder: Rc<TempDir>,
    /// What it says is written here.
    log: PathBuf,
}

impl Node {
    /// Writes the configuration; starts nothing.
    pub(crate) fn new(kafka: SocketAddr, mqtt: SocketAddr, clickhouse: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("medaxis.toml");
        let text = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\n[kafka]\nbrokers = \"{kafka}\"\nlanes = 4\n\
             [mqtt]\nport = {}\n[clickhouse]\nurl = \"http://{clickhouse}\"\n\
             [store]\nfolder = \"{}\"\nsnapshot_every_s = 1\n\
             [privacy]\npseudonym_key_file = \"{}\"\n[access]\nfile = \"{}\"\n",
            mqtt.port(),
            folder.path().join("store").display(),
            folder.path().join("key").display(),
            harness::access::write(folder.path()).display(),
        );
        std::fs::write(&config, text).unwrap();
        Self {
            config,
            process: None,
            log: folder.path().join("log"),
            folder: Rc::new(folder),
        }
    }

    /// Adds to its configuration.
    pub(crate) fn is_told(&self, settings: &str) {
        let text = std::fs::read_to_string(&self.config).unwrap();
        std::fs::write(&self.config, text + settings).unwrap();
    }

    /// Another one with the same configuration, as by mistake.
    pub(crate) fn twin(&self) -> Self {
        Self {
            config: self.config.clone(),
            process: None,
            log: self
                .folder
                .path()
                .join(format!("log-{}", Rc::strong_count(&self.folder))),
            folder: Rc::clone(&self.folder),
        }
    }

    /// Starts it. One that runs already is killed.
    pub(crate) fn start(&mut self) {
        self.start_as(&[]);
    }

    /// Starts some parts of it.
    pub(crate) fn start_as(&mut self, roles: &[&str]) {
        self.process = None;
        let mut command = self.command(&["run"]);
        command.args(roles.iter().flat_map(|role| ["--role", role]));
        let process = Process::spawn(&mut command, &self.log).unwrap();
        self.process = Some(process);
    }

    /// Kills it, as the power would.
    pub(crate) fn is_killed(&mut self) {
        drop(self.process.take());
    }

    /// The file with the tokens of its visitors.
    pub(crate) fn tokens(&self) -> PathBuf {
        self.folder.path().join("access.toml")
    }

    /// Where its snapshots are.
    pub(crate) fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// Puts other settings in place of some.
    #[track_caller]
    pub(crate) fn sets(&self, some: &str, others: &str) {
        let text = std::fs::read_to_string(&self.config).unwrap();
        assert!(text.contains(some), "{text}");
        std::fs::write(&self.config, text.replace(some, others)).unwrap();
    }

    /// The file with what it says.
    pub(crate) fn log(&self) -> PathBuf {
        self.log.clone()
    }

    /// Waits until it has ended by itself, with these words.
    #[track_caller]
    pub(crate) fn fails(mut self, words: &str) {
        let mut process = self.process.take().unwrap();
        let ended = process.wait(Duration::from_secs(60)).unwrap();
        let said = process.log().unwrap();
        assert!(!ended.success() && said.contains(words), "{said}");
    }

    /// `medaxis` with these arguments and this configuration.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = medaxis(args);
        command.arg("--config").arg(&self.config);
        command
    }

    /// What such a command prints; it ends well.
    #[track_caller]
    pub(crate) fn prints(&self, args: &[&str]) -> String {
        printed(&self.command(args).output().unwrap())
    }

    /// Sends it a bed master with bed B-01 of ward MED-B.
    #[track_caller]
    pub(crate) fn has_a_ward(&self, board: SocketAddr) {
        let master = self.file("master.toml", MASTER);
        self.prints(&["control", "master", &master]);
        shows(board, "MED-B", "B-01", "listed", "true");
    }

    /// A file for this node's commands, with this text.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let file = self.folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    }

    /// Waits until it has said this.
    #[track_caller]
    pub(crate) fn says(&self, words: &str) {
        let said = harness::wait_for(Duration::from_secs(60), words, || {
            Ok(self.said().contains(words).then_some(()))
        });
        said.unwrap_or_else(|error| panic!("{error:#}\n{}", self.said()));
    }

    /// Where its board is; it is ready.
    #[track_caller]
    pub(crate) fn board(&self) -> SocketAddr {
        self.says("ready");
        between(&self.said(), "board=", "\n").unwrap()
    }

    /// Ends it as an operator does; it ends well.
    #[track_caller]
    pub(crate) fn ends(mut self) {
        let mut process = self.process.take().unwrap();
        let id = process.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status();
        assert!(sent.unwrap().success());
        let ended = process.wait(Duration::from_secs(30)).unwrap();
        assert!(ended.success(), "{}", process.log().unwrap());
    }

    fn said(&self) -> String {
        self.process.as_ref().unwrap().log().unwrap()
    }
}

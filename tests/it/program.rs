//! The binary under test: run to its end, or as a demo that is watched.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::str::FromStr;
use std::sync::LazyLock;
use std::time::Duration;

use anyhow::Context as _;
use harness::process::Process;
use harness::wait_for;
use serde_json::Value;
use tempfile::TempDir;

/// For a step of a demo, on a machine that is busy with the other tests.
const PATIENCE: Duration = Duration::from_secs(180);

/// Where the engine is, fetched when it is not there.
static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| harness::clickhouse::library().unwrap());

/// `medaxis` with these arguments.
pub(crate) fn medaxis(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_medaxis"));
    command
        .args(args)
        .env("MEDAXIS_LOG", "info,rumqttd=error,librdkafka=error");
    command
}

/// Runs `medaxis` to its end.
pub(crate) fn run(args: &[&str]) -> Output {
    medaxis(args).output().unwrap()
}

/// What it printed on standard output; it has ended well.
#[track_caller]
pub(crate) fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", complaint(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What it said on standard error.
pub(crate) fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A running demo. Gone, with all that it started, when it is dropped.
pub(crate) struct Demo {
    process: Process,
    said: PathBuf,
    _folder: TempDir,
}

impl Demo {
    /// Starts one on free ports.
    pub(crate) fn start(args: &[&str]) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("medaxis-it-")
            .tempdir()
            .unwrap();
        let said = folder.path().join("said");
        let mut command = Command::new("sh");
        command.args([
            "-c",
            "exec \"$0\" \"$@\" 2>\"$SAID\"",
            env!("CARGO_BIN_EXE_medaxis"),
            "demo",
        ]);
        let access = harness::access::write(folder.path());
        command.args(["--port", "0", "--mqtt-port", "0", "--access"]);
        command.arg(access).args(args);
        command
            .env("SAID", &said)
            .env("MEDAXIS_LIBCHDB", &*LIBRARY)
            .env("TMPDIR", folder.path());
        let process = Process::spawn(&mut command, &folder.path().join("printed")).unwrap();
        Self {
            process,
            said,
            _folder: folder,
        }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// What it has said on standard error so far.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.said).unwrap_or_default()
    }

    /// Waits until it has said something that `wanted` finds.
    #[track_caller]
    pub(crate) fn hears<T>(&mut self, what: &str, wanted: impl Fn(&str) -> Option<T>) -> T {
        let heard = wait_for(PATIENCE, what, || {
            if let Some(found) = wanted(&self.said()) {
                return Ok(Some(found));
            }
            anyhow::ensure!(self.process.ended()?.is_none(), "the demo has ended");
            Ok(None)
        });
        heard.unwrap_or_else(|error| panic!("{error:#}\n{}", self.said()))
    }

    /// Where its board is, as soon as it opens.
    #[track_caller]
    pub(crate) fn opening_board(&mut self) -> SocketAddr {
        self.hears("the address of the board", |said| {
            between(said, "The board is open at http://", "/")
        })
    }

    /// Where its board is, once the past has run by.
    #[track_caller]
    pub(crate) fn board(&mut self) -> SocketAddr {
        self.hears("the address of the board", |said| {
            between(said, "The board:   http://", "/")
        })
    }

    /// Ends it as Ctrl-C does, and waits until it has.
    #[track_caller]
    pub(crate) fn ends(mut self) {
        let id = self.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status();
        assert!(sent.unwrap().success());
        let status = self.process.wait(PATIENCE).unwrap();
        assert!(status.success(), "{status}\n{}", self.said());
    }

    /// The report of a demo that ends by itself.
    #[track_caller]
    pub(crate) fn report(mut self) -> Value {
        let ended = self.process.wait(PATIENCE);
        let said = self.said();
        let status = ended.unwrap_or_else(|error| panic!("{error:#}\n{said}"));
        assert!(status.success(), "{status}\n{said}");
        let printed = self.process.log().unwrap();
        let last = printed
            .lines()
            .last()
            .context("nothing was printed")
            .unwrap();
        let report: Value = serde_json::from_str(last).unwrap();
        assert_eq!(report["mismatches"], 0, "{report:#}\n{said}");
        report
    }
}

/// What stands in `text` between two marks, once both are there.
pub(crate) fn between<T: FromStr>(text: &str, before: &str, after: &str) -> Option<T> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after)?.0.parse().ok()
}

/// The body of a page of `server`, as a charge nurse gets it.
pub(crate) fn get(server: SocketAddr, path: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {server}\r\n{}\r\nConnection: close\r\n\r\n",
        harness::access::header("charge_nurse")
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("no answer")?;
    anyhow::ensure!(head.starts_with("HTTP/1.1 200"), "{head}");
    Ok(body.to_owned())
}

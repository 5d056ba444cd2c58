//! The real engine in a real child process, used as its users use it: through the crate
//! `clickhouse` and by plain HTTP.

mod crate_clickhouse;
mod http;
mod plain;
mod process;
mod refusals;

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use embedded::{Supervisor, SupervisorOptions};
use tempfile::TempDir;

/// An engine on an empty folder, gone when dropped.
struct Engine {
    supervisor: Supervisor,
    _data: TempDir,
}

impl Engine {
    async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With further arguments of the program, such as its limits.
    async fn with(arguments: &[&str]) -> Self {
        let data = TempDir::new().expect("a temporary folder");
        let mut options = options(data.path());
        options.arguments = arguments.iter().map(Into::into).collect();
        let supervisor = Supervisor::start(options).await.expect("the engine starts");
        Self {
            supervisor,
            _data: data,
        }
    }

    fn url(&self) -> String {
        self.supervisor.url()
    }

    fn client(&self) -> clickhouse::Client {
        clickhouse::Client::default().with_url(self.url())
    }

    /// Posts a statement that has to succeed, and gives its answer.
    async fn run(&self, target: &str, body: &str) -> String {
        let answer = http::post(&self.url(), target, &[], body.as_bytes()).await;
        assert_eq!(answer.status, 200, "{body}: {}", answer.text());
        answer.text()
    }
}

fn options(data: &Path) -> SupervisorOptions {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace");
    SupervisorOptions {
        program: engine_program(),
        arguments: Vec::new(),
        library: embedded::locate(root).expect("the library of the engine"),
        data: data.to_owned(),
        listen: (Ipv4Addr::LOCALHOST, 0).into(),
    }
}

/// `cargo test` builds the examples beside the tests.
fn engine_program() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let profile = test
        .ancestors()
        .nth(2)
        .expect("tests lie in <profile>/deps");
    let program = profile.join("examples/clickhouse_engine");
    assert!(
        program.is_file(),
        "{} is not built: run cargo build -p embedded --example clickhouse_engine",
        program.display()
    );
    program
}

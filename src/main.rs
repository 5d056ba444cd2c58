//! `medaxis`: every stage in one binary. This crate wires the stages and decides
//! nothing: each command is one line here and one file beside it.

mod access;
mod alerts;
mod archive;
mod backfill;
mod backlog;
mod cli;
mod clock;
mod config;
mod control;
mod dead_letter;
mod demo;
mod explain;
mod fhir;
mod follower;
mod history;
mod hl7;
mod interfaces;
mod keys;
mod kpis;
mod labels;
mod load;
mod marks;
mod node;
mod onward;
mod processor;
mod pulse;
mod recompute;
mod roles;
mod run;
mod servers;
mod signal;
mod snapshots;
mod storage;
mod telemetry;
mod verify;
mod vitals;
mod webhooks;

use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Parser as _;
use events::time::CellTime;
use mimalloc::MiMalloc;

use cli::{Cli, Command, Hl7Command};
use roles::Roles;

/// Chunks are made in one thread and freed in another (ADR 19).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Threads for what blocks. When all lanes are read at once, each has one of its own and
/// none may wait for another's: there are at most 513.
const BLOCKING_MAX: usize = 1_024;

fn main() -> ExitCode {
    let cli = Cli::parse();
    telemetry::log();
    match run_command(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("medaxis: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run_command(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Demo(args) => block_on(demo::run(args)),
        Command::Run { args, roles } => block_on(run::run(args, Roles::of(roles))),
        Command::Migrate(args) => block_on(run::migrate(args)),
        Command::CheckConfig(args) => run::check(&args),
        Command::CheckPayload { topic, file } => check_payload(&topic, &file),
        Command::Access(command) => access::run(command),
        Command::Load(args) => block_on(load::run(args)),
        Command::Control(command) => block_on(control::run(command)),
        Command::Alerts(command) => block_on(alerts::run(command)),
        Command::DeadLetter(command) => block_on(dead_letter::run(command)),
        Command::Archive(command) => block_on(archive::run(command)),
        Command::Explain(args) => block_on(explain::run(args)),
        Command::Kpi(args) => block_on(kpis::run(args)),
        Command::Verify(args) => block_on(verify::run(args)),
        Command::Backfill(command) => block_on(backfill::run(command)),
        Command::Vitals(args) => block_on(vitals::run(args)),
        Command::Hl7(Hl7Command::Replay(args)) => block_on(hl7::replay(args)),
        Command::ClickhouseEngine { lib, data, listen } => {
            Ok(embedded::serve(embedded::ServeOptions {
                library: lib,
                data,
                listen,
                limits: embedded::Limits::default(),
            })?)
        }
    }
}

/// Runs a command; what still blocks when it is over is left behind.
fn block_on(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_MAX)
        .build();
    let runtime = runtime.context("the async runtime")?;
    let result = runtime.block_on(command);
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

fn check_payload(topic: &str, file: &Path) -> anyhow::Result<()> {
    let mut payload = Vec::new();
    let limit = events::sensor::PAYLOAD_MAX as u64 + 1;
    let read = if file == Path::new("-") {
        std::io::stdin().take(limit).read_to_end(&mut payload)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(limit).read_to_end(&mut payload))
    };
    read.with_context(|| format!("file {}", file.display()))?;
    println!(
        "{}",
        ingest::check_payload(topic, &payload, CellTime(clock::wall_ms()))
    );
    Ok(())
}

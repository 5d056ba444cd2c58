//! `medaxis`: every stage in one binary. This crate wires the stages and decides
//! nothing: each command is one line here and one file beside it.

mod backlog;
mod cli;
mod clock;
mod config;
mod control;
mod demo;
mod follower;
mod hl7;
mod keys;
mod node;
mod processor;
mod run;
mod telemetry;

use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser as _;
use events::time::CellTime;

use cli::{Cli, Command, Hl7Command};

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
        Command::Demo(args) => runtime()?.block_on(demo::run(args)),
        Command::Run(args) => runtime()?.block_on(run::run(args)),
        Command::Migrate(args) => runtime()?.block_on(run::migrate(args)),
        Command::CheckConfig(args) => run::check(&args),
        Command::CheckPayload { topic, file } => check_payload(&topic, &file),
        Command::Control(command) => runtime()?.block_on(control::run(command)),
        Command::Hl7(Hl7Command::Replay(args)) => runtime()?.block_on(hl7::replay(args)),
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

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.context("the async runtime")
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

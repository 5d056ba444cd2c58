//! The engine process alone: `--lib PATH --data DIR --listen 127.0.0.1:PORT`, and its limits. It
//! ends when its stdin closes.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use embedded::{Limits, ServeOptions, serve};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("clickhouse_engine: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  because: {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut options = ServeOptions {
        library: embedded::locate(".".as_ref()).unwrap_or_default(),
        data: "demo-data/clickhouse".into(),
        listen: "127.0.0.1:8123".parse()?,
        limits: Limits::default(),
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments
            .next()
            .ok_or_else(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--lib" => options.library = value.into(),
            "--data" => options.data = value.into(),
            "--listen" => options.listen = value.parse()?,
            "--body-bytes" => options.limits.body_bytes = value.parse()?,
            "--bodies-bytes" => options.limits.bodies_bytes = value.parse()?,
            "--statements" => options.limits.statements = value.parse()?,
            "--wait-seconds" => options.limits.wait = Duration::from_secs(value.parse()?),
            _ => return Err(format!("unknown argument {name}").into()),
        }
    }
    Ok(serve(options)?)
}

//! How many frames a second the live boards deliver for each second of CPU, as a share of what bare
//! sockets do in the same run; how long a change is on its way from the fold's output to a client; what a
//! connection takes of memory. Server and clients are processes of their own. Run alone, on a quiet
//! machine: `cargo bench -p sinks --bench fan_out`, with `-- --sockets 1000` for fewer.

#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads clocks and stops at what is missing"
)]

mod bare;
mod clients;
mod load;
mod process;
mod scan;
mod server;

use std::time::Duration;

use anyhow::{Context, Result};
use mimalloc::MiMalloc;

use clients::{Clients, Heard};
use process::{Child, Used};

/// The program's own.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Boards that are open, unless the command line says otherwise.
const SOCKETS: usize = 10_000;
/// Boards that alerts are told to.
const ALERT_SOCKETS: usize = 1_000;
/// For so long is measured, once all that is under way has settled.
const MEASURED: Duration = Duration::from_secs(15);
const SETTLES: Duration = Duration::from_secs(5);

/// What came of a run.
struct Ran {
    heard: Heard,
    used: Used,
    seconds: f64,
    /// Memory of a connection, in bytes.
    each: u64,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["--serve-live", rate] => return server::serve(rate.parse()?),
        ["--serve-bare", sockets, bytes] => return bare::serve(sockets.parse()?, bytes.parse()?),
        // `cargo test --benches` builds it and has nothing to measure.
        arguments if !arguments.contains(&"--bench") => return Ok(()),
        _ => {}
    }
    let asked = arguments.iter().position(|name| *name == "--sockets");
    let sockets = match asked {
        Some(at) => arguments.get(at + 1).context("how many?")?.parse()?,
        None => SOCKETS,
    };
    let live = run(Child::start(&["--serve-live", "10"])?, sockets)?;
    let bytes = live.heard.bytes / live.heard.frames.max(1);
    let bare = ["--serve-bare", &sockets.to_string(), &bytes.to_string()];
    let bare = run(Child::start(&bare)?, sockets)?;
    let calm = run(Child::start(&["--serve-live", "5"])?, sockets)?;
    let few = run(Child::start(&["--serve-live", "10"])?, ALERT_SOCKETS)?;

    println!(
        "| {sockets} sockets, {} wards, frames of {bytes} bytes | frames/s | frames/s of CPU | a connection |",
        load::WARDS
    );
    println!("|---|---:|---:|---:|");
    println!("| bare sockets, each 10 times a second | {} |", bare.row());
    println!(
        "| live boards, each ward 10 times a second | {} |",
        live.row()
    );
    println!("| likewise, 5 times a second | {} |", calm.row());
    let share = 100.0 * live.per_cpu() / bare.per_cpu();
    println!("\nlive boards: {share:.0} % of bare sockets");
    println!(
        "from the fold to a client, 5 times a second: {}",
        calm.heard.changes
    );
    println!("likewise 10 times a second: {}", live.heard.changes);
    println!(
        "an alert, {ALERT_SOCKETS} sockets, 10 times a second: {}",
        few.heard.alerts
    );
    println!(
        "snapshots in place of frames that were missed: {}",
        live.heard.snapshots
    );
    Ok(())
}

fn run(mut server: Child, sockets: usize) -> Result<Ran> {
    let before = server.memory()?;
    let clients = Clients::open(server.address, sockets)?;
    let each = server.memory()?.saturating_sub(before) / sockets as u64;
    server.begin()?;
    std::thread::sleep(SETTLES);
    let (began, used) = (load::now_us(), server.used()?);
    clients.begin();
    std::thread::sleep(MEASURED);
    let heard = clients.end();
    let used = server.used()? - used;
    let seconds = (load::now_us() - began) as f64 / 1e6;
    let each = each.max(server.memory()?.saturating_sub(before) / sockets as u64);
    Ok(Ran {
        heard,
        used,
        seconds,
        each,
    })
}

impl Ran {
    /// Frames for each second of CPU.
    fn per_cpu(&self) -> f64 {
        self.heard.frames as f64 / self.used.seconds()
    }

    fn row(&self) -> String {
        let rate = self.heard.frames as f64 / self.seconds;
        let kib = self.each as f64 / 1024.0;
        format!("{rate:.0} | {:.0} | {kib:.1} KiB", self.per_cpu())
    }
}

//! How many frames the live boards deliver for each second of CPU, as a share of what bare sockets do
//! at the same time, with half of the clients each; how long a change is on its way from the fold's output to a client; what a
//! connection takes of memory. Server and clients are processes of their own. Run alone, on a quiet
//! machine: `cargo bench -p sinks --bench fan_out`, with `-- --sockets 1000` for fewer.

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
    let [calm] = run([Child::start(&["--serve-live", "5"])?], sockets)?;
    let bytes = calm.heard.bytes / calm.heard.frames.max(1);
    let half = sockets / 2;
    let bare = ["--serve-bare", &half.to_string(), &bytes.to_string()];
    let both = [Child::start(&["--serve-live", "10"])?, Child::start(&bare)?];
    let [live, bare] = run(both, half)?;
    let [few] = run([Child::start(&["--serve-live", "10"])?], ALERT_SOCKETS)?;

    println!(
        "| {} wards, frames of {bytes} bytes | sockets | frames/s | frames/s of CPU | a connection |",
        load::WARDS
    );
    println!("|---|---:|---:|---:|---:|");
    println!(
        "| bare sockets, each 10 times a second | {half} | {} |",
        bare.row()
    );
    println!(
        "| live boards at the same time, likewise | {half} | {} |",
        live.row()
    );
    println!(
        "| live boards alone, 5 times a second | {sockets} | {} |",
        calm.row()
    );
    let share = 100.0 * live.per_cpu() / bare.per_cpu();
    println!("\nlive boards: {share:.0} % of bare sockets");
    let (calm, few) = (calm.heard, few.heard);
    println!(
        "from the fold to a client, 5 times a second: {}",
        calm.changes
    );
    println!(
        "an alert, {ALERT_SOCKETS} sockets, changes 10 times a second: {}",
        few.alerts
    );
    println!(
        "snapshots in place of frames that were missed: {}",
        live.heard.snapshots
    );
    Ok(())
}

/// Servers that run at the same time, with so many clients each.
fn run<const N: usize>(mut servers: [Child; N], sockets: usize) -> Result<[Ran; N]> {
    let mut clients = Vec::new();
    for server in &servers {
        let before = server.memory()?;
        clients.push((Clients::open(server.address, sockets)?, before));
    }
    for server in &mut servers {
        server.begin()?;
    }
    std::thread::sleep(SETTLES);
    let began = load::now_us();
    let mut marks = Vec::new();
    for (server, (clients, _)) in servers.iter().zip(&clients) {
        marks.push(server.used()?);
        clients.begin();
    }
    std::thread::sleep(MEASURED);
    let seconds = (load::now_us() - began) as f64 / 1e6;
    let ran = servers.iter().zip(&clients).zip(marks);
    let ran = ran.map(|((server, (clients, before)), used)| {
        Ok(Ran {
            heard: clients.end(),
            used: server.used()? - used,
            seconds,
            each: server.memory()?.saturating_sub(*before) / sockets as u64,
        })
    });
    let ran: Vec<Ran> = ran.collect::<Result<_>>()?;
    Ok(ran
        .try_into()
        .unwrap_or_else(|_| unreachable!("one for each")))
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

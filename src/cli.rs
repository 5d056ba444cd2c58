//! What can be asked of the binary.

mod access;
mod alerts;
mod backfill;
mod control;
mod kpi;
mod vitals;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::TypedValueParser as _;
use clap::{Args, Parser, Subcommand, ValueEnum};
use events::time::EventTime;

use crate::roles::Role;

pub(crate) use access::{AccessCommand, AllOr, WhomArgs};
pub(crate) use alerts::AlertsCommand;
pub(crate) use backfill::{BackfillArgs, BackfillCommand};
pub(crate) use control::{AdoptArgs, BedsCommand, ControlCommand, ImportArgs, ListFormat};
pub(crate) use kpi::{KpiArgs, Table};
pub(crate) use vitals::VitalsArgs;

/// Real-time hospital operations: from bed sensor to board, panel and proof.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// A whole hospital on embedded parts: broker, Kafka, ClickHouse, simulator, board.
    Demo(DemoArgs),
    /// Everything between the doors and the boards, or some of it, against real servers.
    Run {
        #[command(flatten)]
        args: RunArgs,
        /// Only this part, and others that are named so; all without it.
        #[arg(long = "role", value_enum)]
        roles: Vec<Role>,
    },
    /// Bring ClickHouse to the schema of this version.
    Migrate(ConfigArgs),
    /// Check a configuration file and the files that it names, and say what is wrong.
    CheckConfig(RunArgs),
    /// Say what the gateway makes of an MQTT payload, or why it does not take it.
    CheckPayload {
        /// The topic, such as medaxis/v1/demo/north/A/r1/A-01/pad-1/bed.
        topic: String,
        /// The file with the payload; `-` is standard input.
        file: PathBuf,
    },
    /// Who may come in: tokens.
    #[command(subcommand)]
    Access(AccessCommand),
    /// Put load on an MQTT broker: devices that say the same thing over and over.
    Load(LoadArgs),
    /// Configuration that changes results, sent through the log.
    #[command(subcommand)]
    Control(ControlCommand),
    /// Alerts: whom they would call, and whether they reach those outside.
    #[command(subcommand)]
    Alerts(AlertsCommand),
    /// What could not be understood: list it, show it, send it again.
    #[command(subcommand)]
    DeadLetter(DeadLetterCommand),
    /// The archive of every input lane.
    #[command(subcommand)]
    Archive(ArchiveCommand),
    /// The records that made a number, and the naive sum that gives it.
    Explain(ExplainArgs),
    /// The values of a KPI, as a table.
    Kpi(KpiArgs),
    /// Compute again what was said in a period, from the archive and Kafka, and compare
    /// ClickHouse's KPIs, alerts, bed histories and late records with it, row by row.
    Verify(VerifyArgs),
    /// What has passed, from a CSV file: folded as if it had been live, beside the log.
    #[command(subcommand)]
    Backfill(BackfillCommand),
    /// Vital signs from a CSV file, to the log.
    Vitals(VitalsArgs),
    /// HL7 v2 messages.
    #[command(subcommand)]
    Hl7(Hl7Command),
    /// The embedded ClickHouse engine, as a child of the demo and of tests.
    #[command(hide = true)]
    ClickhouseEngine {
        #[arg(long)]
        lib: PathBuf,
        #[arg(long)]
        data: PathBuf,
        #[arg(long)]
        listen: SocketAddr,
    },
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ConfigArgs {
    /// Configuration file; what it does not name has its default.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// Listen for HL7 beyond this machine although a listener does not know its senders.
    #[arg(long)]
    pub(crate) allow_unauthenticated_hl7: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct DemoArgs {
    /// Decides everything that is random.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// A scenario's name or file.
    #[arg(long, default_value = "cleaning_shortage")]
    pub(crate) scenario: String,
    /// What goes wrong: `none`, `all`, or such as `repeat=0.05,delay=0.02`.
    #[arg(long, default_value = "none")]
    pub(crate) faults: String,
    /// How many times as fast as real time.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) speed: f64,
    /// Hours that have already passed when the board opens.
    #[arg(long, default_value_t = 24)]
    pub(crate) history_hours: u32,
    /// End by itself after so many seconds, such as `60s`.
    #[arg(long = "for", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) run_for: Option<u64>,
    /// Print a report as the last line.
    #[arg(long, value_enum, requires = "run_for")]
    pub(crate) report: Option<Report>,
    /// Take the tokens of this access file in place of new ones.
    #[arg(long, value_name = "FILE")]
    pub(crate) access: Option<PathBuf>,
    /// Keep ClickHouse's data in this folder, and use what is there.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) keep: Option<PathBuf>,
    /// Port of the board and the API; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// Port of the embedded MQTT broker for version 5; 0 takes a free one.
    #[arg(long, default_value_t = 1883)]
    pub(crate) mqtt_port: u16,
    /// A Kafka to use in place of the embedded one; a run of its own gets its own topics.
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) kafka: Option<String>,
    /// An MQTT broker to use in place of the embedded one.
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) mqtt: Option<String>,
    /// A ClickHouse to use in place of the embedded one.
    #[arg(long, value_name = "URL")]
    pub(crate) clickhouse: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct LoadArgs {
    /// The broker.
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) mqtt: SocketAddr,
    /// Devices that take turns.
    #[arg(long, default_value_t = 5_000)]
    pub(crate) devices: usize,
    /// Readings a second; 0 as fast as the broker takes them.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) rate: u64,
    /// Readings in one payload, 1 to 500.
    #[arg(long, default_value_t = 10)]
    pub(crate) batch: usize,
    /// How many readings altogether.
    #[arg(long, default_value_t = 100_000)]
    pub(crate) readings: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Report {
    /// One JSON object.
    Json,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct SiteArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[arg(long)]
    pub(crate) tenant: String,
    #[arg(long)]
    pub(crate) site: String,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    pub(crate) site: SiteArgs,
    /// Name of a KPI, such as occupancy.
    pub(crate) kpi: String,
    /// The ward; without it, or as `-`, the whole site.
    #[arg(long)]
    pub(crate) ward: Option<String>,
    /// A time within the window (RFC 3339).
    #[arg(long, value_name = "TIME")]
    pub(crate) window: String,
    /// Length of the window in seconds: 60, 900 or 3600, which it is without it.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) resolution: Option<u32>,
    /// Which of its numbers: value (as without it), peak, peak_at, p50, p90, n, missing, invalid.
    #[arg(long)]
    pub(crate) stat: Option<String>,
    /// Which revision of the window; without it the newest.
    #[arg(long)]
    pub(crate) revision: Option<u32>,
    /// The newest revision that had been said by then (RFC 3339).
    #[arg(long, value_name = "TIME")]
    pub(crate) as_known_at: Option<String>,
    /// How to print it.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a reader.
    Text,
    /// One JSON object.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ArchiveCommand {
    /// Read all of it and what Kafka holds after it: was anything changed, is anything missing?
    Check(ConfigArgs),
}

#[derive(Clone, Debug, Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// From when on, in cell time: what was said from here on (RFC 3339).
    #[arg(long, value_name = "TIME", value_parser = EventTime::parse)]
    pub(crate) from: EventTime,
    /// Until when, itself no longer.
    #[arg(long, value_name = "TIME", value_parser = EventTime::parse)]
    pub(crate) to: EventTime,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeadLetterCommand {
    /// The newest dead letters, a JSON object a line.
    List(ListArgs),
    /// One dead letter: the original as it came on standard output, the rest on standard error.
    Show {
        #[command(flatten)]
        config: ConfigArgs,
        /// Its id, as list prints it.
        id: LetterId,
    },
    /// Send a message again, as if it had come right when it first came.
    Retry(RetryArgs),
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// Only those with this reason.
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// How many at most.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).map(usize::from))]
    pub(crate) limit: usize,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct RetryArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// Its id, as list prints it.
    pub(crate) id: LetterId,
    /// A file with the corrected message, in place of the original.
    #[arg(long, value_name = "FILE")]
    pub(crate) with: Option<PathBuf>,
    /// A corrected topic, in place of the original one.
    #[arg(long)]
    pub(crate) topic: Option<String>,
}

/// Where a dead letter lies in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LetterId {
    pub(crate) lane: u32,
    pub(crate) offset: u64,
}

impl fmt::Display for LetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.lane, self.offset)
    }
}

impl FromStr for LetterId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('/');
        let id = parts.and_then(|(lane, offset)| {
            Some(Self {
                lane: lane.parse().ok()?,
                offset: offset.parse().ok()?,
            })
        });
        id.ok_or("is not LANE/OFFSET, as dead-letter list prints it")
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Hl7Command {
    /// Read files of ADT messages and write what they say to the log.
    Replay(ReplayArgs),
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ReplayArgs {
    /// The files, in the order in which they are to be read.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[arg(long, default_value = "demo")]
    pub(crate) tenant: String,
    #[arg(long, default_value = "north")]
    pub(crate) site: String,
    /// Zone of times without an offset.
    #[arg(long, default_value = "UTC")]
    pub(crate) zone: String,
    /// Character set of messages that name none, as in table 0211.
    #[arg(long, default_value = "UNICODE UTF-8")]
    pub(crate) charset: String,
    /// What the sender's names and codes are here, as for a listener.
    #[arg(long, value_name = "FILE")]
    pub(crate) mapping: Option<PathBuf>,
    /// Print who lies where in the end, and write nothing: no server is needed.
    #[arg(long, value_enum)]
    pub(crate) bed_map: Option<Report>,
    /// With --bed-map: at this time (RFC 3339), from messages up to and including it.
    #[arg(long, requires = "bed_map")]
    pub(crate) at: Option<String>,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

fn seconds(text: &str) -> Result<u64, String> {
    let number = text.strip_suffix('s').unwrap_or(text);
    number
        .parse()
        .map_err(|_| "is not a number of seconds such as 60s".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_what_list_prints() {
        let id: LetterId = "3/17".parse().unwrap();
        assert_eq!(
            (id.lane, id.offset, id.to_string()),
            (3, 17, "3/17".to_owned())
        );
        assert!("17".parse::<LetterId>().is_err());
        assert!("a/1".parse::<LetterId>().is_err());
    }
}

//! What a backfill is going to say: of which windows, under which name, with which wards.
//! Pure.

use anyhow::{Context, ensure};
use events::control::{BedMaster, Control, MasterBed, MasterWard, OccupancySource, Setting};
use events::hours::Hours;
use events::id::WardId;
use events::output::KpiValue;
use events::place::Site;
use events::time::Resolution;
use ingest::csv::{History, How, Kind};
use sha2::{Digest as _, Sha256};
use stream::kpi::KpiSet;
use stream::worker;

use crate::cli::BackfillArgs;
use crate::config::Config;
use crate::control;

use super::says;

/// How much of the hash names a run, in bytes.
const NAME_BYTES: usize = 8;

/// What is going to be said.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) site: Site,
    /// Names the run: the same for the same file, read in the same way.
    pub(super) run: String,
    /// By name.
    pub(super) kpis: Vec<&'static str>,
    /// First instant of the first window, and of the first that is not said any more.
    pub(super) windows: (i64, i64),
    /// The newest time in the file, and its line.
    pub(super) newest: (i64, u64),
    pub(super) master: Control,
    /// Wards that the file names and the bed master does not: they have no numbers.
    pub(super) wards_not_listed: usize,
    pub(super) stream: worker::Config,
}

impl Plan {
    /// Of a file that was read.
    ///
    /// # Errors
    /// It says nothing, or the bed master is another site's.
    pub(super) fn new(
        config: &Config,
        site: Site,
        (args, how): (&BackfillArgs, &How),
        history: &History,
    ) -> anyhow::Result<Self> {
        let (first, newest) = (history.entries.first(), history.entries.last());
        let (first, newest) = first.zip(newest).with_context(|| {
            format!(
                "file {}: no row says anything, {} of {} were rejected",
                args.file.display(),
                history.rejected,
                history.rows
            )
        })?;
        let mut master_hash = Vec::new();
        let master = match &args.master {
            None => from_file(&site, history, (how.kind, &args.zone)),
            Some(file) => {
                master_hash = std::fs::read(file).with_context(|| file.display().to_string())?;
                control::read_master(file)?
            }
        };
        ensure!(
            master.site == site,
            "--master: is the bed master of another site"
        );
        let kpis = says::kpis(how);
        ensure!(
            !kpis.is_empty(),
            "--map: no KPI follows from these columns alone"
        );
        let listed = match &master.setting {
            Setting::Master(master) => &master.wards[..],
            _ => &[],
        };
        let is_listed = |ward: &WardId| listed.iter().any(|entry| entry.ward == *ward);
        let unlisted = history.wards.iter().filter(|ward| !is_listed(ward));
        let mut stream = config.stream();
        // What it reads is one file; and nobody keeps shorter windows for as long.
        (stream.workers, stream.lanes) = (1, 1);
        stream.site.shortest = Resolution::Hour;
        stream.site.is_live = false;
        stream.site.kpis = KpiSet::of(|kpi| kpis.contains(&kpi.name));
        Ok(Self {
            run: run_name(&site, args, how, (&history.sha256, &master_hash)),
            kpis,
            windows: (
                Resolution::Hour.window(first.at.0, None).span.from,
                Resolution::Hour.window(newest.at.0, None).span.to,
            ),
            newest: (newest.at.0, newest.line),
            wards_not_listed: unlisted.count(),
            master,
            site,
            stream,
        })
    }

    /// Leaves to the live log what ends after its first tick.
    pub(super) fn end_before(&mut self, first_ms: i64) {
        let whole = Resolution::Hour.window(first_ms, None).span.from;
        self.windows.1 = self.windows.1.min(whole);
    }

    /// Whether a row is one that it says.
    pub(super) fn has(&self, row: &KpiValue) -> bool {
        let (from, to) = self.windows;
        let end = row.window_ms + i64::from(row.resolution_s) * 1_000;
        from <= row.window_ms && end <= to && self.kpis.contains(&row.kpi.as_str())
    }
}

/// The same for the same file, the same way of reading it, and the same bed master.
fn run_name(
    site: &Site,
    args: &BackfillArgs,
    how: &How,
    (file, master): (&[u8; 32], &[u8]),
) -> String {
    let mut hash = Sha256::new();
    let (site, map) = (events::topic::site_key(site), how.map.canonical());
    let parts = [
        site.as_bytes(),
        how.kind.name().as_bytes(),
        map.as_bytes(),
        args.zone.as_bytes(),
        &[how.separator],
        file,
        master,
    ];
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let code = hash.finalize();
    let digits: String = code[..NAME_BYTES]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("backfill-{}-{digits}", how.kind.name())
}

/// The wards that a file names. Its beds count where it is about beds; how many of a
/// ward's beds were staffed, a file of stays does not say.
fn from_file(site: &Site, history: &History, (kind, zone): (Kind, &str)) -> Control {
    let ward = |ward: &WardId| MasterWard {
        ward: ward.clone(),
        label: ward.label(),
        source: OccupancySource::Visits,
        beds: match kind {
            Kind::Cleaning => beds(history, ward),
            Kind::Stays | Kind::Appointments | Kind::Requests => Vec::new(),
        },
    };
    Control {
        site: site.clone(),
        setting: Setting::Master(BedMaster {
            label: None,
            time_zone: Some(zone.to_owned()),
            wards: history.wards.iter().map(ward).collect(),
        }),
    }
}

fn beds(history: &History, ward: &WardId) -> Vec<MasterBed> {
    let of_ward = history.beds.iter().filter(|key| key.ward == *ward);
    of_ward
        .map(|key| MasterBed {
            bed: key.bed.clone(),
            room: None,
            label: key.bed.label(),
            staffed: true,
            hours: Hours::default(),
        })
        .collect()
}

//! Names of the archive's objects.

use std::fmt;
use std::str::FromStr;

use events::topic::KafkaTopic;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use object_store::path::Path;

/// A day of cell time, in UTC. What came before the first tick of a lane counts as
/// 1970-01-01 when no tick followed it into the same file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(Date);

impl Day {
    /// The day of an instant; times that no calendar has count as the last day.
    pub(crate) fn of(cell_ms: i64) -> Self {
        let at = Timestamp::from_millisecond(cell_ms.max(0)).unwrap_or(Timestamp::MAX);
        Self(at.to_zoned(TimeZone::UTC).date())
    }
}

/// Such as `2026-01-02`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Day {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Where the archive of one log is.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    log: String,
}

impl Layout {
    /// Of the log with this name.
    pub(crate) fn new(log: &str) -> Self {
        let log = log.trim_end_matches('.').replace('/', ".");
        Self { log }
    }

    /// All files of a lane.
    pub(crate) fn lane(&self, topic: KafkaTopic, lane: u32) -> Path {
        let (log, topic) = (&self.log, topic.name());
        Path::from(format!("archive/{log}/{topic}/lane={lane:02}"))
    }

    /// The files of a lane of one day.
    pub(crate) fn day(&self, topic: KafkaTopic, lane: u32, day: Day) -> Path {
        Path::from(format!("{}/date={day}", self.lane(topic, lane)))
    }

    /// The file that begins with this offset.
    pub(crate) fn file(&self, topic: KafkaTopic, lane: u32, day: Day, first: u64) -> Path {
        Path::from(format!(
            "{}/{first:020}.parquet",
            self.day(topic, lane, day)
        ))
    }

    /// All manifests.
    pub(crate) fn manifests(&self) -> Path {
        Path::from(format!("archive/{}/manifests", self.log))
    }

    /// The manifest of a day.
    pub(crate) fn manifest(&self, day: Day) -> Path {
        Path::from(format!("{}/{day}.json", self.manifests()))
    }
}

/// The offset that a file's name says.
pub(crate) fn first_offset(file: &Path) -> Option<u64> {
    let digits = file.filename()?.strip_suffix(".parquet")?;
    digits.parse().ok()
}

/// The day that a folder's name says.
pub(crate) fn day_of_folder(folder: &Path) -> Option<Day> {
    folder.filename()?.strip_prefix("date=")?.parse().ok()
}

/// The day that a manifest's name says.
pub(crate) fn day_of_manifest(manifest: &Path) -> Option<Day> {
    manifest.filename()?.strip_suffix(".json")?.parse().ok()
}

//! One device, as its lane knows it, wherever it stands. Many readings go in;
//! what comes out is what changes something, and now and then that it was heard.

use std::collections::BTreeSet;
use std::sync::Arc;

use events::fact::SensorFact;
use events::place::{Place, Site};
use events::reason::Reason;
use events::sensor::{self, Reading, Sensor};
use serde::{Deserialize, Serialize};

use super::absence::Absences;
use super::dedup::{Seen, Verdict};
use super::hearing::Hearing;
use super::statements::{At, Statement, Statements};
use super::{LaneCounts, News, Report};

/// A device is reported as heard at most this often, in milliseconds of event time.
const HEARD_EVERY_MS: i64 = 30_000;

/// Where a reading came from, and what it is told with.
pub(super) struct Context<'a> {
    /// Places by their number.
    pub(super) places: &'a [Arc<Place>],
    /// The number of the place where the device stood.
    pub(super) place: u32,
    /// Readings from before are beyond the horizon.
    pub(super) edge: i64,
    /// Absences and gaps from before are forgotten.
    pub(super) kept_from: i64,
    pub(super) counts: &'a mut LaneCounts,
    pub(super) reports: &'a mut Vec<Report>,
}

/// What is known of a device.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Device {
    site: Arc<Site>,
    name: Arc<str>,
    /// Where it stood when it last said something.
    place: u32,
    seen: Seen,
    hearing: Hearing,
    statements: Statements,
    absences: Absences,
    reported: i64,
    quiet: bool,
    /// When to look whether it has gone quiet; nothing before it is heard.
    check: Option<i64>,
}

impl Device {
    /// A device of which nothing has been heard.
    pub(super) fn new(site: Arc<Site>, name: Arc<str>, place: u32) -> Self {
        Self {
            site,
            name,
            place,
            seen: Seen::default(),
            hearing: Hearing::default(),
            statements: Statements::default(),
            absences: Absences::default(),
            reported: i64::MIN,
            quiet: false,
            check: None,
        }
    }

    /// Devices of one site share its name.
    pub(super) fn share_site(&mut self, sites: &mut BTreeSet<Arc<Site>>) {
        match sites.get(&self.site) {
            Some(site) => self.site = site.clone(),
            None => drop(sites.insert(self.site.clone())),
        }
    }

    /// When it was last heard.
    pub(super) fn last(&self) -> Option<i64> {
        self.hearing.last()
    }

    /// When to look whether it has gone quiet.
    pub(super) fn check(&self) -> Option<i64> {
        self.check
    }

    /// Notes when to look whether it has gone quiet. Returns that.
    pub(super) fn check_at(&mut self, due: i64) -> i64 {
        self.check = Some(due);
        due
    }

    /// Folds a reading, or what was told of its coming and going.
    pub(super) fn fold(&mut self, reading: &Reading, context: &mut Context<'_>) {
        context.counts.readings += 1;
        let Some(sensor) = sensor::by_code(reading.code) else {
            return;
        };
        if sensor.presence {
            self.come_or_go(reading, sensor, context);
            return;
        }
        match self.seen.judge(reading.boot, reading.seq) {
            Verdict::New if reading.at.0 < context.edge => {
                self.set_aside(reading, Reason::BeyondHorizon, context);
            }
            Verdict::New => {
                self.say(reading, sensor, context);
                self.hear(reading, context);
            }
            Verdict::Duplicate => context.counts.duplicates += 1,
            Verdict::BootTooOld => self.set_aside(reading, Reason::BootTooOld, context),
            Verdict::SeqTooOld => self.set_aside(reading, Reason::SeqTooOld, context),
        }
    }

    /// Notices at cell time `now` that it has gone quiet; says so once.
    pub(super) fn go_quiet(&mut self, context: &mut Context<'_>) {
        if !self.quiet {
            self.quiet = true;
            self.report_absence(context);
        }
    }

    /// Statements of states go on when they change something, events always.
    fn say(&mut self, reading: &Reading, sensor: &Sensor, context: &mut Context<'_>) {
        let at = (reading.at.0, reading.boot, reading.seq);
        let fact = (sensor.fact)(reading.value);
        let is_event = matches!(fact, SensorFact::Cleaning(_));
        let (Ok(value), Ok(code)) = (
            i16::try_from(reading.value.value & state_mask(fact)),
            u8::try_from(sensor.code),
        ) else {
            return;
        };
        let place = context.place;
        let statement = Statement {
            place,
            value,
            code,
            is_event,
        };
        for (at, said) in self.statements.say(at, statement, context.edge) {
            self.pass_on(at, said, context);
        }
    }

    fn pass_on(&self, at: At, said: Statement, context: &mut Context<'_>) {
        let Some(sensor) = sensor::by_code(u32::from(said.code)) else {
            return;
        };
        let (value, extra) = (i32::from(said.value), None);
        let fact = (sensor.fact)(sensor::Value { value, extra });
        self.report(said.place, News::Said { at, fact }, context);
    }

    fn hear(&mut self, reading: &Reading, context: &mut Context<'_>) {
        let at = reading.at.0;
        let gaps_changed = self.hearing.hear(at);
        let back = self.absences.heard(at, reading.boot);
        let last = self.hearing.last().expect("it was just heard");
        let loud = self.quiet && last == at;
        if last == at {
            self.place = context.place;
        }
        if gaps_changed || back || loud {
            self.quiet &= !loud;
            self.report_absence(context);
        } else if last >= self.reported.saturating_add(HEARD_EVERY_MS) {
            self.reported = last;
            self.report(self.place, News::Heard { last }, context);
        }
    }

    fn come_or_go(&mut self, reading: &Reading, sensor: &Sensor, context: &mut Context<'_>) {
        let online = (sensor.fact)(reading.value) == SensorFact::Presence { online: true };
        let changed = if online {
            self.absences.birth(reading.at.0, reading.boot)
        } else {
            let spoken = self.seen.newest_boot();
            self.absences.will(reading.at.0, reading.boot, spoken)
        };
        if changed {
            self.report_absence(context);
        }
    }

    fn report_absence(&mut self, context: &mut Context<'_>) {
        self.hearing.forget(context.kept_from);
        self.absences.forget(context.kept_from);
        let last = self.hearing.last();
        self.reported = last.unwrap_or(i64::MIN);
        let absence = News::Absent {
            last,
            gaps: self.hearing.gaps(),
            gone: self.absences.all().to_vec(),
            quiet: self.quiet,
        };
        self.report(self.place, absence, context);
    }

    fn set_aside(&self, reading: &Reading, reason: Reason, context: &mut Context<'_>) {
        let at = reading.at.0;
        self.report(context.place, News::SetAside { reason, at }, context);
    }

    fn report(&self, place: u32, news: News, context: &mut Context<'_>) {
        context.reports.push(Report {
            site: self.site.clone(),
            device: self.name.clone(),
            place: context.places[place as usize].clone(),
            news,
        });
    }
}

/// The bits of a value that make up the state; others, such as a pad's exit
/// warning, come and go without changing it.
const fn state_mask(fact: SensorFact) -> i32 {
    match fact {
        SensorFact::Pad { .. } => 1,
        _ => i32::MAX,
    }
}

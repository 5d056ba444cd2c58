//! Says the windows that have closed, and those that were changed since.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use events::hours::Hours;
use events::id::WardId;
use events::output::{KpiValue, Output, WHOLE_SITE};
use events::time::{Resolution, Span, Window};

use super::SiteFold;
use crate::kpi::opening::OnTheWall;
use crate::kpi::{self, View, WardInView, cover};
use crate::master::{ListedWard, Version};
use crate::trace::WardTraces;
use crate::version::{self, OPENING_HOURS, SILENT_SOURCES};
use crate::weeks::Dark;
use crate::windows::{Block, Scope};

impl SiteFold {
    pub(super) fn say_windows(&mut self, now: i64) {
        // What was closed before is corrected first, then the next is closed.
        let changed = self.windows.take_changed();
        let mut weeks = BTreeSet::new();
        for (scope, resolution, window) in changed {
            self.say_window(now, &scope, resolution, window);
            if resolution == Resolution::Day {
                let week = self.windows.closed_week(window, &self.master);
                weeks.extend(week.map(|week| (scope, week)));
            }
        }
        for (scope, week) in weeks {
            self.say_window(now, &scope, Resolution::Week, week);
        }
        let watermark = now - self.horizons().disorder_ms;
        for (resolution, window) in self.windows.close(watermark, &self.master) {
            for scope in self.scopes(resolution, window) {
                self.say_window(now, &scope, resolution, window);
            }
        }
    }

    /// Of whom a window is said.
    fn scopes(&self, resolution: Resolution, window: Window) -> Vec<Scope> {
        if resolution == Resolution::Week {
            return self.days.scopes();
        }
        let wards = self.master.at(window.span.from).wards();
        let wards = wards.map(|(ward, _)| Some(ward.clone()));
        wards.chain([None]).collect()
    }

    fn say_window(&mut self, now: i64, scope: &Scope, resolution: Resolution, window: Window) {
        let span = window.span;
        if version::since(resolution) > self.versions.at(span.to) {
            return;
        }
        let measured = match resolution {
            Resolution::Week => self
                .days
                .together(scope, window)
                .map(|week| (week, Dark::new())),
            _ => self.measure(scope, span),
        };
        let Some((block, dark)) = measured else {
            return;
        };
        if resolution == Resolution::Day {
            let version = self.versions.now();
            self.days.keep(scope, window, version, (&block, dark));
        }
        let Some(revision) = self.windows.revise(scope, resolution, window, &block) else {
            return;
        };
        self.corrections += u64::from(revision > 0);
        let ward = scope.as_ref().map_or(WHOLE_SITE, WardId::as_str);
        for (kpi, row, cover) in block {
            self.touched.outputs.push(Output::Kpi(KpiValue {
                tenant: self.site.tenant.to_string(),
                site: self.site.site.to_string(),
                ward: ward.to_owned(),
                kpi: kpi::all()[kpi].name.to_owned(),
                stat: row.stat.name().to_owned(),
                resolution_s: resolution.seconds(),
                window_ms: span.from,
                revision,
                numerator: row.numerator,
                denominator: row.denominator,
                as_of_ms: now,
                version: self.versions.now(),
                coverage_ppm: cover.map(|cover| cover.coverage_ppm),
                lower: cover.and_then(|cover| cover.lower),
                upper: cover.and_then(|cover| cover.upper),
                ..KpiValue::default()
            }));
        }
    }

    /// The rows of a window, and which KPIs have none for want of what was not told; nothing of a ward that was not listed when it began.
    fn measure(&self, scope: &Scope, window: Span) -> Option<(Block, Dark)> {
        let version = self.master.at(window.from);
        let is_listed = |ward| version.ward(ward).is_some();
        if !scope.as_ref().is_none_or(is_listed) {
            return None;
        }
        let nothing = WardTraces::default();
        let wards = self.wards_in_view(version, scope, window, &nothing);
        let in_force = self.versions.now();
        let says_cover = SILENT_SOURCES <= in_force;
        let uncovered = says_cover.then(|| self.uncovered(version, scope, window));
        let said = kpi::all()
            .iter()
            .enumerate()
            .filter(|(place, spec)| spec.version <= in_force && self.config.kpis.has(*place));
        let (mut block, mut dark) = (Block::new(), Dark::new());
        for (place, spec) in said {
            let view = View::new(&wards, window, version.zone(), in_force);
            let rows = (spec.measure)(&view);
            let lacks = uncovered.as_ref();
            let lacks = lacks.map_or_else(Vec::new, |lacks| lacks.of(view.looked().feeds()));
            if rows.is_empty() && !lacks.is_empty() {
                dark.push((spec.name.to_owned(), cover::coverage_ppm(window, &lacks)));
            }
            let rows = cover::covered(spec, &view, rows, &lacks).into_iter();
            block.extend(rows.map(|(row, cover)| (place, row, says_cover.then_some(cover))));
        }
        Some((block, dark))
    }

    /// The wards of a scope as listed in `version`, in a window; of which nothing is left
    /// behind, `nothing` is.
    pub(super) fn wards_in_view<'a>(
        &'a self,
        version: &'a Version,
        scope: &Scope,
        window: Span,
        nothing: &'a WardTraces,
    ) -> Vec<WardInView<'a>> {
        let in_scope = |ward: &WardId| scope.as_ref().is_none_or(|only| only == ward);
        let know_hours = OPENING_HOURS <= self.versions.now();
        let on_the_wall = LazyCell::new(|| OnTheWall::new(version.zone(), window));
        let open = |(bed, hours): (&'a String, &Hours)| (bed.as_str(), on_the_wall.open(hours));
        let with_hours = |listed: &'a ListedWard| {
            let known = listed.hours.iter().filter(|_| know_hours);
            known.map(open).collect()
        };
        version
            .wards()
            .filter(|(ward, _)| in_scope(ward))
            .map(|(ward, listed)| WardInView {
                ward,
                traces: self.wards.get(ward).map_or(nothing, |traces| traces),
                listed: &listed.listed,
                staffed: &listed.staffed,
                open: with_hours(listed),
                hours: &listed.hours,
            })
            .collect()
    }
}

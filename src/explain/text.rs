//! An explanation as somebody reads it in a terminal.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use events::output::WHOLE_SITE;
use events::time::MINUTE_MS;
use simulators::truth::timeline::Took;
use simulators::truth::{Amount, Term};
use stream::kpi::cover::WHOLE_PPM;
use stream::site::epoch_time;
use stream::site::explain::finder::{Found, Tale};

use super::answer::{Answer, LISTED_MAX, said};
use super::words;

impl Display for Answer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.head(f)?;
        self.sources(f)?;
        self.sum(f)?;
        match &self.differences()[..] {
            [] => writeln!(
                f,
                "\nStored, folded again from the log, and derived from these records alone: the same."
            ),
            differences => differences
                .iter()
                .try_for_each(|line| writeln!(f, "\nDIFFERS: {line}")),
        }
    }
}

impl Answer {
    fn head(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (key, window) = (&self.question.key, self.question.window);
        let ward = match key.ward.as_str() {
            WHOLE_SITE => "the whole site",
            ward => ward,
        };
        writeln!(
            f,
            "{} ({}) of {ward}, {}/{}\nwindow    {} to {} ({} s)\nstored    {}{}\n          \
             revision {}, said at {} (epoch {})",
            key.kpi,
            key.stat,
            key.site.tenant,
            key.site.site,
            words::time(window.from),
            words::time(window.to),
            key.resolution_s,
            said(Some(self.number())),
            self.value(),
            self.stored.revision,
            words::time(epoch_time(self.stored.epoch)),
            self.stored.epoch,
        )?;
        self.covered(f)
    }

    /// How much of its window its sources covered; nothing where that is all of it, or not
    /// known.
    fn covered(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let lacks = self.cover().filter(|cover| cover.coverage_ppm < WHOLE_PPM);
        let Some(cover) = lacks else {
            return Ok(());
        };
        let of = |bound: Option<i64>| bound.map_or_else(|| "none".to_owned(), |it| it.to_string());
        let hundredths = cover.coverage_ppm / 100;
        writeln!(
            f,
            "covered   {}.{:02} % of the window; the numerator is at least {}, at most {}",
            hundredths / 100,
            hundredths % 100,
            of(cover.lower),
            of(cover.upper),
        )?;
        for (span, source) in self.silent.iter().take(LISTED_MAX) {
            let (from, to) = (words::time(span.from), words::time(span.to));
            writeln!(f, "          {source} was silent from {from} to {to}")?;
        }
        Ok(())
    }

    /// The number divided, to three places.
    fn value(&self) -> String {
        let (numerator, denominator) = self.number();
        if denominator <= 1 {
            return String::new();
        }
        let thousandths = i128::from(numerator) * 1_000 / i128::from(denominator);
        let unit = self.question.kpi.unit;
        format!(
            " = {}.{:03} {unit}",
            thousandths / 1_000,
            thousandths % 1_000
        )
    }

    /// For how long the beds were open, when some were not all the time.
    fn open(&self) -> String {
        let Some(derived) = &self.derived else {
            return String::new();
        };
        let beds = i64::try_from(derived.staffed).unwrap_or(i64::MAX);
        let all_ms = beds.saturating_mul(self.question.window.length_ms());
        match derived.open_ms {
            open_ms if open_ms == all_ms => String::new(),
            open_ms => format!(", open for {} min together", open_ms / MINUTE_MS),
        }
    }

    fn sources(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some((since, offset)) = self.master {
            let staffed = self.derived.as_ref().map_or(0, |derived| derived.staffed);
            let open = self.open();
            writeln!(
                f,
                "beds      {staffed} staffed{open}, as listed by control lane 0 offset {offset}, in \
                 force since {}",
                words::time(since)
            )?;
        }
        for ((topic, lane), offset) in &self.begins {
            writeln!(
                f,
                "NOTE      {} lane {lane} begins at offset {offset}: what was before is neither in the \
                 archive nor in kafka",
                topic.name()
            )?;
        }
        writeln!(f, "\nIt follows from {} records:", self.records.len())?;
        for found in self.records.iter().take(LISTED_MAX) {
            record(f, found, "")?;
        }
        left_off(f, self.records.len())?;
        if !self.kept.is_empty() {
            writeln!(
                f,
                "\nand from what is known of before the correction horizon, whose records are let go of:"
            )?;
        }
        for tale in &self.kept {
            writeln!(f, "  {:<32}{}", "", of(tale))?;
        }
        if !self.refused.is_empty() {
            writeln!(f, "\nNot counted, in this window and of the same lives:")?;
        }
        for (found, reason) in self.refused.iter().take(LISTED_MAX) {
            record(f, found, reason.code())?;
        }
        Ok(())
    }

    fn sum(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nFrom these records alone, by the naive definition:")?;
        let mut terms: Vec<&Term> = self.terms().iter().collect();
        terms.sort_by_key(|term| match term.amount {
            Amount::Lasted(span) => (0, span.from),
            Amount::Took(_, Took::Ms(ms)) => (0, ms),
            Amount::Took(ended, _) => (1, ended),
            Amount::One(at) => (0, at),
        });
        let ranked = self.ranked(&terms);
        for (place, term) in terms.iter().take(LISTED_MAX).enumerate() {
            let mark = if ranked == Some(place) {
                "  <- this one"
            } else {
                ""
            };
            writeln!(
                f,
                "  {:<10}{:<16}{}{mark}",
                term.ward.as_str(),
                term.subject,
                amount(term)
            )?;
        }
        left_off(f, terms.len())?;
        let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
        for term in terms {
            if let Amount::Lasted(span) = term.amount {
                *sums.entry(term.what).or_default() += span.length_ms();
            }
        }
        for (what, sum) in sums {
            writeln!(f, "  sum {what}: {sum} ms")?;
        }
        writeln!(f, "  {} = {}", self.question.key.stat, said(self.naive()))
    }

    /// Which of the terms, sorted, a percentile is.
    fn ranked(&self, terms: &[&Term]) -> Option<usize> {
        let percent = match self.question.key.stat.as_str() {
            "p50" => 50,
            "p90" => 90,
            _ => return None,
        };
        let took = |term: &&&Term| matches!(term.amount, Amount::Took(_, Took::Ms(_)));
        let count = terms.iter().filter(took).count();
        (percent * count).div_ceil(100).checked_sub(1)
    }
}

fn record(f: &mut Formatter<'_>, found: &Found, reason: &str) -> fmt::Result {
    let place = format!(
        "{} lane {} offset {} #{}",
        found.topic.name(),
        found.lane,
        found.offset,
        found.index
    );
    writeln!(
        f,
        "  {place:<32}{}{}{reason}",
        of(&found.tale),
        if reason.is_empty() { "" } else { ": " }
    )
}

fn of(tale: &Tale) -> String {
    let (at, told) = words::times(tale);
    let (source, says) = (words::source(tale), words::says(tale));
    format!("at {at}, told {told} by {source}: {says}")
}

fn amount(term: &Term) -> String {
    match term.amount {
        Amount::Lasted(span) => format!(
            "{} {} to {}: {} ms",
            term.what,
            words::time(span.from),
            words::time(span.to),
            span.length_ms()
        ),
        Amount::Took(ended, Took::Ms(ms)) => format!(
            "{ms} ms ({}.{:02} min), ended {}",
            ms / MINUTE_MS,
            ms % MINUTE_MS * 100 / MINUTE_MS,
            words::time(ended)
        ),
        Amount::Took(ended, Took::Missing) => {
            format!(
                "missing: its start or end was never said; ended {}",
                words::time(ended)
            )
        }
        Amount::Took(ended, Took::Invalid) => {
            format!("invalid: negative; ended {}", words::time(ended))
        }
        Amount::One(at) => format!("1 {}, {}", term.what, words::time(at)),
    }
}

fn left_off(f: &mut Formatter<'_>, all: usize) -> fmt::Result {
    match all.saturating_sub(LISTED_MAX) {
        0 => Ok(()),
        more => writeln!(f, "  and {more} more"),
    }
}

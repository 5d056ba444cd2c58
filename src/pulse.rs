//! How each source of the boards is, judged from one look at it to the next: whether it answers,
//! since when it does not, how far behind it is. Pure: each look brings its time along.

use std::collections::BTreeMap;

use events::time::CellTime;
use sinks::{Source, SourceState};

/// How long a source may be silent or behind before boards are told, in real milliseconds.
const PATIENCE_MS: f64 = 5_000.0;

/// What is seen of the sources at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) cell: CellTime,
    /// Whether the gateway is connected; nothing while there is none in this process.
    pub(crate) mqtt: Option<bool>,
    /// Up to where the processor has folded the log.
    pub(crate) folded: CellTime,
    /// The insert that ClickHouse has not acknowledged, if any; nothing where another
    /// process stores.
    pub(crate) storing: Option<Option<u64>>,
}

/// What was seen so far.
pub(crate) struct Watch {
    patience_ms: i64,
    mqtt: Since<bool>,
    folded: Since<CellTime>,
    kafka: Since<SourceState>,
    storing: Since<Option<u64>>,
    clickhouse: Since<SourceState>,
}

/// A value, and when it was first seen so.
struct Since<T>(Option<(T, i64)>);

impl<T: PartialEq> Since<T> {
    /// Gives since when it has been so.
    fn see(&mut self, value: T, now: i64) -> i64 {
        match &self.0 {
            Some((known, since)) if *known == value => *since,
            _ => self.0.insert((value, now)).1,
        }
    }
}

impl Watch {
    /// Nothing seen yet; `speed` is that of the cell's clock.
    pub(crate) fn new(speed: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "a speed is 1,000 at most")]
        let patience_ms = (PATIENCE_MS * speed) as i64;
        Self {
            patience_ms,
            mqtt: Since(None),
            folded: Since(None),
            kafka: Since(None),
            storing: Since(None),
            clickhouse: Since(None),
        }
    }

    /// Takes another look and judges.
    pub(crate) fn look(&mut self, look: Look) -> BTreeMap<&'static str, Source> {
        let mut sources = BTreeMap::from([("kafka", self.kafka(look))]);
        if let Some(storing) = look.storing {
            sources.insert("clickhouse", self.clickhouse(look.cell.0, storing));
        }
        if let Some(connected) = look.mqtt {
            sources.insert("mqtt", self.mqtt(look.cell.0, connected));
        }
        sources
    }

    /// A connection that has just gone may be back at once.
    fn mqtt(&mut self, now: i64, connected: bool) -> Source {
        let since_ms = self.mqtt.see(connected, now);
        let state = match connected {
            true => SourceState::Live,
            false if now - since_ms < self.patience_ms => SourceState::Late,
            false => SourceState::Lost,
        };
        source(state, since_ms, 0)
    }

    /// The clock of the log stands still when Kafka is away; behind it, the processor moves on.
    fn kafka(&mut self, Look { cell, folded, .. }: Look) -> Source {
        let (now, behind_ms) = (cell.0, (cell.0 - folded.0).max(0));
        let moved_ms = self.folded.see(folded, now);
        let state = if behind_ms < self.patience_ms {
            SourceState::Live
        } else if now - moved_ms < self.patience_ms {
            SourceState::Late
        } else {
            SourceState::Lost
        };
        let began_ms = self.kafka.see(state, now);
        match state {
            SourceState::Live => source(state, began_ms, 0),
            // Before the first fold there is nothing to be behind of.
            _ if folded.0 == 0 => source(state, began_ms, 0),
            SourceState::Late => source(state, began_ms, behind_ms),
            SourceState::Lost => source(state, moved_ms, behind_ms),
        }
    }

    /// An insert that is tried again and again keeps its number.
    fn clickhouse(&mut self, now: i64, storing: Option<u64>) -> Source {
        let tried_ms = self.storing.see(storing, now);
        if storing.is_some() && now - tried_ms >= self.patience_ms {
            self.clickhouse.see(SourceState::Lost, now);
            return source(SourceState::Lost, tried_ms, 0);
        }
        source(
            SourceState::Live,
            self.clickhouse.see(SourceState::Live, now),
            0,
        )
    }
}

fn source(state: SourceState, since_ms: i64, behind_ms: i64) -> Source {
    Source {
        state,
        since_ms,
        behind_ms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_790_000_000_000;
    const SECOND: i64 = 1_000;

    /// All is well `second`s after the start.
    fn well(second: i64) -> Look {
        let cell = CellTime(START + second * SECOND);
        Look {
            cell,
            mqtt: Some(true),
            folded: cell,
            storing: Some(None),
        }
    }

    /// State, since which second, seconds behind.
    fn seen(watch: &mut Watch, name: &str, look: Look) -> (SourceState, i64, i64) {
        let source = watch.look(look)[name];
        let since = (source.since_ms - START) / SECOND;
        (source.state, since, source.behind_ms / SECOND)
    }

    #[test]
    fn a_broker_that_is_away_is_lost_since_it_went() {
        let mut watch = Watch::new(1.0);
        let away = |second| Look {
            mqtt: Some(false),
            ..well(second)
        };
        assert_eq!(seen(&mut watch, "mqtt", well(0)), (SourceState::Live, 0, 0));
        assert_eq!(
            seen(&mut watch, "mqtt", away(10)),
            (SourceState::Late, 10, 0)
        );
        assert_eq!(
            seen(&mut watch, "mqtt", away(15)),
            (SourceState::Lost, 10, 0)
        );
        assert_eq!(
            seen(&mut watch, "mqtt", well(16)),
            (SourceState::Live, 16, 0)
        );
    }

    #[test]
    fn nothing_is_told_of_what_another_process_does() {
        let mut watch = Watch::new(1.0);
        let look = Look {
            mqtt: None,
            storing: None,
            ..well(0)
        };
        let sources: Vec<_> = watch.look(look).into_keys().collect();
        assert_eq!(sources, ["kafka"]);
    }

    #[test]
    fn a_processor_that_catches_up_is_late_and_one_that_stands_is_lost() {
        let mut watch = Watch::new(1.0);
        let at = |second, folded| Look {
            folded: CellTime(START + folded * SECOND),
            ..well(second)
        };
        assert_eq!(
            seen(&mut watch, "kafka", at(0, -3_600)),
            (SourceState::Late, 0, 3_600)
        );
        assert_eq!(
            seen(&mut watch, "kafka", at(1, -1_800)),
            (SourceState::Late, 0, 1_801)
        );
        assert_eq!(
            seen(&mut watch, "kafka", at(2, 0)),
            (SourceState::Live, 2, 0)
        );
        assert_eq!(
            seen(&mut watch, "kafka", at(5, 0)),
            (SourceState::Late, 5, 5)
        );
        assert_eq!(
            seen(&mut watch, "kafka", at(7, 0)),
            (SourceState::Lost, 2, 7)
        );
        assert_eq!(
            seen(&mut watch, "kafka", at(8, 8)),
            (SourceState::Live, 8, 0)
        );
    }

    #[test]
    fn an_insert_that_is_not_acknowledged_shows_after_a_while() {
        let mut watch = Watch::new(1.0);
        let storing = |second, number| Look {
            storing: Some(Some(number)),
            ..well(second)
        };
        for second in 0..20_i64 {
            // Busy, and each insert is another.
            let number = second.unsigned_abs() + 1;
            let (state, ..) = seen(&mut watch, "clickhouse", storing(second, number));
            assert_eq!(state, SourceState::Live);
        }
        assert_eq!(
            seen(&mut watch, "clickhouse", storing(24, 20)),
            (SourceState::Lost, 19, 0)
        );
        assert_eq!(
            seen(&mut watch, "clickhouse", well(30)),
            (SourceState::Live, 30, 0)
        );
    }

    #[test]
    fn patience_is_real_time_however_fast_the_cell_is() {
        let mut watch = Watch::new(60.0);
        let behind = |second| Look {
            folded: CellTime(START),
            ..well(second)
        };
        assert_eq!(seen(&mut watch, "kafka", behind(299)).0, SourceState::Live);
        assert_eq!(seen(&mut watch, "kafka", behind(301)).0, SourceState::Late);
        assert_eq!(seen(&mut watch, "kafka", behind(700)).0, SourceState::Lost);
    }
}

//! What to do when ClickHouse refuses or does not answer: wait and send the same block again, for
//! ever, since nothing else keeps the rows; or stop, when waiting can't help.

use std::time::Duration;

use clickhouse::error::Error;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(10);

/// What to do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Send the same again after this long.
    Retry(Duration),
    /// Somebody has to change the configuration, the schema or the program.
    Stop,
}

/// ClickHouse's codes for what waiting does not cure.
const HOPELESS: [(u32, &str); 12] = [
    (16, "no such column"),
    (36, "bad arguments"),
    (46, "unknown function"),
    (47, "unknown identifier"),
    (53, "type mismatch"),
    (60, "unknown table"),
    (62, "syntax error"),
    (81, "unknown database"),
    (115, "unknown setting"),
    (193, "wrong password"),
    (497, "access denied"),
    (516, "authentication failed"),
];

/// Decides about a failure; `failures` is how many there were before it in a row.
pub(crate) fn decide(error: &Error, failures: u32) -> Decision {
    let stop = match error {
        Error::BadResponse(text) => {
            code(text).is_some_and(|code| HOPELESS.iter().any(|(known, _)| *known == code))
        }
        // What is wrong with the URL, the schema or the rows will be wrong again.
        Error::InvalidParams(_)
        | Error::Unsupported(_)
        | Error::SchemaMismatch(_)
        | Error::Custom(_)
        | Error::SequenceMustHaveLength => true,
        // The rest can be an answer that was cut off.
        _ => false,
    };
    if stop {
        Decision::Stop
    } else {
        Decision::Retry(pause(failures))
    }
}

/// 100 ms, doubled each time to 10 s at most.
fn pause(failures: u32) -> Duration {
    (FIRST * 2_u32.pow(failures.min(7))).min(LONGEST)
}

/// The number in `Code: 60. DB::Exception: ...`.
fn code(text: &str) -> Option<u32> {
    let rest = text.trim_start().strip_prefix("Code: ")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Error {
        Error::BadResponse(text.to_owned())
    }

    #[test]
    fn the_pause_doubles_to_ten_seconds() {
        let pauses: Vec<u128> = (0..9)
            .map(|failures| match decide(&Error::TimedOut, failures) {
                Decision::Retry(after) => after.as_millis(),
                Decision::Stop => 0,
            })
            .collect();
        assert_eq!(
            pauses,
            [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]
        );
    }

    #[test]
    fn an_absent_or_busy_clickhouse_is_waited_for() {
        for error in [
            Error::Network("connection refused".into()),
            Error::TimedOut,
            answer("Code: 241. DB::Exception: memory limit exceeded"),
            answer("Code: 252. DB::Exception: too many parts"),
            answer("<html>502 Bad Gateway</html>"),
        ] {
            assert!(
                matches!(decide(&error, 0), Decision::Retry(_)),
                "{error:?} was not retried"
            );
        }
    }

    #[test]
    fn what_waiting_does_not_cure_stops() {
        for error in [
            answer("Code: 60. DB::Exception: Table medaxis.kpi does not exist"),
            answer("Code: 516. DB::Exception: Authentication failed"),
            Error::SchemaMismatch("column missing".to_owned()),
            Error::Unsupported("invalid URL, scheme is not http".to_owned()),
        ] {
            assert_eq!(decide(&error, 0), Decision::Stop, "{error:?}");
        }
    }
}

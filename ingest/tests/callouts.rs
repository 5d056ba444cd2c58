//! Real requests of beds, of an intensive care unit: from request to assignment and from
//! assignment to outcome they take as long as a plain reading of the columns says.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by unwrapping")]

use std::collections::BTreeMap;
use std::path::Path;

use events::fact::{VisitEvent, What};
use ingest::csv::columns::Map;
use ingest::csv::moment::Wall;
use ingest::csv::{self, History, How, Kind, Meter, Said};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Milliseconds from request to assignment, and from there to the outcome, by row.
type Durations = BTreeMap<String, (Option<i64>, Option<i64>)>;

fn text() -> String {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/mimic3-demo/callout.csv");
    std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; this test reads the third-party rows in ../shared/data beside the project",
            path.display()
        )
    })
}

/// By the columns alone.
fn plainly(text: &str) -> Durations {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let place = |name: &str| header.iter().position(|column| *column == name).unwrap();
    let columns = ["createtime", "acknowledgetime", "outcometime"].map(place);
    let durations = lines.map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        let time = |column: usize| cells[column].parse::<Timestamp>().ok();
        let [requested, assigned, outcome] =
            columns.map(|column| time(column).map(Timestamp::as_millisecond));
        let took = |from: Option<i64>, to: Option<i64>| Some(to? - from?);
        (
            cells[0].to_owned(),
            (took(requested, assigned), took(assigned, outcome)),
        )
    });
    durations.collect()
}

fn read(text: &str, map: &str) -> History {
    let how = How {
        kind: Kind::Requests,
        map: Map::parse(Kind::Requests, &[map.to_owned()]).unwrap(),
        separator: b',',
        wall: Wall {
            zone: TimeZone::UTC,
            // Its dates were moved a century and more into the future.
            now_ms: i64::MAX,
        },
    };
    csv::read(text.as_bytes(), &how, &Meter::default()).unwrap()
}

/// By the facts that the file becomes.
fn told(history: &History) -> Durations {
    let mut times: BTreeMap<String, [Option<i64>; 3]> = BTreeMap::new();
    for entry in &history.entries {
        let Said::Fact(What::Visit { visit, event, .. }) = &entry.said else {
            panic!("{entry:?}");
        };
        let step = match event {
            VisitEvent::BedRequested(_) => 0,
            VisitEvent::BedAssigned(_) => 1,
            VisitEvent::Admitted(_) => 2,
            other => panic!("{other:?}"),
        };
        times.entry(visit.to_string()).or_default()[step] = Some(entry.at.0);
    }
    let took = |from: Option<i64>, to: Option<i64>| Some(to? - from?);
    let durations = times.into_iter();
    durations
        .map(|(row, [requested, assigned, outcome])| {
            (row, (took(requested, assigned), took(assigned, outcome)))
        })
        .collect()
}

#[test]
fn requests_of_others_take_as_long_as_their_columns_say() {
    let text = text();
    let map = "visit=row_id,ward=callout_wardid,requested=createtime,assigned=acknowledgetime,placed=outcometime";
    let history = read(&text, map);
    assert_eq!(
        (history.rows, history.rejected),
        (77, 0),
        "{:?}",
        history.listed
    );
    let expected = plainly(&text);
    assert_eq!(told(&history), expected);
    let measured = expected.values().filter(|(assigned, _)| assigned.is_some());
    assert_eq!(measured.count(), 74);
}

#[test]
fn a_request_that_can_not_have_been_is_rejected_with_the_field() {
    let text = "v,w,r,a,p,c\n\
                1,A,2026-01-02 10:00,2026-01-02 09:00,,\n\
                2,A,2026-01-02 10:00,,2026-01-02 11:00,2026-01-02 12:00\n\
                3,A,2026-01-02 10:00,2026-01-02 10:00,,\n\
                3,A,2026-01-03 10:00,,,\n\
                4,A,2026-02-31 10:00,,,\n";
    let history = read(
        text,
        "visit=v,ward=w,requested=r,assigned=a,placed=p,cancelled=c",
    );
    let said: Vec<_> = history
        .listed
        .iter()
        .map(|reject| (reject.line, &*reject.reason))
        .collect();
    assert_eq!(
        said,
        [
            (2, "assigned: is before requested"),
            (3, "cancelled: and yet the patient was placed"),
            (5, "visit: was in a line before"),
            (6, "requested: is no time such as 2026-01-31 14:05"),
        ]
    );
}

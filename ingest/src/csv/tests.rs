//! What a file gives, and what is said of rows that give nothing.

use events::fact::VisitEvent;
use jiff::tz::TimeZone;

use super::*;

const STAYS: &[&str] = &["visit=v,ward=w,in=a,out=z"];

fn how(kind: Kind, map: &[&str]) -> How {
    let map: Vec<String> = map.iter().map(|text| (*text).to_owned()).collect();
    How {
        kind,
        map: Map::parse(kind, &map).unwrap(),
        separator: b',',
        wall: Wall {
            zone: TimeZone::get("Europe/Berlin").unwrap(),
            now_ms: at("2026-06-01T00:00:00Z"),
        },
    }
}

fn at(text: &str) -> i64 {
    EventTime::parse(text).unwrap().0
}

fn stays(text: &str) -> Result<History, Error> {
    read(text.as_bytes(), &how(Kind::Stays, STAYS), &Meter::default())
}

/// Line and reason of each rejected row.
fn rejected(history: &History) -> Vec<(u64, &str)> {
    let listed = history.listed.iter();
    listed
        .map(|reject| (reject.line, reject.reason.as_str()))
        .collect()
}

/// What happened to visits: time, visit, a word and the ward.
fn told(history: &History) -> Vec<(i64, String, String)> {
    let entry = |entry: &Entry| {
        let Said::Fact(What::Visit { visit, event, .. }) = &entry.said else {
            panic!("{entry:?}");
        };
        let event = match event {
            VisitEvent::Admitted(place) => format!("admitted {}", place.ward),
            VisitEvent::Transferred(place) => format!("transferred {}", place.ward),
            other => format!("{other:?}"),
        };
        (entry.at.0, visit.to_string(), event)
    };
    history.entries.iter().map(entry).collect()
}

#[test]
fn stays_are_sorted_and_those_that_touch_are_a_transfer() {
    let history = stays(
        "a,z,extra,w,v\n\
         2026-03-02 10:00,2026-03-03 08:30,x,B,1\n\
         2026-03-01T09:00:00+01:00,2026-03-02 10:00,x,A,1\n\
         2026-03-01 09:30,,x,A,2\n",
    )
    .unwrap();
    let expected = [
        (at("2026-03-01T08:00:00Z"), "1", "admitted A"),
        (at("2026-03-01T08:30:00Z"), "2", "admitted A"),
        (at("2026-03-02T09:00:00Z"), "1", "transferred B"),
        (at("2026-03-03T07:30:00Z"), "1", "Discharged"),
    ];
    let expected = expected.map(|(at, visit, event)| (at, visit.to_owned(), event.to_owned()));
    assert_eq!(told(&history), expected);
    assert_eq!((history.rows, history.rejected), (3, 0));
    let open: Vec<&str> = history
        .open
        .iter()
        .map(|open| open.visit.as_str())
        .collect();
    assert_eq!(open, ["2"]);
}

#[test]
fn a_row_that_cannot_be_true_is_rejected_with_line_and_reason() {
    let history = stays(
        "v,w,a,z\n\
         1,A,2026-02-31 10:00,2026-03-03 10:00\n\
         2,A,2026-03-02 10:00,2026-03-01 10:00\n\
         ,A,2026-03-02 10:00,\n\
         4,A,2026-03-29 02:30,\n\
         5,A,2026-07-01 10:00,\n\
         6,A,2026-03-02 10:00\n\
         7,A,2026-03-02,\n\
         8,A,2026-03-02 10:00,2026-03-02 12:00\n\
         8,B,2026-03-02 11:00,2026-03-02 13:00\n\
         9,A,1950-03-02 11:00,\n",
    )
    .unwrap();
    let expected = [
        (2, "in: is no time such as 2026-01-31 14:05"),
        (3, "out: is before in"),
        (4, "visit: is empty"),
        (
            5,
            "in: was not on that day: the clocks were put forward over it",
        ),
        (6, "in: is in the future"),
        (7, "has 3 fields where 4 belong"),
        (8, "in: is no time such as 2026-01-31 14:05"),
        (10, "in: is before the same visit leaves in line 9"),
        (11, "in: is before 1970"),
    ];
    assert_eq!(rejected(&history), expected);
    assert_eq!((history.rows, history.rejected), (10, 9));
    assert_eq!(told(&history).len(), 2);
}

#[test]
fn in_the_hour_that_clocks_show_twice_nobody_leaves_before_coming() {
    let history = stays(
        "v,w,a,z\n\
         1,A,2025-10-26 02:50,2025-10-26 02:10\n\
         2,A,2025-10-26 02:10,2025-10-26 02:50\n",
    )
    .unwrap();
    let times: Vec<i64> = told(&history).iter().map(|(at, ..)| *at).collect();
    let expected = [
        "2025-10-26T00:10:00Z",
        "2025-10-26T00:50:00Z",
        "2025-10-26T00:50:00Z",
        "2025-10-26T01:10:00Z",
    ];
    assert_eq!(times, expected.map(at));
    assert_eq!(history.rejected, 0);
}

#[test]
fn a_missing_column_and_a_wrong_map_are_named() {
    let error = stays("v,w,a\n1,A,2026-03-01 10:00\n").unwrap_err();
    assert_eq!(
        error.to_string(),
        "out: there is no column \"z\"; the file has v, w, a"
    );
    let map = |text: &str| Map::parse(Kind::Stays, &[text.to_owned()]).unwrap_err();
    assert_eq!(
        map("visit=v,ward==A,in=a"),
        "out is missing: fields are visit, ward, in, out, [bed], [type]"
    );
    assert!(map("patient=p").starts_with("\"patient\" is no field of stays"));
    assert_eq!(map("visit=a,visit=b"), "visit is given twice");
}

#[test]
fn a_constant_stands_for_a_column() {
    let how = how(Kind::Stays, &["visit=v", "ward==MED A", "in=a", "out=z"]);
    let text = "v,a,z\n1,2026-03-01 10:00,2026-03-01 12:00\n";
    let history = read(text.as_bytes(), &how, &Meter::default()).unwrap();
    let wards: Vec<String> = history.wards.iter().map(WardId::label).collect();
    assert_eq!(wards, ["MED A"]);
}

#[test]
fn what_is_no_csv_ends_with_a_sentence_in_bounded_memory() {
    let blob = std::io::repeat(b'x').take(1 << 30);
    let header = "v,w,a,z\n1,A,".as_bytes();
    let meter = Meter::default();
    let error = read(header.chain(blob), &how(Kind::Stays, STAYS), &meter).unwrap_err();
    assert!(
        error.to_string().ends_with("is this a CSV file?"),
        "{error}"
    );
    assert!(meter.bytes() < 2 << 20, "{}", meter.bytes());
    let empty = stays("").unwrap_err();
    assert_eq!(
        empty.to_string(),
        "the header is missing: the file is empty"
    );
}

#[test]
fn more_rows_than_can_be_sorted_are_refused() {
    struct Endless(u64);
    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let row = format!("{},A,broken,\n", self.0);
            self.0 += 1;
            buffer[..row.len()].copy_from_slice(row.as_bytes());
            Ok(row.len())
        }
    }
    let file = "v,w,a,z\n".as_bytes().chain(Endless(0));
    let error = read(file, &how(Kind::Stays, STAYS), &Meter::default()).unwrap_err();
    assert!(
        error.to_string().contains("more than 1000000 rows"),
        "{error}"
    );
}

#[test]
fn an_appointment_is_what_its_times_say() {
    let map = "appointment=v,ward==C,scheduled=s,arrived=a,roomed=r,no_show=n";
    let how = how(Kind::Appointments, &[map]);
    let text = "v,s,a,r,n\n\
                1,2026-03-02 10:00,2026-03-02 09:50,2026-03-02 10:05,\n\
                2,2026-03-02 10:00,,,1\n\
                3,2026-03-02 10:00,2026-03-02 10:05,2026-03-02 09:00,\n\
                4,2026-03-02 10:00,2026-03-02 10:05,,yes\n\
                5,2026-03-02 10:00,,,maybe\n\
                1,2026-03-02 10:00,,,\n";
    let history = read(text.as_bytes(), &how, &Meter::default()).unwrap();
    assert_eq!(history.entries.len(), 5);
    assert_eq!(history.entries[0].at.0, at("2026-03-02T08:50:00Z"));
    let expected = [
        (4, "roomed: is before arrived"),
        (5, "no_show: and yet something else happened"),
        (6, "no_show: is not 1, true, yes, 0, false, no or empty"),
        (7, "appointment: was in a line before"),
    ];
    assert_eq!(rejected(&history), expected);
}

#[test]
fn cleanings_of_a_bed_come_one_after_the_other() {
    let how = how(Kind::Cleaning, &["ward=w,bed=b,dirty=d,started=s,done=e"]);
    let text = "w,b,d,s,e\n\
                A,1,2026-03-02 10:00,2026-03-02 10:10,2026-03-02 10:30\n\
                A,1,2026-03-02 10:20,,2026-03-02 11:30\n\
                A,1,,2026-03-02 12:00,2026-03-02 11:00\n\
                A,2,,,2026-03-02 10:00\n";
    let history = read(text.as_bytes(), &how, &Meter::default()).unwrap();
    assert_eq!((history.entries.len(), history.beds.len()), (4, 2));
    let expected = [
        (
            3,
            "begins before the cleaning in line 2 of the same bed ends",
        ),
        (4, "done: is before what comes before it"),
    ];
    assert_eq!(rejected(&history), expected);
}

/// However the file is cut into reads: its lines end with two bytes.
#[test]
fn a_row_is_named_by_its_own_line() {
    let mut text = "v,w,a,z\r\n".to_owned();
    let mut wrong = Vec::new();
    let mut line = 2;
    while text.len() < 100_000 {
        let visit = "x".repeat(1 + line % 37);
        text += &format!("\"{visit}\n{line}\",A,never,\r\n");
        wrong.push(line as u64);
        line += 2;
    }
    let history = stays(&text).unwrap();
    assert_eq!(history.rejected, wrong.len() as u64);
    let named: Vec<u64> = rejected(&history).iter().map(|(line, _)| *line).collect();
    let differs = named
        .iter()
        .zip(&wrong)
        .find(|(named, wrong)| named != wrong);
    assert_eq!(differs, None);
}

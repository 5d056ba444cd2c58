//! What becomes the bed master, and what is said of rows that do not.

use super::*;

fn list(map: &[&str], text: &str) -> BedList {
    let map: Vec<String> = map.iter().map(|text| (*text).to_owned()).collect();
    rows::read(text.as_bytes(), &rows::map(&map).unwrap(), b';').unwrap()
}

const MAP: &[&str] = &["ward=Station,bed=Bett,room=Zimmer,staffed=Offen,source=Quelle"];

#[test]
fn rows_become_wards_and_beds_in_their_order() {
    let text = "Station;Zimmer;Bett;Offen;Quelle\n\
                Ward 3;12;Bed 9;yes;both\n\
                Clinic;;;;visits\n\
                Ward 3;12;Bed 10;no;both\n";
    let list = list(MAP, text);
    assert_eq!((list.entries, list.rejected), (3, 0), "{:?}", list.listed);
    let master = list.master(&BedMaster::default());
    let [ward, clinic] = &master.wards[..] else {
        panic!("{master:?}");
    };
    assert_eq!(
        (ward.ward.as_str(), ward.label.as_str(), ward.source),
        ("Ward_x203", "Ward 3", OccupancySource::Both)
    );
    let beds: Vec<_> = ward
        .beds
        .iter()
        .map(|bed| (&bed.label[..], bed.staffed))
        .collect();
    assert_eq!(beds, [("Bed 9", true), ("Bed 10", false)]);
    assert!(clinic.beds.is_empty());
}

#[test]
fn what_the_list_leaves_open_stays_as_it_was() {
    let text = "Station;Zimmer;Bett;Offen;Quelle\nA;12;1;no;pad\nA;12;2;;\n";
    let before = BedMaster {
        label: Some("North".to_owned()),
        time_zone: Some("Europe/Vienna".to_owned()),
        ..list(MAP, text).master(&BedMaster::default())
    };
    let after = list(&["ward=w,bed=b"], "w;b\nA;1\nA;3\n").master(&before);
    assert_eq!(after.label, before.label);
    assert_eq!(after.time_zone, before.time_zone);
    let [ward] = &after.wards[..] else {
        panic!("{after:?}");
    };
    assert_eq!(ward.source, OccupancySource::Pad);
    assert_eq!(ward.beds[0], before.wards[0].beds[0]);
    let beds: Vec<_> = ward
        .beds
        .iter()
        .map(|bed| (bed.bed.as_str(), bed.staffed))
        .collect();
    assert_eq!(beds, [("1", false), ("3", true)], "2 is no longer listed");
}

#[test]
fn a_bed_is_open_at_the_hours_of_its_row_or_as_before() {
    let map = &["ward=w,bed=b,hours=h"];
    let hours = |text: &str, before: &BedMaster| {
        let list = list(map, &format!("w;b;h\n{text}"));
        let master = list.master(before);
        let beds = master.wards.iter().flat_map(|ward| &ward.beds);
        let hours: Vec<Hours> = beds.map(|bed| bed.hours.clone()).collect();
        (master, hours, list.listed)
    };
    let clinic = Hours::parse("Mon-Fri 07:00-19:00, Sat 08:00-12:00").unwrap();
    let text = "A;1;Mon-Fri 07:00-19:00, Sat 08:00-12:00\nA;2;\n";
    let (before, said, _) = hours(text, &BedMaster::default());
    assert_eq!(said, [clinic.clone(), Hours::default()]);
    let (_, said, _) = hours("A;1;\nA;2;10:00-11:00\n", &before);
    assert_eq!(said, [clinic, Hours::parse("10:00-11:00").unwrap()]);
    let (_, said, _) = hours("A;1;always\n", &before);
    assert_eq!(said, [Hours::default()]);
    let (_, _, wrong) = hours("A;1;immer\n", &before);
    assert_eq!(
        wrong[0].reason,
        "hours (column \"h\"): have a part that does not end in a time such as 07:00-19:00"
    );
}

#[test]
fn a_row_that_is_wrong_is_named_by_line_column_and_reason() {
    let text = "Station;Zimmer;Bett;Offen;Quelle\n\
                ;12;1;;\n\
                A;12;1;vielleicht;\n\
                A;12;1;;guess\n\
                A;12;1\n\
                A;12;1;;pad\n\
                A;13;1;;pad\n\
                A;13;2;;both\n";
    let list = list(MAP, text);
    let said: Vec<String> = list
        .listed
        .iter()
        .map(|reject| format!("{}: {}", reject.at, reject.reason))
        .collect();
    assert_eq!(
        said,
        [
            "line 2: ward (column \"Station\"): is empty",
            "line 3: staffed (column \"Offen\"): is not 1, true, yes, 0, false, no or empty",
            "line 4: source (column \"Quelle\"): is not pad, visits, both or empty",
            "line 5: has 3 fields where 5 belong",
            "line 7: bed: was named before",
            "line 8: the ward's source: is another one than before",
        ]
    );
}

#[test]
fn a_list_is_bounded() {
    let rows: String = (0..=BEDS_MAX).map(|bed| format!("A;{bed}\n")).collect();
    let list = list(&["ward=w,bed=b"], &format!("w;b\n{rows}"));
    assert_eq!(list.rejected, 1);
    assert!(list.listed[0].reason.contains("more than 10000"));
}

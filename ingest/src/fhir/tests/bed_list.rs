//! What a bundle of Locations says about the beds that there are.

use events::control::{BedMaster, MasterWard};
use events::hours::Hours;

use super::*;
use crate::bed_list::BedList;
use crate::fhir::bed_list;

fn location(id: &str, code: &str, identifier: &str, within: &str) -> Json {
    json!({ "resource": {
        "resourceType": "Location",
        "id": id,
        "identifier": [{ "value": identifier }],
        "name": format!("Name of {id}"),
        "status": "active",
        "physicalType": { "coding": [{ "code": code }] },
        "partOf": { "reference": format!("Location/{within}") },
    }})
}

fn list(entries: &[Json]) -> BedList {
    let bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": entries });
    bed_list::read(&mapping(), &bundle).unwrap()
}

fn wards(list: &BedList) -> Vec<MasterWard> {
    list.master(&BedMaster::default()).wards
}

#[test]
fn a_bed_is_in_the_ward_and_room_that_it_is_part_of() {
    let mut suspended = location("b2", "bd", "10", "r1");
    suspended["resource"]["status"] = "suspended".into();
    let mut gone = location("b3", "bd", "11", "r1");
    gone["resource"]["status"] = "inactive".into();
    let mut ward = location("w1", "wa", "Innere 1", "s1");
    ward["resource"]["hoursOfOperation"] = json!([{ "allDay": true }]);
    let list = list(&[
        location("b1", "bd", "9", "r1"),
        suspended,
        gone,
        location("r1", "ro", "R1", "w1"),
        ward,
        location("s1", "si", "North", ""),
        json!({ "resource": { "resourceType": "Patient", "id": "p" } }),
    ]);
    assert_eq!(list.listed, []);
    assert_eq!((list.entries, list.ignored, list.hours_left_out), (7, 4, 1));
    let wards = wards(&list);
    let [ward] = &wards[..] else {
        panic!("{wards:?}");
    };
    let name = (ward.ward.as_str(), ward.label.as_str());
    assert_eq!(name, ("MED-A", "Name of w1"), "by the mapping of wards");
    let beds = ward.beds.iter();
    let beds: Vec<_> = beds
        .map(|bed| {
            (
                bed.bed.as_str(),
                bed.room.as_ref().unwrap().as_str(),
                bed.staffed,
            )
        })
        .collect();
    assert_eq!(beds, [("9", "R1", true), ("10", "R1", false)]);
}

fn open_at(hours: Json) -> Result<Hours, String> {
    let mut bed = location("b", "bd", "A^1^1", "");
    bed["resource"]["hoursOfOperation"] = hours;
    let list = list(&[bed]);
    match list.listed.first() {
        Some(reject) => Err(reject.reason.clone()),
        None => Ok(wards(&list)[0].beds[0].hours.clone()),
    }
}

#[test]
fn a_bed_is_open_at_its_hours_of_operation() {
    let clinic = json!([
        { "daysOfWeek": ["mon", "tue"], "openingTime": "07:00:00", "closingTime": "19:30:00" },
        { "daysOfWeek": ["sat"], "allDay": true },
    ]);
    let text = "Mon Tue 07:00-19:30, Sat 00:00-24:00";
    assert_eq!(open_at(clinic), Ok(Hours::parse(text).unwrap()));
    let night = json!([{ "openingTime": "22:00:00", "closingTime": "00:00:00" }]);
    assert_eq!(open_at(night), Ok(Hours::parse("22:00-24:00").unwrap()));
    assert_eq!(open_at(json!([{ "allDay": true }])), Ok(Hours::default()));
    assert_eq!(open_at(json!([])), Ok(Hours::default()));
    let wrong = json!([{ "daysOfWeek": ["mon"], "openingTime": "07:00:00" }]);
    let reason = "hoursOfOperation: has a time that is not such as 07:00:00";
    assert_eq!(open_at(wrong), Err(reason.to_owned()));
    let wrong = json!([{ "daysOfWeek": ["someday"], "allDay": true }]);
    let reason = "hoursOfOperation: name a day that is not Mon, Tue, Wed, Thu, Fri, Sat or Sun";
    assert_eq!(open_at(wrong), Err(reason.to_owned()));
}

#[test]
fn a_bed_is_called_as_everywhere_else() {
    let list = list(&[
        location("17", "bd", "whatever", ""),
        location("x", "bd", "Innere 1^12^3", ""),
    ]);
    let wards = wards(&list);
    let beds: Vec<_> = wards[0].beds.iter().map(|bed| bed.bed.as_str()).collect();
    assert_eq!((wards[0].ward.as_str(), beds), ("MED-A", vec!["A-09", "3"]));
}

#[test]
fn what_is_wrong_is_named_by_entry_element_and_reason() {
    let mut odd = location("b2", "bd", "A^1^2", "");
    odd["resource"]["status"] = "broken".into();
    let mut nameless = location("w9", "wa", "", "");
    nameless["resource"]["identifier"] = json!([]);
    let list = list(&[
        location("b1", "bd", "9", "nowhere"),
        odd,
        nameless,
        json!({ "resource": { "resourceType": "Location", "status": 7 } }),
        location("loop", "ro", "R", "loop"),
        location("b3", "bd", "4", "loop"),
        location("b4", "bd", "A^1^5", ""),
        location("b5", "bd", "A^1^5", ""),
    ]);
    let mut said: Vec<String> = list
        .listed
        .iter()
        .map(|reject| format!("{}.{}", reject.at, reject.reason))
        .collect();
    said.sort();
    assert_eq!(
        said,
        [
            "entry[0].resource.partOf: leads to no ward of this bundle",
            "entry[1].resource.status: is not active, suspended or inactive",
            "entry[2].resource.identifier: is missing",
            "entry[3].resource.status: is of another type than R4 says",
            "entry[5].resource.partOf: is nested deeper than 16, or in itself",
            "entry[7].resource.bed: was named before",
        ]
    );
}

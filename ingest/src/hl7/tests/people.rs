//! Who is named in a message.

use super::*;
use crate::label::Person;

fn people(event: &str, segments: &[&str]) -> Vec<(String, Person)> {
    let message = message(event, segments);
    let people = interface().people(message.as_bytes()).into_iter();
    people
        .map(|(visit, person)| (visit.as_str().to_owned(), person))
        .collect()
}

fn jane() -> Person {
    Person {
        family: "Doe".to_owned(),
        given: "Jane".to_owned(),
        number: "4711".to_owned(),
        is_private: false,
    }
}

#[test]
fn a_visit_has_the_name_of_its_patient_also_where_nothing_else_is_told() {
    for event in ["ADT^A01", "ADT^A08"] {
        let people = people(event, &[PID, PV1]);
        assert!(people == [("V1".to_owned(), jane())], "{event}");
    }
    let nobody = [PID.replace("Doe^Jane", ""), PV1.to_owned()];
    assert!(people("ADT^A01", &[&nobody[0], &nobody[1]]).is_empty());
    assert!(interface().people(b"\xFF\x00 no message").is_empty());
}

#[test]
fn each_of_a_swap_is_named_and_who_is_protected_is_not() {
    let swapped = people("ADT^A17", &[PID, PV1, OTHER]);
    let names: Vec<_> = swapped
        .iter()
        .map(|(visit, who)| (&**visit, &*who.given))
        .collect();
    assert_eq!(names, [("V1", "Jane"), ("V2", "Richard")]);
    let protected = "PD1||||||||||||Y";
    let people = people("ADT^A01", &[PID, protected, PV1]);
    assert!(people[0].1.is_private);
}

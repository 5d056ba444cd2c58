//! The pages for people who build devices and callers, read by the code that reads
//! what these send.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by unwrapping")]

use std::collections::BTreeSet;
use std::path::Path;

use events::id::{SiteId, TenantId};
use events::place::Site;
use events::sensor::{self, Sensor};
use events::time::CellTime;
use events::vital::{Decimal, SIGNS, Scaled, Sign, Values};
use ingest::fhir::bundle;
use ingest::fhir::{Speaker, TYPES};
use ingest::hl7::local::Local;
use ingest::http::OPENAPI;
use ingest::http::batch::{Caller, Resource};
use ingest::{Pseudonyms, check_payload};
use serde_json::Value as Json;

const NOW: CellTime = CellTime(1_767_323_046_000); // 2026-01-02T03:04:06Z

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../docs")
        .join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn schema(sensor: &Sensor) -> Json {
    serde_json::from_str(&page(&format!("schemas/{}.json", sensor.stream))).unwrap()
}

fn check(stream: &str, payload: &Json) -> String {
    let topic = format!("medaxis/v1/demo/north/ward-a/r1/b1/device/{stream}");
    check_payload(&topic, payload.to_string().as_bytes(), NOW)
}

#[test]
fn every_stream_has_a_schema_whose_examples_are_taken() {
    for sensor in sensor::all() {
        let schema = schema(sensor);
        for example in schema["examples"].as_array().unwrap() {
            let made = check(sensor.stream, example);
            assert!(made.starts_with("device "), "{example}: {made}");
        }
    }
}

#[test]
fn what_a_schema_needs_is_needed() {
    for sensor in sensor::all() {
        let reading = &schema(sensor)["$defs"]["reading"];
        let example: Json = serde_json::from_str(sensor.example).unwrap();
        let needed: Vec<&str> = reading["required"]
            .as_array()
            .unwrap()
            .iter()
            .map(|field| field.as_str().unwrap())
            .collect();
        for field in reading["properties"].as_object().unwrap().keys() {
            let mut without = example.clone();
            without.as_object_mut().unwrap().remove(field);
            let is_missed = check(sensor.stream, &without).starts_with("field_missing");
            assert_eq!(
                is_missed,
                needed.contains(&field.as_str()),
                "{} {field}",
                sensor.stream
            );
        }
        for field in example.as_object().unwrap().keys() {
            assert!(
                reading["properties"].get(field).is_some(),
                "{} {field}",
                sensor.stream
            );
        }
    }
}

#[test]
fn what_a_schema_forbids_is_refused() {
    for sensor in sensor::all() {
        let reading = schema(sensor)["$defs"]["reading"].clone();
        for (field, rule) in reading["properties"].as_object().unwrap() {
            let Some(wrong) = forbidden(rule) else {
                continue;
            };
            let mut example: Json = serde_json::from_str(sensor.example).unwrap();
            example[field] = wrong;
            let made = check(sensor.stream, &example);
            assert!(!made.starts_with("device "), "{example}: {made}");
        }
    }
}

/// A value that the rule of a field does not allow.
fn forbidden(rule: &Json) -> Option<Json> {
    if let Some(most) = rule.get("maximum") {
        return Some((most.as_f64().unwrap() + 1.0).into());
    }
    match rule["type"].as_str().unwrap() {
        "boolean" => Some("yes".into()),
        "string" => Some("none of these".into()),
        _ => None,
    }
}

#[test]
fn the_page_of_payloads_has_every_stream_with_its_example() {
    let page = page("mqtt.md");
    for sensor in sensor::all() {
        let start = format!("| `{}` | ", sensor.stream);
        let line = page.lines().find(|line| line.starts_with(&start)).unwrap();
        assert!(line.contains(&format!("`{}`", sensor.example)), "{line}");
    }
}

#[test]
fn the_commands_for_a_first_device_do_what_the_page_says() {
    let page = page("first-device.md");
    let mut streams = Vec::new();
    for line in page
        .lines()
        .filter(|line| line.starts_with("mosquitto_pub "))
    {
        let (_, rest) = line.split_once(" -t ").unwrap();
        let (topic, payload) = rest.split_once(" -m ").unwrap();
        let made = check_payload(topic, payload.trim_matches('\'').as_bytes(), NOW);
        assert!(made.starts_with("device demo/north/"), "{line}: {made}");
        let stream = topic.rsplit('/').next().unwrap();
        assert_eq!(
            line.contains(" -r "),
            stream == "state",
            "only state is retained: {line}"
        );
        streams.push(stream);
    }
    assert_eq!(streams, ["state", "bed", "bed", "clean", "clean", "bed"]);
    let echo = page.lines().find(|line| line.starts_with("echo ")).unwrap();
    let payload = echo.split('\'').nth(1).unwrap();
    let check = page
        .lines()
        .find(|line| line.starts_with("medaxis check-payload "))
        .unwrap();
    let topic = check.split(' ').nth(2).unwrap();
    let made = check_payload(topic, payload.as_bytes(), NOW);
    assert!(page.contains(&format!("`{made}`")), "{made}");
}

/// Resource and body of every `curl` in the blocks of a page.
fn requests(page: &str) -> Vec<(Resource, String)> {
    let blocks = page.split("```").skip(1).step_by(2);
    let lines = blocks.flat_map(str::lines);
    lines
        .filter(|line| line.starts_with("curl "))
        .map(|line| {
            let (head, body) = line.split_once(" -d '").unwrap();
            let path = head.split(' ').find(|word| word.contains("/v1/")).unwrap();
            let name = path.strip_prefix("$MEDAXIS/v1/demo/north/").unwrap();
            let resource = Resource::ALL.into_iter().find(|one| one.name() == name);
            let body = body.strip_suffix('\'').unwrap();
            (resource.expect(name), body.to_owned())
        })
        .collect()
}

/// The events that the description of the interface names for a resource.
fn described(resource: Resource) -> BTreeSet<String> {
    let description: Json = serde_json::from_str(OPENAPI).unwrap();
    let path = &description["paths"][format!("/v1/{{tenant}}/{{site}}/{}", resource.name())];
    let schema = &path["post"]["requestBody"]["content"]["application/json"]["schema"];
    let reference = schema["oneOf"][0]["$ref"].as_str().unwrap();
    let schema = description.pointer(reference.strip_prefix('#').unwrap());
    let events = &schema.unwrap()["properties"]["event"]["enum"];
    let events = events.as_array().unwrap().iter();
    events
        .map(|event| event.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_curl_of_the_page_is_taken_and_every_event_has_one() {
    let site = Site {
        tenant: TenantId::new("demo").unwrap(),
        site: SiteId::new("north").unwrap(),
    };
    let pseudonyms = Pseudonyms::new(&[7; 32]);
    let caller = Caller {
        site: &site,
        pseudonyms: &pseudonyms,
    };
    let requests = requests(&page("http.md"));
    for resource in Resource::ALL {
        let mut shown = BTreeSet::new();
        for (_, body) in requests.iter().filter(|(path, _)| *path == resource) {
            let facts = resource.facts(body.as_bytes(), &caller, NOW);
            facts.unwrap_or_else(|refused| panic!("{body}: {refused:?}"));
            let said: Json = serde_json::from_str(body).unwrap();
            let single = [said];
            let objects = single[0].as_array().map_or(&single[..], Vec::as_slice);
            shown.extend(
                objects
                    .iter()
                    .map(|object| object["event"].as_str().unwrap().to_owned()),
            );
        }
        assert_eq!(shown, described(resource), "{}", resource.name());
    }
}

#[test]
fn every_curl_of_the_page_of_fhir_is_taken_and_every_type_has_one() {
    let site = Site {
        tenant: TenantId::new("demo").unwrap(),
        site: SiteId::new("north").unwrap(),
    };
    let speaker = Speaker {
        site: &site,
        pseudonyms: &Pseudonyms::new(&[7; 32]),
        local: &Local::default(),
    };
    let page = page("fhir.md");
    let mut shown = BTreeSet::new();
    for line in page.lines().filter(|line| line.starts_with("curl ")) {
        let (head, body) = line.split_once(" -d '").unwrap();
        let path = head
            .split(' ')
            .find(|word| word.contains("/fhir/"))
            .unwrap();
        let path = path.strip_prefix("$MEDAXIS/fhir/demo/north").unwrap();
        let body: Json = serde_json::from_str(body.strip_suffix('\'').unwrap()).unwrap();
        let mut parts = path.split('/').skip(1);
        let Some(kind) = parts.next() else {
            let bundle = bundle::read(&speaker, &body, NOW).unwrap();
            assert!(bundle.entries.iter().all(Result::is_ok), "{line}");
            continue;
        };
        let id = parts.next();
        assert_eq!(head.contains(" -X PUT "), id.is_some(), "{line}");
        let said = speaker.read(kind, id, &body, NOW).unwrap();
        assert!(!said.facts.is_empty(), "{line}");
        shown.insert(kind.to_owned());
    }
    assert_eq!(shown, TYPES.map(str::to_owned).into());
}

/// Signs, codes, units and ranges of the page are those of the table.
#[test]
fn the_page_of_vital_signs_has_every_sign() {
    let page = page("vitals.md");
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let rows = rows.filter(|line| line.split('|').count() == 9);
    let shown: Vec<&str> = rows.collect();
    let expected: Vec<String> = SIGNS.iter().map(vital_row).collect();
    assert_eq!(shown, expected);
}

fn vital_row(sign: &Sign) -> String {
    let (loinc, mdc) = (sign.loinc.join(", "), sign.mdc.join(", "));
    let rest = match &sign.values {
        Values::Levels => "| `A` `C` `V` `P` `U` | | |".to_owned(),
        Values::Numbers(scaled) => {
            let step = Decimal {
                digits: 1,
                scale: scaled.scale,
            };
            let Scaled {
                unit, least, most, ..
            } = scaled;
            format!("{unit} | {step} | {least} | {most} |")
        }
    };
    let row = format!("| `{}` | {loinc} | {mdc} | {rest}", sign.name);
    row.replace("  ", " ")
}

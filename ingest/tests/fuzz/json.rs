//! JSON: what devices publish, what callers post, FHIR resources and bundles.

use events::fact::Told;
use events::id::{SiteId, TenantId};
use events::place::Site;
use events::sensor;
use events::time::CellTime;
use events::wire::{self, FrameBuilder, Record};
use ingest::fhir::{Speaker, TYPES, bed_list, bundle};
use ingest::hl7::local::Local;
use ingest::http::batch::{Caller, Resource};
use ingest::{Pseudonyms, check_payload};
use serde_json::Value as Json;

use crate::{corpus, fuzz};

const NOW: CellTime = CellTime(1_767_323_046_000); // 2026-01-02T03:04:06Z

fn site() -> Site {
    Site {
        tenant: TenantId::new("demo").unwrap(),
        site: SiteId::new("north").unwrap(),
    }
}

/// Every reading that is taken is the same after its way through a frame.
#[test]
fn payloads_of_devices() {
    for sensor in sensor::all() {
        let one = sensor.example.as_bytes().to_vec();
        let many = format!("[{0}, {0}]", sensor.example).into_bytes();
        let topic = format!(
            "medaxis/v1/demo/north/ward-a/r1/b1/device/{}",
            sensor.stream
        );
        fuzz(sensor.stream, &[one, many], |bytes| {
            check_payload(&topic, bytes, NOW);
            let Ok(readings) = sensor::payload::parse(sensor.stream, bytes, NOW) else {
                return;
            };
            let mut frame = FrameBuilder::default();
            readings
                .iter()
                .for_each(|reading| frame.push("demo/north/a/r/b/d", reading));
            let Record::Data(frame) = wire::decode_signals(&frame.finish()).unwrap() else {
                panic!("a frame was written");
            };
            let read: Vec<_> = wire::readings(&frame).map(|(_, reading)| reading).collect();
            assert_eq!(read, readings);
        });
    }
}

#[test]
fn bodies_of_requests() {
    let (site, pseudonyms) = (site(), Pseudonyms::new(&[7; 32]));
    let caller = Caller {
        site: &site,
        pseudonyms: &pseudonyms,
    };
    let corpus = corpus::bodies("docs/http.md");
    for resource in Resource::ALL {
        fuzz(resource.name(), &corpus, |bytes| {
            let Ok(facts) = resource.facts(bytes, &caller, NOW) else {
                return;
            };
            let told = Told {
                site: site.clone(),
                source: "http".to_owned(),
                facts,
                receipt: None,
            };
            let read = wire::decode_facts(&wire::encode_facts(&told)).unwrap();
            assert_eq!(read, Record::Data(told));
        });
    }
}

#[test]
fn fhir_resources_and_bundles() {
    let (site, pseudonyms, local) = (site(), Pseudonyms::new(&[7; 32]), Local::default());
    let speaker = Speaker {
        site: &site,
        pseudonyms: &pseudonyms,
        local: &local,
    };
    let corpus = corpus::bodies("docs/fhir.md");
    fuzz("fhir", &corpus, |bytes| {
        let Ok(json) = serde_json::from_slice::<Json>(bytes) else {
            return;
        };
        for kind in TYPES {
            if let Ok(said) = speaker.read(kind, None, &json, NOW) {
                let facts = said.facts.into_iter().map(|said| said.fact).collect();
                let told = Told {
                    site: site.clone(),
                    source: ingest::fhir::SOURCE.to_owned(),
                    facts,
                    receipt: None,
                };
                let read = wire::decode_facts(&wire::encode_facts(&told)).unwrap();
                assert_eq!(read, Record::Data(told));
            }
        }
        let _ = bundle::read(&speaker, &json, NOW);
        let _ = bed_list::read(&local, &json);
    });
}

//! The view `vital_signs`: each observation in the version that its source made last.

use anyhow::Result;
use events::fact::{Fact, FactFlags, Told, VitalEvent, What};
use events::id::{CodeId, ObservationId, VisitId};
use events::time::{CellTime, EventTime, MINUTE_MS};
use events::topic::KafkaTopic;
use events::vital::{Decimal, Level, VitalValue};
use events::wire;

mod engine;
mod outputs;

use engine::Engine;

/// Of one visit: which observation, which code, in the version of which minute.
struct Version(&'static str, &'static str, i64, VitalEvent);

fn number(digits: i64, scale: u8) -> VitalEvent {
    VitalEvent::Observed(VitalValue::Number(Decimal { digits, scale }))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_version_of_an_observation_holds() -> Result<()> {
    let engine = Engine::migrated().await?;
    let now = engine.now_ms().await?;
    let level = VitalEvent::Observed(VitalValue::Level(Level::Voice));
    let versions = [
        Version("o1", "loinc-8867-4", 1, number(800, 1)),
        // The correction came before what it corrects.
        Version("o2", "mdc-150456", 3, number(970, 1)),
        Version("o2", "mdc-150456", 2, number(790, 1)),
        Version("o3", "loinc-8310-5", 1, number(3_672, 2)),
        Version("o3", "loinc-8310-5", 2, VitalEvent::Withdrawn),
        Version("o4", "loinc-80288-4", 1, level),
        // Of one time: what was told last.
        Version("o5", "loinc-8867-4", 1, number(810, 1)),
        Version("o5", "loinc-8867-4", 1, number(820, 1)),
        // Withdrawn, and then observed again.
        Version("o6", "loinc-9279-1", 1, VitalEvent::Withdrawn),
        Version("o6", "loinc-9279-1", 2, number(140, 1)),
    ];
    let fact = |Version(observation, code, minute, event): Version| Fact {
        at: EventTime(now),
        told: CellTime(now),
        flags: FactFlags::default(),
        what: What::Vital {
            visit: VisitId::new("v1").expect("an id"),
            patient: None,
            observation: ObservationId::new(observation).expect("an id"),
            code: CodeId::new(code).expect("an id"),
            revised: EventTime(now + minute * MINUTE_MS),
            event,
        },
    };
    let told = versions.map(fact).map(|fact| {
        wire::encode_facts(&Told {
            site: outputs::site(),
            source: "fhir".to_owned(),
            facts: vec![fact],
            receipt: None,
        })
    });
    let chunk = outputs::chunk(KafkaTopic::Facts, 0, told.to_vec());
    engine.store(engine.config("log"), vec![chunk]).await?;
    let signs = engine
        .ask("SELECT observation, sign, value, unit, level, code FROM vital_signs ORDER BY observation")
        .await?;
    let expected = [
        "o1\theart_rate\t80\t/min\t\tloinc-8867-4",
        "o2\toxygen_saturation\t97\t%\t\tmdc-150456",
        "o4\tconsciousness\t\\N\t\tV\tloinc-80288-4",
        "o5\theart_rate\t82\t/min\t\tloinc-8867-4",
        "o6\trespiratory_rate\t14\t/min\t\tloinc-9279-1",
    ];
    assert_eq!(signs.lines().collect::<Vec<_>>(), expected);
    Ok(())
}

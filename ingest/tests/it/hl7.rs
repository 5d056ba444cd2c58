//! Files of HL7 messages against the log: what it holds is not told again.

use events::id::{SiteId, TenantId};
use events::place::Site;
use ingest::Pseudonyms;
use ingest::hl7::Interface;
use ingest::hl7::local::Local;
use ingest::hl7::recall::recall;
use ingest::hl7::replay::{File, Replay, replay};
use ingest::hl7::seen::Seen;
use ingest::told::outgoing;
use jiff::tz::TimeZone;

use crate::support::{Cluster, NOW, cluster};

const HEADER: &str = "MSH|^~\\&|ADT1|HOSP|||20260102030000||ADT^A01|";
const REST: &str = "|P|2.3\rPID|1||4711^^^HOSP^MR\rPV1|1|I|A^R1^B1\r";

fn interface(site: &str) -> Interface {
    Interface {
        site: Site {
            tenant: TenantId::new("demo").unwrap(),
            site: SiteId::new(site).unwrap(),
        },
        zone: TimeZone::UTC,
        pseudonyms: Pseudonyms::new(&[7; 32]),
        local: Local::default(),
    }
}

fn read<'b>(interface: &Interface, bytes: &'b [u8], seen: Seen) -> Replay<'b> {
    let name = "messages";
    replay(interface, [File { name, bytes }], Some(NOW), seen)
}

fn write(cluster: &Cluster, replay: &Replay<'_>) {
    let writer = cluster.writer();
    for told in &replay.told {
        let record = outgoing(told, cluster.config.lanes);
        let delivery = writer.send_blocking(record).unwrap();
        delivery.wait_blocking().unwrap();
    }
}

#[test]
fn a_file_that_is_replayed_again_tells_nothing_twice() {
    let cluster = cluster();
    let north = interface("north");
    let file = format!("{HEADER}M1{REST}{HEADER}M2{REST}");
    let first = read(&north, file.as_bytes(), Seen::default());
    assert_eq!((first.tally.told, first.tally.repeated), (2, 0));
    write(&cluster, &first);

    let longer = format!(
        "{file}{HEADER}M3{REST}{HEADER}M1{}",
        REST.replace("B1", "B2")
    );
    let seen = recall(&cluster.config, &north.site, 0).unwrap();
    let tally = read(&north, longer.as_bytes(), seen).tally;
    assert_eq!((tally.told, tally.reused, tally.repeated), (2, 1, 2));

    let south = interface("south");
    let seen = recall(&cluster.config, &south.site, 0).unwrap();
    assert_eq!(read(&south, file.as_bytes(), seen).tally.told, 2);
}

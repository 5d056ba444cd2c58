//! How many HL7 messages a second are answered over MLLP, each durable in Kafka before,
//! by senders that wait for each answer; beside what Kafka takes of the same records from
//! as many writers that wait for each to be durable.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use events::id::{SiteId, TenantId};
use events::place::Site;
use events::time::CellTime;
use harness::kafka;
use ingest::Pseudonyms;
use ingest::hl7::local::Local;
use ingest::hl7::{Interface, Outcome};
use ingest::http::recall::Past;
use ingest::kafka::{Config, create_topics};
use ingest::kafka_writer::Writer;
use ingest::mllp::{Door, Hall, Limits, Listener};
use ingest::told;
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// Messages of each sender in a round.
const MESSAGES: usize = 500;
/// Rounds of both in turns; the best of each counts, as other work only slows down.
const ROUNDS: usize = 5;
/// 2026-01-02T03:04:06Z.
const NOW: CellTime = CellTime(1_767_323_046_000);

/// As rows of the table.
pub(crate) fn answered() -> String {
    let server = kafka::start(kafka::Access::Open).expect("kafka starts");
    let config = Config::new(server.address().to_string(), "bench.");
    let runtime = Runtime::new().expect("there are threads");
    let created = runtime.block_on(create_topics(&config));
    created.expect("kafka makes topics");
    let writer = Writer::new(&config).expect("the settings are good");
    let address = listen(&runtime, &config, writer.clone());
    let row = |senders: usize| {
        let (mut bare, mut mllp) = (0, 0);
        for round in 0..ROUNDS {
            bare = bare.max(rate(senders, |sender| {
                produce(&writer, &config, (round, sender));
            }));
            mllp = mllp.max(rate(senders, |sender| send(address, (round, sender))));
        }
        let share = mllp * 100 / bare.max(1);
        format!(
            "| HL7 over MLLP, connections that wait for each answer: {senders} \
             | {mllp} messages/s, {share} % of {bare} records/s by as many writers to Kafka |"
        )
    };
    [1, 20].map(row).join("\n")
}

fn listen(runtime: &Runtime, config: &Config, writer: Writer) -> SocketAddr {
    let hall = Hall::new(
        Limits::default(),
        config.lanes,
        writer,
        Arc::new(|| NOW),
        Arc::default(),
        Past::default(),
    );
    let listener = Listener {
        listen: "127.0.0.1:0".parse().expect("it is an address"),
        interface: interface(),
        tls: None,
    };
    let door = runtime.block_on(Door::open(Arc::new(hall), listener));
    let door = door.expect("there is a free port");
    let address = door.address().expect("it has an address");
    let (stop, stopped) = watch::channel(false);
    runtime.spawn(async move {
        door.run(stopped).await;
        drop(stop);
    });
    address
}

/// Messages a second of so many senders, each on a thread of its own.
fn rate(senders: usize, send: impl Fn(usize) + Sync) -> u64 {
    let began = Instant::now();
    thread::scope(|scope| {
        for sender in 0..senders {
            let send = &send;
            scope.spawn(move || send(sender));
        }
    });
    crate::per_second((senders * MESSAGES) as u64, began.elapsed())
}

fn send(address: SocketAddr, sender: (usize, usize)) {
    let mut stream = TcpStream::connect(address).expect("somebody listens");
    stream.set_nodelay(true).expect("a socket has options");
    let mut buffer = [0; 4_096];
    for number in 0..MESSAGES {
        let frame = format!("\u{0B}{}\u{1C}\r", message("S", sender, number));
        stream.write_all(frame.as_bytes()).expect("it is taken");
        let mut heard = 0;
        while !buffer[..heard].ends_with(b"\x1C\r") {
            let count = stream.read(&mut buffer[heard..]).expect("it is answered");
            assert!(count > 0, "hung up on");
            heard += count;
        }
        assert!(buffer[..heard].windows(4).any(|part| part == b"|AA|"));
    }
}

fn produce(writer: &Writer, config: &Config, sender: (usize, usize)) {
    let interface = interface();
    for number in 0..MESSAGES {
        let message = message("P", sender, number);
        let Outcome::Facts(told) = interface.read(message.as_bytes(), Some(NOW)) else {
            panic!("it tells an admission");
        };
        let record = told::outgoing(&told, config.lanes);
        let delivery = writer.send_blocking(record).expect("kafka is there");
        delivery.wait_blocking().expect("kafka takes it");
    }
}

fn message(kind: &str, (round, sender): (usize, usize), number: usize) -> String {
    format!(
        "MSH|^~\\&|ADT{sender}|HOSP|||20260102030000||ADT^A01|{kind}{round}-{number}|P|2.5\r\
         EVN|A01|20260102030000\rPID|1||{number}^^^HOSP^MR||Doe^Jane||19700101|F|||Main Street 1\r\
         PV1|1|I|A^R1^B1||||||||||||||||V{round}-{sender}-{number}\r"
    )
}

fn interface() -> Interface {
    Interface {
        site: Site {
            tenant: TenantId::new("demo").expect("it is an id"),
            site: SiteId::new("north").expect("it is an id"),
        },
        zone: jiff::tz::TimeZone::UTC,
        pseudonyms: Pseudonyms::new(&[7; 32]),
        local: Local::default(),
    }
}

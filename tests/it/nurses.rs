//! A shift at real boards: Chromium before the whole system, readings over MQTT, several devices.
//! What one does the others see; nobody is left alone with an alert; nothing old looks fresh,
//! whatever happens to the server, the network, the clock or the tab.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use harness::port::Port;
use harness::{clickhouse, kafka, mosquitto, wait_for};
use serde_json::{Value, json};

use crate::browser::{Browser, Page, link};
use crate::node::Node;
use crate::program::get;
use crate::watch::{publish, shows};

const BEDS: u32 = 12;
const MINUTE: Duration = Duration::from_secs(60);

/// The whole system, with one ward of twelve beds in three rooms.
struct Ward {
    _kafka: harness::Server,
    mosquitto: harness::Server,
    _clickhouse: harness::Server,
    node: Node,
    _port: Port,
    board: SocketAddr,
    /// The sequence number of the next reading of any pad.
    seq: u32,
}

#[test]
fn a_shift_at_real_boards() {
    let mut ward = Ward::start();
    let browser = Browser::start();
    let nurse = browser.opens("nurse", &link(ward.board, "charge_nurse"));
    let manager = browser.opens("manager", &link(ward.board, "bed_manager"));
    let pages = [nurse, manager];
    ward.is_left_by_everybody();
    an_alert_is_on_both_boards_and_an_answer_too(pages);
    an_unanswered_alert_goes_to_the_next(pages);
    the_ward_is_worked_by_keyboard_alone(&ward, pages);
    the_language_and_the_night_are_as_chosen(&browser, ward.board);
    a_wrong_clock_does_no_harm(&mut ward, &browser);
    a_tab_that_slept_says_so_and_catches_up(&mut ward, &browser);
    late_frames_are_only_late(&mut ward, &browser);
    nothing_old_looks_fresh_while_the_server_is_away(&mut ward, &browser);
    for page in pages {
        assert_eq!(page.faults(), json!([]));
    }
    ward.node.ends();
}

impl Ward {
    fn start() -> Self {
        let kafka = kafka::start(kafka::Access::Open).unwrap();
        let mosquitto = mosquitto::start(mosquitto::Access::Open, &[]).unwrap();
        let library = clickhouse::library().unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_medaxis"));
        let clickhouse = clickhouse::start(program, &["clickhouse-engine"], &library).unwrap();
        let mut node = Node::new(kafka.address(), mosquitto.address(), clickhouse.address());
        // Browsers come back to where they were.
        let port = Port::reserve().unwrap();
        node.sets("127.0.0.1:0", &port.address().to_string());
        node.start();
        let board = node.board();
        let site = ["--tenant", "demo", "--site", "north"];
        node.prints(&[&["control", "version"], &site[..], &["5"]].concat());
        for number in ["minutes", "step_minutes"] {
            node.prints(&[&["control", "set"], &site[..], &["bed_dirty", number, "1"]].concat());
        }
        let master = node.file("master.toml", &master());
        node.prints(&["control", "master", &master]);
        shows(board, "MED-B", "B-12", "listed", "true");
        Self {
            _kafka: kafka,
            mosquitto,
            _clickhouse: clickhouse,
            node,
            _port: port,
            board,
            seq: 0,
        }
    }

    /// What the pad of a bed says.
    #[track_caller]
    fn pad(&mut self, bed: u32, occupied: bool) {
        self.seq += 1;
        let said = format!(r#"{{"boot":1,"seq":{},"occupied":{occupied}}}"#, self.seq);
        let topic = format!(
            "medaxis/v1/demo/north/MED-B/{}/{}/pad-{bed}/bed",
            room(bed),
            name(bed)
        );
        let published = publish(self.mosquitto.address(), &topic, said.as_bytes());
        assert!(published.status.success(), "{published:?}");
    }

    /// Somebody was in each bed, and nobody is: they are to be cleaned.
    fn is_left_by_everybody(&mut self) {
        for bed in 1..=BEDS {
            self.pad(bed, true);
            self.pad(bed, false);
        }
    }

    fn snapshot(&self) -> Value {
        let snapshot = get(self.board, "/v1/demo/north/snapshot").unwrap();
        serde_json::from_str(&snapshot).unwrap()
    }
}

fn room(bed: u32) -> String {
    format!("R{}", (bed - 1) / 4)
}

fn name(bed: u32) -> String {
    format!("B-{bed:02}")
}

/// What finds a bed on a page.
fn tile(bed: u32) -> String {
    format!(r#"[data-bed="MED-B/{}"]"#, name(bed))
}

fn master() -> String {
    let beds: String = (1..=BEDS)
        .map(|bed| format!("{{ name = \"{}\", room = \"{}\" }}, ", name(bed), room(bed)))
        .collect();
    format!(
        "tenant = \"demo\"\nsite = \"north\"\n[[ward]]\nname = \"MED-B\"\nsource = \"pad\"\nbed = [{beds}]\n"
    )
}

/// The line of a bed's alert.
fn line(bed: u32) -> String {
    format!(
        r#"main [data-alert][data-rule="bed_dirty"]:has-text("{}")"#,
        name(bed)
    )
}

/// A reading makes an alert on two boards; what one of them answers is on the other, within a
/// second where the machine is not busy with something else.
#[expect(clippy::disallowed_methods, reason = "edge: says how long it took")]
fn an_alert_is_on_both_boards_and_an_answer_too([nurse, manager]: [Page<'_>; 2]) {
    for page in [nurse, manager] {
        page.goes("#/alerts");
        for bed in 1..=BEDS {
            page.shows(&line(bed), "Bed still dirty");
        }
    }
    let answers = (3..8).map(|bed| {
        let pressed = Instant::now();
        nurse.clicks(&line(bed), "Acknowledge");
        manager.shows(&line(bed), "acknowledged by test-demo-charge_nurse");
        pressed.elapsed()
    });
    let took: Vec<Duration> = answers.collect();
    eprintln!("answers on the other board after {took:?}");
    assert!(
        took.iter().any(|took| *took < Duration::from_secs(1)),
        "{took:?}"
    );
}

/// Nobody answers: after its minute the charge nurse is told, where the cleaner was.
fn an_unanswered_alert_goes_to_the_next(pages: [Page<'_>; 2]) {
    for page in pages {
        page.shows(&line(2), "step 2: charge nurse to act");
        let answered = page.text(&line(3));
        assert!(!answered.contains("step"), "{answered}");
    }
}

/// Twelve beds are cleaned, and an alert answered, without a mouse.
fn the_ward_is_worked_by_keyboard_alone(ward: &Ward, [nurse, manager]: [Page<'_>; 2]) {
    nurse.presses(&["Escape", "n"]);
    let chosen = || {
        let focus = nurse.evaluates("document.activeElement.textContent");
        Ok(focus
            .as_str()
            .unwrap()
            .contains("Bed still dirty")
            .then_some(()))
    };
    wait_for(MINUTE, "the next alert has the focus", chosen).unwrap();
    let bed = nurse.evaluates("document.activeElement.textContent.match(/B-\\d\\d/)[0]");
    nurse.presses(&["a"]);
    let at = format!(r#"main [data-alert]:has-text({bed})"#);
    manager.shows(&at, "acknowledged by test-demo-charge_nurse");
    for bed in 1..=BEDS {
        nurse.presses(&["/"]);
        nurse.types(&name(bed));
        nurse.presses(&["Enter"]);
        nurse.becomes(&format!("main {}", tile(bed)), "data-state", "dirty");
        nurse.tabs_to("Clean");
        nurse.presses(&["Enter"]);
        nurse.becomes(&format!("main {}", tile(bed)), "data-state", "free");
    }
    let none = || Ok((manager.count(r#"main [data-rule="bed_dirty"]"#) == 0).then_some(()));
    wait_for(MINUTE, "no alert is left", none).unwrap();
    let snapshot = ward.snapshot();
    let beds = snapshot["beds"].as_array().unwrap();
    assert_eq!(
        beds.iter()
            .filter(|bed| bed["cleanliness"] == "clean")
            .count(),
        12
    );
}

fn the_language_and_the_night_are_as_chosen(browser: &Browser, board: SocketAddr) {
    let phone = json!({ "viewport": { "width": 390, "height": 800 }, "locale": "fr-FR" });
    let page = browser.opens_with("phone", &link(board, "cleaner"), phone);
    page.shows("#free", "lits libres maintenant");
    page.presses(&["?"]);
    page.chooses("Langue", "de");
    page.clicks("dialog", "Nacht");
    page.presses(&["Escape"]);
    page.shows("#free", "Betten jetzt frei");
    let theme = page.evaluates("document.documentElement.dataset.theme");
    assert_eq!(theme, "night");
}

/// A device that is an hour wrong, either way: nothing is older or younger on it, and what is
/// tapped on it was tapped now.
#[expect(
    clippy::disallowed_methods,
    reason = "edge: a device's clock, an hour off"
)]
fn a_wrong_clock_does_no_harm(ward: &mut Ward, browser: &Browser) {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let hour = Duration::from_secs(3_600);
    for (device, clock, bed) in [("ahead", now + hour, 1), ("behind", now - hour, 2)] {
        let clock = json!({ "clockMs": clock.as_millis() as u64 });
        let page = browser.opens_with(device, &link(ward.board, "charge_nurse"), clock);
        page.goes("#/ward/MED-B");
        ward.pad(bed, true);
        page.becomes(&tile(bed), "data-state", "occupied");
        page.becomes(&tile(bed), "data-age", "live");
        ward.pad(bed, false);
        page.becomes(&tile(bed), "data-state", "dirty");
        page.clicks(&tile(bed), &format!("{}: Clean", name(bed)));
        page.becomes(&tile(bed), "data-state", "free");
        let snapshot = ward.snapshot();
        let commands = snapshot["commands"].as_array().unwrap();
        let at = commands.last().unwrap()["at_ms"].as_i64().unwrap();
        let off = snapshot["as_of_ms"].as_i64().unwrap() - at;
        assert!(off.unsigned_abs() < 10 * 60_000, "{device}: {off} ms off");
    }
}

fn a_tab_that_slept_says_so_and_catches_up(ward: &mut Ward, browser: &Browser) {
    let sleeper = json!({ "clockMs": 1_800_000_000_000_u64 });
    let page = browser.opens_with("sleeper", &link(ward.board, "charge_nurse"), sleeper);
    page.goes("#/ward/MED-B");
    ward.pad(3, true);
    page.becomes(&tile(3), "data-age", "live");
    page.sleeps(10 * MINUTE);
    page.shows("[data-froze]", "This page stood still for 10 min");
    ward.pad(3, false);
    page.becomes(&tile(3), "data-state", "dirty");
    page.becomes(&tile(3), "data-age", "live");
    page.shows("[data-link]", "Connected");
}

/// One frame in five comes late, and the others behind it: the board is late, and not wrong.
fn late_frames_are_only_late(ward: &mut Ward, browser: &Browser) {
    let network = json!({ "everyNth": 5, "lateMs": 500 });
    let page = browser.opens_with("late", &link(ward.board, "charge_nurse"), network);
    page.goes("#/ward/MED-B");
    page.shows("[data-link]", "Connected");
    for bed in 4..=9 {
        ward.pad(bed, true);
    }
    for bed in 4..=9 {
        page.becomes(&tile(bed), "data-state", "occupied");
    }
    for bed in 4..=6 {
        ward.pad(bed, false);
    }
    for (bed, state) in [
        (4, "dirty"),
        (5, "dirty"),
        (6, "dirty"),
        (7, "occupied"),
        (9, "occupied"),
    ] {
        page.becomes(&tile(bed), "data-state", state);
    }
    page.shows("[data-link]", "Connected");
}

/// The server is killed. The last board stays and grows old; what is tapped waits, and arrives.
fn nothing_old_looks_fresh_while_the_server_is_away(ward: &mut Ward, browser: &Browser) {
    let clock = json!({ "clockMs": 1_800_000_000_000_u64 });
    let page = browser.opens_with("lonely", &link(ward.board, "charge_nurse"), clock);
    page.goes("#/ward/MED-B");
    ward.pad(10, true);
    ward.pad(10, false);
    page.becomes(&tile(10), "data-state", "dirty");
    page.becomes(&tile(10), "data-age", "live");
    ward.node.is_killed();
    page.shows("[data-link]", "Not connected");
    page.becomes(&tile(10), "data-state", "dirty");
    page.waits(6 * MINUTE);
    page.becomes(&tile(10), "data-age", "stale");
    let ages = page.attributes("main [data-bed]", "data-age");
    assert!(!ages.iter().any(|age| age == "live"), "{ages:?}");
    page.clicks(&tile(10), "B-10: Clean");
    ward.pad(11, true);
    ward.node.start();
    ward.board = ward.node.board();
    page.shows("[data-link]", "Connected");
    page.becomes(&tile(10), "data-state", "free");
    page.becomes(&tile(11), "data-state", "occupied");
    page.becomes(&tile(11), "data-age", "live");
    shows(ward.board, "MED-B", "B-10", "cleanliness", "\"clean\"");
}

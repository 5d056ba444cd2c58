//! Who comes in, to what, and for how long: a node of two tenants with real servers, asked
//! over real sockets with each token.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use harness::access::{TENANT, entry, text, token};
use harness::{Server, clickhouse, kafka, wait_for};
use serde_json::Value;
use tokio_tungstenite::tungstenite::{ClientRequestBuilder, Error, connect};

use crate::node::Node;
use crate::program::{Demo, between, complaint, printed};
use crate::watch::{counts, live, metrics};

/// Until what has been revoked is out, on a machine that is busy with the other tests; the
/// file is looked at every second.
const OUT: Duration = Duration::from_secs(20);
const PERIOD: &str = "from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z";
const COMMAND: &str = r#"{"id":"00000000-0000-4000-8000-000000000001","age_ms":0,
    "tap":{"ward":"MED-B","bed":"B-01","is":"dirty"}}"#;
const TAP: &str = r#"{"ward":"MED-B","bed":"B-01","event":"dirty"}"#;

/// A node of the tenants `demo` and `other`.
struct House {
    node: Node,
    board: SocketAddr,
    _servers: [Server; 2],
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl House {
    fn open() -> Self {
        let library = clickhouse::library().unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_medaxis"));
        let kafka = kafka::start(kafka::Access::Open).unwrap();
        let clickhouse = clickhouse::start(program, &["clickhouse-engine"], &library).unwrap();
        let nobody = SocketAddr::from(([127, 0, 0, 1], 1));
        let mut node = Node::new(kafka.address(), nobody, clickhouse.address());
        node.sets("[mqtt]\n", "[mqtt]\nhost = \"\"\n");
        node.sets("[server]\n", "tenants = [\"demo\", \"other\"]\n[server]\n");
        // Whoever has a token may come from another machine, too.
        node.sets("127.0.0.1:0", "0.0.0.0:0");
        let some = "sites = [\"north\"]\nwards = [\"MED-A\"]\ntier = \"staff\"\n";
        let ward = entry(TENANT, "charge_nurse", "nurse-of-med-a", some);
        std::fs::write(node.tokens(), text(&[TENANT, "other"]) + &ward).unwrap();
        node.start();
        let board = SocketAddr::from(([127, 0, 0, 1], node.board().port()));
        Self {
            node,
            board,
            _servers: [kafka, clickhouse],
        }
    }

    fn get(&self, token: &str, path: &str) -> Answer {
        self.ask("GET", path, &bearer(token), "")
    }

    fn post(&self, token: &str, path: &str, body: &str) -> Answer {
        self.ask("POST", path, &bearer(token), body)
    }

    /// What is answered; `header` is a line, or nothing.
    fn ask(&self, method: &str, path: &str, header: &str, body: &str) -> Answer {
        ask(self.board, method, path, header, body)
    }

    /// Waits until a request with this header is answered so.
    #[track_caller]
    fn becomes(&self, header: &str, path: &str, status: u16) {
        let became = wait_for(OUT, "the other answer", || {
            Ok((self.ask("GET", path, header, "").status == status).then_some(()))
        });
        became.unwrap_or_else(|error| panic!("{path}: {error:#}"));
    }
}

fn ask(board: SocketAddr, method: &str, path: &str, header: &str, body: &str) -> Answer {
    let mut stream = TcpStream::connect(board).unwrap();
    stream.set_read_timeout(Some(OUT)).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {board}\r\nConnection: close\r\n{header}\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_owned(),
        body: body.to_owned(),
    }
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

/// Every read of a site that there is, with parameters that it takes.
fn reads(tenant: &str) -> Vec<String> {
    let api: Value = serde_json::from_str(ingest::http::OPENAPI).unwrap();
    let paths = api["paths"].as_object().unwrap();
    let of_site = paths
        .iter()
        .filter(|(path, what)| path.contains("{tenant}") && what["get"].is_object())
        .map(|(path, _)| {
            let asked = if path.ends_with("/spc") || path.ends_with("/verify") {
                format!("?{PERIOD}")
            } else if path.ends_with("/explain") {
                "?window=2026-01-01T00:00:00Z".to_owned()
            } else if path.ends_with("/kpis")
                || path.ends_with("/{kpi}")
                || path.ends_with("/alerts")
            {
                format!("?{PERIOD}")
            } else {
                String::new()
            };
            let path = path
                .replace("{tenant}", tenant)
                .replace("{site}", "north")
                .replace("{kpi}", "occupancy");
            format!("{path}{asked}")
        });
    of_site.collect()
}

/// Every way to tell something of a site that there is.
fn writes(tenant: &str) -> Vec<String> {
    let api: Value = serde_json::from_str(ingest::http::OPENAPI).unwrap();
    let paths = api["paths"].as_object().unwrap();
    let of_site = paths
        .iter()
        .filter(|(path, what)| path.contains("{tenant}") && what["post"].is_object())
        .map(|(path, _)| path.replace("{tenant}", tenant).replace("{site}", "north"));
    let fhir = ["", "/Encounter"].map(|rest| format!("/fhir/{tenant}/north{rest}"));
    of_site.chain(fhir).collect()
}

#[test]
fn tokens_decide_who_comes_in_and_how_far() {
    let mut house = House::open();
    a_token_is_needed(&house);
    each_role_may_what_it_may(&house);
    tenants_never_see_each_other(&house);
    a_ward_outside_is_not_there(&house);
    whoever_is_revoked_is_out_at_once(&house);
    a_broken_file_changes_nothing(&house);
    a_kiosk_reads_on_its_own_screen_only(&mut house);
    let said = std::fs::read_to_string(house.node.log()).unwrap();
    assert!(
        !said.contains("test-demo"),
        "a token or a label is in the log"
    );
    house.node.ends();
}

fn a_token_is_needed(house: &House) {
    let told = house.post(&token(TENANT, "source"), "/v1/demo/north/beds", TAP);
    assert_eq!(told.status, 202, "{}", told.body);
    let other = house.post(&token("other", "source"), "/v1/other/north/beds", TAP);
    assert_eq!(other.status, 202, "{}", other.body);
    house.becomes(
        &bearer(&token(TENANT, "charge_nurse")),
        "/v1/demo/north/snapshot",
        200,
    );
    house.becomes(
        &bearer(&token("other", "charge_nurse")),
        "/v1/other/north/snapshot",
        200,
    );
    for path in ["/", "/openapi.json", "/asyncapi.json", "/metrics"] {
        let answer = house.ask("GET", path, "", "");
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.body.contains("test-demo"), "{path}");
    }
    let mut closed = [reads(TENANT), writes(TENANT)].concat();
    closed
        .extend(["/v1/sites", "/v1/kpis", "/live?site=demo/north", "/nowhere"].map(str::to_owned));
    for path in closed {
        for header in [
            String::new(),
            bearer("wrong"),
            "Cookie: medaxis_session=wrong\r\n".to_owned(),
        ] {
            let answer = house.ask("GET", &path, &header, "");
            assert_eq!(answer.status, 401, "{path} {header}");
            let head = answer.head.to_ascii_lowercase();
            assert!(head.contains("www-authenticate: bearer"), "{head}");
            let code = if header.is_empty() {
                "no-token"
            } else {
                "token-unknown"
            };
            assert!(answer.body.contains(code), "{}", answer.body);
        }
    }
    let refused = "medaxis_access_refused_total{reason=\"no_token\"}";
    assert!(metrics(house.board).unwrap()[refused] > 0);
}

/// As `docs/access.md` says; an act is one request.
fn each_role_may_what_it_may(house: &House) {
    let explain = "/v1/demo/north/kpis/occupancy/explain?window=2026-01-01T00:00:00Z";
    let verify = format!("/v1/demo/north/verify?{PERIOD}");
    let readers = ["analyst", "bed_manager", "charge_nurse", "operator"];
    let lookers = [&readers[..], &["cleaner"]].concat();
    let commands = ["bed_manager", "charge_nurse", "cleaner"];
    let cases: [(&str, &str, &str, &[&str]); 7] = [
        ("GET", "/v1/demo/north/snapshot", "", &lookers),
        ("GET", "/v1/sites", "", &lookers),
        ("GET", "/v1/demo/north/beds", "", &readers),
        ("GET", explain, "", &readers),
        ("GET", &verify, "", &readers),
        ("POST", "/v1/demo/north/beds", TAP, &["source"]),
        ("POST", "/v1/demo/north/commands", COMMAND, &commands),
    ];
    for (method, path, body, allowed) in cases {
        for role in harness::access::ROLES {
            let who = bearer(&token(TENANT, role));
            let answer = house.ask(method, path, &who, body);
            let is_refused = answer.status == 403;
            assert_eq!(
                is_refused,
                !allowed.contains(&role),
                "{role} {method} {path}: {} {}",
                answer.status,
                answer.body
            );
            assert_ne!(answer.status, 401);
            assert_eq!(
                is_refused,
                answer.body.contains("not-allowed"),
                "{}",
                answer.body
            );
        }
    }
    let fhir = house.get(&token(TENANT, "charge_nurse"), "/fhir/demo/north/metadata");
    assert_eq!(fhir.status, 403);
    assert!(fhir.body.contains("OperationOutcome"), "{}", fhir.body);
}

fn tenants_never_see_each_other(house: &House) {
    for (mine, theirs) in [(TENANT, "other"), ("other", TENANT)] {
        for role in harness::access::ROLES {
            let token = token(mine, role);
            for path in reads(theirs) {
                let answer = house.get(&token, &path);
                assert_eq!(answer.status, 404, "{role} {path}: {}", answer.body);
                assert!(answer.body.contains("site-unknown"), "{}", answer.body);
                // A site that nobody has is answered in the same words.
                let nobodys = house.get(&token, &path.replace(theirs, "nobody"));
                assert_eq!((nobodys.status, nobodys.body), (answer.status, answer.body));
            }
            for path in writes(theirs) {
                let answer = house.post(&token, &path, TAP);
                assert_eq!(answer.status, 404, "{role} {path}: {}", answer.body);
            }
            for path in [
                format!("/v1/{theirs}/north/snapshot"),
                format!("/fhir/{theirs}/north/metadata"),
            ] {
                assert_eq!(house.get(&token, &path).status, 404, "{role} {path}");
            }
        }
        let nurse = token(mine, "charge_nurse");
        let sites = house.get(&nurse, "/v1/sites").body;
        assert_eq!(sites, format!("[\"{mine}/north\"]"));
        let url = format!("ws://{}/live?site={theirs}/north", house.board);
        let opening = ClientRequestBuilder::new(url.parse().unwrap())
            .with_header("Authorization", format!("Bearer {nurse}"));
        match connect(opening) {
            Err(Error::Http(answer)) => assert_eq!(answer.status(), 404),
            other => panic!("{other:?}"),
        }
    }
}

fn a_ward_outside_is_not_there(house: &House) {
    let all = house.get(&token(TENANT, "charge_nurse"), "/v1/demo/north/snapshot");
    assert!(all.body.contains("B-01"), "{}", all.body);
    let snapshot = house.get("nurse-of-med-a", "/v1/demo/north/snapshot");
    assert_eq!(snapshot.status, 200);
    assert!(!snapshot.body.contains("MED-B"), "{}", snapshot.body);
    let beds = "/v1/demo/north/beds";
    let everybody = token(TENANT, "charge_nurse");
    let stored = wait_for(OUT * 3, "the bed in ClickHouse", || {
        let answer = house.get(&everybody, beds);
        Ok(answer.body.contains("MED-B").then_some(()))
    });
    stored.unwrap();
    let theirs = house.get("nurse-of-med-a", beds);
    assert_eq!(theirs.status, 200, "{}", theirs.body);
    assert!(!theirs.body.contains("MED-B"), "{}", theirs.body);
    for path in [
        format!("{beds}?ward=MED-B"),
        format!("{beds}?ward=-"),
        "/v1/demo/north/kpis/occupancy/explain?ward=MED-B&window=2026-01-01T00:00:00Z".to_owned(),
        "/v1/demo/north/kpis/occupancy/explain?window=2026-01-01T00:00:00Z".to_owned(),
    ] {
        let answer = house.get("nurse-of-med-a", &path);
        assert_eq!(answer.status, 404, "{path}: {}", answer.body);
        assert!(answer.body.contains("site-unknown"), "{}", answer.body);
    }
    let verify = house.get("nurse-of-med-a", &format!("/v1/demo/north/verify?{PERIOD}"));
    assert_eq!(verify.status, 403, "{}", verify.body);
    let tap = house.post("nurse-of-med-a", "/v1/demo/north/commands", COMMAND);
    assert_eq!(tap.status, 404, "{}", tap.body);
    let south = house.get("nurse-of-med-a", "/v1/demo/south/beds");
    assert_eq!(south.status, 404);
}

fn whoever_is_revoked_is_out_at_once(house: &House) {
    let (mut socket, _) = connect(live(house.board)).unwrap();
    socket.read().unwrap();
    let nurse = token(TENANT, "charge_nurse");
    house
        .node
        .prints(&["access", "revoke", "--tenant", TENANT, &nurse]);
    let closed = wait_for(OUT, "the end of the socket", || {
        Ok(socket.read().is_err().then_some(()))
    });
    closed.unwrap();
    house.becomes(&bearer(&nurse), "/v1/sites", 401);
    let asked = house.post(&nurse, "/v1/demo/north/commands", COMMAND);
    assert_eq!(asked.status, 401, "{}", asked.body);
    let manager = house.get(&token(TENANT, "bed_manager"), "/v1/sites");
    assert_eq!(manager.status, 200, "others stay");
    let twice = ["access", "revoke", "--tenant", TENANT, &nurse];
    let twice = house.node.command(&twice).output().unwrap();
    assert!(!twice.status.success());
    assert!(
        complaint(&twice).contains("has no token"),
        "{}",
        complaint(&twice)
    );
    // Somebody new comes in, without a restart.
    let whom = ["--tenant", TENANT, "--site", "all", "--ward", "all"];
    let as_whom = [
        "--role",
        "charge_nurse",
        "--tier",
        "staff",
        "--label",
        &nurse,
    ];
    let made = house
        .node
        .prints(&[&["access", "add"], &whom[..], &as_whom].concat());
    house.becomes(&bearer(made.trim()), "/v1/sites", 200);
    let listed = house.node.prints(&["access", "list"]);
    assert!(
        listed.contains("charge_nurse  tier staff") && !listed.contains(made.trim()),
        "{listed}"
    );
}

fn a_broken_file_changes_nothing(house: &House) {
    let good = std::fs::read_to_string(house.node.tokens()).unwrap();
    let manager = token(TENANT, "bed_manager");
    let broken = good.replacen("role = ", "rule = ", 1);
    std::fs::write(house.node.tokens(), broken).unwrap();
    counts(house.board, "medaxis_access_file_broken", 1);
    house.node.says("the access file is not used");
    assert_eq!(house.get(&manager, "/v1/sites").status, 200);
    std::fs::write(house.node.tokens(), good).unwrap();
    let mended = wait_for(OUT, "the file", || {
        let broken = metrics(house.board)?["medaxis_access_file_broken"];
        Ok((broken == 0).then_some(()))
    });
    mended.unwrap();
}

fn a_kiosk_reads_on_its_own_screen_only(house: &mut House) {
    let whom = ["--tenant", TENANT, "--site", "north", "--ward", "MED-B"];
    let screen = ["--device", "hall", "--label", "Screen in the hall"];
    let board = ["--board", "https://board.example/"];
    let made = house
        .node
        .prints(&[&["access", "kiosk"], &whom[..], &screen, &board].concat());
    let token = made
        .trim()
        .strip_prefix("https://board.example/#token=")
        .unwrap();
    let body = format!(r#"{{"token":"{token}"}}"#);
    let signed = wait_for(OUT, "the new token", || {
        let answer = house.ask("POST", "/v1/session", "", &body);
        Ok((answer.status == 200).then_some(answer))
    });
    let signed = signed.unwrap();
    let head = signed.head.to_ascii_lowercase();
    assert!(head.contains("httponly; samesite=strict"), "{head}");
    let shown: Value = serde_json::from_str(&signed.body).unwrap();
    assert_eq!(
        (&shown["role"], &shown["device"]),
        (&"kiosk".into(), &"hall".into())
    );
    let cookie = signed.head.split("medaxis_session=").nth(1).unwrap();
    let cookie = format!(
        "Cookie: medaxis_session={}\r\n",
        cookie.split(';').next().unwrap()
    );

    let snapshot = house.ask("GET", "/v1/demo/north/snapshot", &cookie, "");
    assert_eq!(snapshot.status, 200, "{}", snapshot.body);
    assert!(
        snapshot.body.contains("B-01") && !snapshot.body.contains("\"visit\""),
        "{}",
        snapshot.body
    );
    // It changes nothing: neither by itself, nor for a page of ours or of somebody else's.
    let origin = |origin: &str| format!("{cookie}Origin: http://{origin}\r\n");
    let here = house.board.to_string();
    for header in [cookie.clone(), origin(&here), origin("elsewhere.example")] {
        let told = house.ask("POST", "/v1/demo/north/beds", &header, TAP);
        assert_eq!(told.status, 403, "{header}: {}", told.body);
    }
    for path in ["/v1/demo/north/beds", "/v1/kpis"] {
        assert_eq!(house.ask("GET", path, &cookie, "").status, 403, "{path}");
    }
    // Its token is good for nothing on another screen, nor by itself.
    let copied = house.ask("POST", "/v1/session", "", &body);
    assert_eq!(copied.status, 403, "{}", copied.body);
    assert!(copied.body.contains("kiosk-bound"), "{}", copied.body);
    assert_eq!(house.get(token, "/v1/sites").status, 401);
    // It is the same screen after a restart, and when its link is opened again.
    house.node.start();
    house.board = SocketAddr::from(([127, 0, 0, 1], house.node.board().port()));
    assert_eq!(house.ask("GET", "/v1/sites", &cookie, "").status, 200);
    assert_eq!(house.ask("POST", "/v1/session", &cookie, &body).status, 200);
    let revoke = ["access", "revoke", "--tenant", TENANT, "Screen in the hall"];
    printed(&house.node.command(&revoke).output().unwrap());
    house.becomes(&cookie, "/v1/sites", 401);
}

#[test]
fn a_demo_makes_a_token_of_each_role_and_says_its_link() {
    let mut demo = Demo::with_its_own_tokens(&["--history-hours", "0"]);
    let board = demo.board();
    let said = demo.said();
    for role in harness::access::ROLES {
        let link = format!("as {role:<13} http://{board}/#token=");
        let token: String = between(&said, &link, "\n").unwrap_or_else(|| panic!("{link}{said}"));
        let snapshot = ask(board, "GET", "/v1/demo/north/snapshot", &bearer(&token), "");
        let status = if role == "source" { 403 } else { 200 };
        assert_eq!(snapshot.status, status, "{role}: {}", snapshot.body);
        let session = ask(board, "GET", "/v1/session", &bearer(&token), "").body;
        let session: Value = serde_json::from_str(&session).unwrap();
        let tier = if role == "cleaner" {
            "corridor"
        } else {
            "staff"
        };
        assert_eq!(
            (&session["role"], &session["tier"]),
            (&role.into(), &tier.into())
        );
    }
    assert!(said.contains("as kiosk "), "{said}");
    let nobody = ask(board, "GET", "/v1/demo/north/snapshot", "", "");
    assert_eq!(nobody.status, 401);
    demo.ends();
}

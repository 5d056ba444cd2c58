//! The rules of the house that the compiler doesn't know: who may import whom,
//! what the pure rooms must not depend on, how long a file may be, and that the
//! documents name files that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What would let the pure rooms see a clock, a socket or a disk.
const IMPURE: [&str; 8] = [
    "axum",
    "clickhouse",
    "hyper",
    "rdkafka",
    "reqwest",
    "rumqttc",
    "tokio",
    "tracing",
];
const LINES_MAX: usize = 400;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Files that git tracks or would track.
fn files(ending: &str) -> Vec<PathBuf> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files");
    let listed = String::from_utf8(listed.stdout).expect("names are UTF-8");
    let files = listed.lines().filter(|name| name.ends_with(ending));
    let files: Vec<_> = files
        .map(|name| root().join(name))
        .filter(|file| file.exists())
        .collect();
    assert!(
        !files.is_empty(),
        "no {ending} file is found: is this a git checkout?"
    );
    files
}

fn manifest(room: &str) -> toml::Table {
    let text = fs::read_to_string(root().join(room).join("Cargo.toml"))
        .expect("every room has a manifest");
    toml::from_str(&text).expect("cargo reads it, too")
}

fn dependencies(room: &str) -> BTreeSet<String> {
    let manifest = manifest(room);
    let table = manifest["dependencies"]
        .as_table()
        .expect("dependencies are a table");
    table.keys().cloned().collect()
}

#[test]
fn the_pure_rooms_stay_pure() {
    for room in ["events", "stream"] {
        for impure in IMPURE {
            assert!(
                !dependencies(room).contains(impure),
                "{room} depends on {impure}"
            );
        }
        for file in files(".rs")
            .iter()
            .filter(|file| file.starts_with(root().join(room).join("src")))
        {
            let text = fs::read_to_string(file).unwrap();
            for word in [
                "SystemTime",
                "Instant::now",
                "std::fs",
                "std::net",
                "std::env::var",
                "HashSet",
            ] {
                assert!(!text.contains(word), "{}: {word}", file.display());
            }
        }
    }
}

#[test]
fn stages_share_the_vocabulary_and_nothing_else() {
    const STAGES: [&str; 8] = [
        "dashboards",
        "embedded",
        "events",
        "ingest",
        "simulators",
        "sinks",
        "store",
        "stream",
    ];
    let allowed = |room: &str| match room {
        "dashboards" | "embedded" | "events" => vec![],
        _ => vec!["events"],
    };
    for room in STAGES {
        let imported: Vec<_> = dependencies(room)
            .into_iter()
            .filter(|name| STAGES.contains(&name.as_str()))
            .collect();
        assert!(
            imported
                .iter()
                .all(|name| allowed(room).contains(&name.as_str())),
            "{room}: {imported:?}"
        );
    }
}

#[test]
fn unsafe_code_is_in_one_room() {
    for file in files(".rs") {
        if file.starts_with(root().join("embedded")) || file.ends_with("tests/tidy.rs") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains("allow(unsafe_code)"), "{}", file.display());
    }
}

#[test]
fn files_say_what_they_are_and_end_in_time() {
    let mut faults = Vec::new();
    for file in files(".rs") {
        let text = fs::read_to_string(&file).unwrap();
        if !text.starts_with("//!") {
            faults.push(format!("{}: does not begin with //!", file.display()));
        }
        let lines = text.lines().count();
        let is_test = file.components().any(|part| part.as_os_str() == "tests");
        if lines > LINES_MAX && !is_test {
            faults.push(format!(
                "{}: {lines} lines, at most {LINES_MAX}",
                file.display()
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_kpi_and_rule_has_its_judge() {
    let judged: BTreeSet<_> = simulators::truth::kpis()
        .iter()
        .map(|kpi| kpi.name)
        .collect();
    let said: BTreeSet<_> = stream::kpi::all().iter().map(|kpi| kpi.name).collect();
    assert_eq!(said, judged);
    let judged: BTreeSet<_> = simulators::truth::rules()
        .iter()
        .map(|rule| rule.name)
        .collect();
    let said: BTreeSet<_> = stream::alert::all().iter().map(|rule| rule.name).collect();
    assert_eq!(said, judged);
}

#[test]
fn documents_name_files_that_exist() {
    let mut missing = Vec::new();
    for document in files(".md") {
        let text = fs::read_to_string(&document).unwrap();
        let named = text.split('`').skip(1).step_by(2);
        for name in named.filter(|name| is_file_name(name)) {
            let from_root = root().join(name);
            let beside = document.parent().unwrap_or(Path::new("")).join(name);
            if !from_root.exists() && !beside.exists() {
                missing.push(format!("{}: {name}", document.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// A path with a folder and an ending that we write; NAME and the like stand for any.
fn is_file_name(name: &str) -> bool {
    if ["NAME", "SYSTEM", "NNNN"]
        .iter()
        .any(|any| name.contains(any))
    {
        return false;
    }
    let endings = [
        ".rs", ".md", ".toml", ".proto", ".sql", ".sh", ".yaml", ".json", ".ts", ".svelte",
    ];
    let plain = name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"._-/".contains(&b));
    let rooms = [
        "dashboards/",
        "deploy/",
        "docs/",
        "embedded/",
        "events/",
        "ingest/",
        "simulators/",
        "sinks/",
        "src/",
        "store/",
        "stream/",
        "tests/",
    ];
    plain
        && rooms.iter().any(|room| name.starts_with(room))
        && endings.iter().any(|end| name.ends_with(end))
}

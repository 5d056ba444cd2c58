//! What is broken: third-party messages, the requests of the pages, the bytes that must be
//! read for ever.

use std::path::{Path, PathBuf};

use ingest::hl7::split;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(file: &str) -> String {
    let path = root().join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// HL7 messages of others.
pub(crate) fn hl7() -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    for file in [
        "hl7v2-simhospital/messages.out",
        "adt-simulated/inpatient-seed1-n25-gap20/messages.hl7",
    ] {
        let path = root().join("../shared/data").join(file);
        let bytes = std::fs::read(&path).unwrap_or_else(|error| {
            panic!(
                "{}: {error}; this test breaks the third-party messages in ../shared/data beside the project",
                path.display()
            )
        });
        messages.extend(split::messages(&bytes).map(<[u8]>::to_vec));
    }
    messages
}

/// The bodies of the requests of a page.
pub(crate) fn bodies(page: &str) -> Vec<Vec<u8>> {
    let page = text(page);
    let lines = page.lines().filter_map(|line| line.split_once(" -d '"));
    lines
        .filter_map(|(_, rest)| Some(rest.rsplit_once('\'')?.0.as_bytes().to_vec()))
        .collect()
}

/// The bytes of the golden records.
pub(crate) fn records() -> Vec<Vec<u8>> {
    let golden = text("events/tests/golden.rs");
    let hex = golden
        .split('"')
        .filter(|part| part.len() > 20 && part.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    hex.map(|text| text.as_bytes().chunks(2).map(byte).collect())
        .collect()
}

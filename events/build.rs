//! Compiles the `.proto` contract with a compiler written in Rust, so that no
//! system `protoc` is needed.
use std::error::Error;

const FILES: [&str; 4] = [
    "medaxis/v1/control.proto",
    "medaxis/v1/input.proto",
    "medaxis/v1/output.proto",
    "medaxis/v1/place.proto",
];

/// What boards were last told is part of the processor's state, and of its snapshots.
const STATE: [&str; 12] = [
    "BedClock",
    "BedConflict",
    "BedView",
    "Coming",
    "Leaving",
    "OnShift",
    "Place",
    "SilenceView",
    "SiteView",
    "SourceView",
    "Waiting",
    "WardView",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let files = FILES.map(|file| format!("proto/{file}"));
    let descriptors = protox::compile(files, ["proto"])?;
    let mut config = prost_build::Config::new();
    config.btree_map(["."]);
    for message in STATE {
        config.message_attribute(message, "#[derive(serde::Serialize, serde::Deserialize)]");
    }
    config.compile_fds(descriptors)?;
    Ok(())
}

//! Compiles the `.proto` contract with a compiler written in Rust, so that no
//! system `protoc` is needed.
use std::error::Error;

const FILES: [&str; 4] = [
    "medaxis/v1/control.proto",
    "medaxis/v1/input.proto",
    "medaxis/v1/output.proto",
    "medaxis/v1/place.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let files = FILES.map(|file| format!("proto/{file}"));
    let descriptors = protox::compile(files, ["proto"])?;
    prost_build::Config::new()
        .btree_map(["."])
        .compile_fds(descriptors)?;
    Ok(())
}

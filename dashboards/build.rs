//! Embeds the board anew when it is built anew. Only release builds embed it:
//! others read `board/dist` as it is, and need not be built again.

fn main() {
    let embeds = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    println!(
        "cargo::rerun-if-changed={}",
        if embeds { "board/dist" } else { "build.rs" }
    );
}

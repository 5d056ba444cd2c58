//! What the demo says to paste, pasted.

use std::process::Command;

use harness::access;

use crate::program::Demo;
use crate::watch::shows;

/// The command that begins so, with its continued lines, as it was printed.
#[track_caller]
fn command(said: &str, begins: &str) -> String {
    let mut lines = said
        .lines()
        .skip_while(|line| !line.trim_start().starts_with(begins))
        .peekable();
    assert!(lines.peek().is_some(), "no {begins} in\n{said}");
    let mut command = Vec::new();
    for line in lines {
        command.push(line);
        if !line.ends_with('\\') {
            break;
        }
    }
    command.join("\n")
}

#[track_caller]
fn paste(command: &str) -> String {
    let output = Command::new("sh").args(["-c", command]).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{command}\n{printed}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    printed
}

#[test]
fn the_commands_that_the_demo_prints_change_the_board() {
    let mut demo = Demo::start(&["--history-hours", "1"]);
    let board = demo.board();
    let said = demo.hears("all that is to be pasted", |said| {
        said.contains("Ctrl-C").then(|| said.to_owned())
    });

    paste(&command(&said, "mosquitto_pub"));
    let bed = shows(board, "MED-B", "B-EXTRA", "occupied", "true");
    assert_eq!(bed["listed"], false, "{bed:#}");
    assert_eq!(bed["pad_silent"], false, "{bed:#}");
    let out = command(&said, "mosquitto_pub")
        .replace("true", "false")
        .replace(":1,", ":2,");
    paste(&out);
    shows(board, "MED-B", "B-EXTRA", "occupied", "false");

    let source = access::token(access::TENANT, "source");
    paste(&command(&said, "curl -sS -X POST").replace("TOKEN", &source));
    shows(board, "SURG", "S-EXTRA", "cleanliness", "\"dirty\"");

    let row = paste(&command(&said, "curl -sS 'http"));
    assert!(row.contains("kpi:"), "{row}");
    demo.ends();
}

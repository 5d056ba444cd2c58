//! A node that keeps its snapshots and its archive in a bucket of an S3 server.

use std::fs;

use harness::{Login, s3};

use crate::restart::{SNAPSHOT, Servers};
use crate::watch::{counts, metrics, shows};

const SECRET: &str = "s3cr3ts3cr3t";

#[test]
fn a_node_that_is_killed_goes_on_from_what_it_keeps_in_a_bucket() {
    let servers = Servers::start();
    let bucket = s3::start(&Login::new("medaxis", SECRET)).unwrap();
    let mut node = servers.node();
    let commands = node.twin();
    let secret = node.file("secret", SECRET);
    let settings = format!(
        "[store]\nurl = \"s3://{}/north\"\nendpoint = \"http://{}\"\naccess_key = \"medaxis\"\nsecret_key_file = \"{secret}\"\n",
        s3::BUCKET,
        bucket.address()
    );
    node.sets("[store]\n", &settings);
    commands.prints(&["check-config"]);
    node.start();
    let board = node.board();
    node.has_a_ward(board);
    servers.pad(1, true);
    shows(board, "MED-B", "B-01", "occupied", "true");
    let taken = metrics(board).unwrap()[SNAPSHOT];
    counts(board, SNAPSHOT, taken + 1);

    node.is_killed();
    node.start();
    let board = node.board();
    node.says("going on from a snapshot");
    servers.pad(1, true);
    counts(board, "medaxis_stream_duplicates_total", 1);
    servers.pad(2, false);
    shows(board, "MED-B", "B-01", "occupied", "false");
    let (log, folder) = (node.log(), node.store());
    node.ends();

    let checked = commands.prints(&["archive", "check"]);
    assert!(
        checked.contains("the archive is as it was written"),
        "{checked}"
    );
    assert!(!folder.exists(), "nothing is kept elsewhere");
    let log = fs::read_to_string(log).unwrap();
    assert!(!log.contains(SECRET), "{log}");
}

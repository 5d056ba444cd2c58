//! What a snapshot of a site with a past costs: how long the stream stops, how long it
//! takes to write it down beside, and how large it is.

use std::hint::black_box;
use std::time::Duration;

use stream::site::written::Weight;
use stream::snapshot::Piece;

use crate::late::{DEVICES, Site};
use crate::timed;

const TIMES: usize = 21;
const BEDS: usize = 1_000;

/// Prints them.
pub(crate) fn measure(site: &mut Site) {
    println!("\n| snapshot, {DEVICES} devices and {BEDS} beds | median | longest |");
    println!("|---|---:|---:|");
    row("the fold stops while its site is copied", || {
        timed(|| drop(black_box(site.fold.clone()))).0
    });
    row("the site is written down beside it", || {
        timed(|| drop(black_box(bytes_of(site)))).0
    });
    let mut pieces = Vec::new();
    row("the stream stops while a lane is copied", || {
        let longest;
        (longest, pieces) = site.copy_lanes();
        longest
    });
    row("a frame of all devices of a lane", || site.read_all());
    row("the same, when its lane has just been copied", || {
        let copies = site.copy_lanes().1;
        let took = site.read_all();
        pieces = copies;
        took
    });
    row("a lane is written down beside it", || {
        let write = |piece: &Piece| timed(|| drop(black_box(piece.bytes()))).0;
        pieces.iter().map(write).max().unwrap_or_default()
    });
    let lanes: usize = pieces.iter().map(|piece| piece.bytes().len()).sum();
    sizes(lanes, site.fold.weight());
}

/// Prints how large a snapshot is.
fn sizes(lanes: usize, site: Weight) {
    let mb = |bytes: usize| (bytes + 50_000) / 100_000;
    let row = |what: &str, bytes: usize, many: usize| {
        let (whole, tenth) = (mb(bytes) / 10, mb(bytes) % 10);
        println!("| {what} | {whole}.{tenth} MB | {} bytes |", bytes / many);
    };
    let devices = lanes + site.devices;
    println!("\n| a snapshot has | in all | of each |");
    println!("|---|---:|---:|");
    row("devices, in their lanes", lanes, DEVICES);
    row("devices, at their site", site.devices, DEVICES);
    row("beds, and what was the case with them", site.rest, BEDS);
    println!(
        "\n100,000 such devices: {} MB",
        devices / DEVICES * 100_000 / 1_000_000
    );
}

fn bytes_of(site: &Site) -> Vec<u8> {
    postcard::to_allocvec(&site.fold).expect("state is made of numbers, texts and lists")
}

fn row(what: &str, mut measured: impl FnMut() -> Duration) {
    let mut times: Vec<Duration> = (0..TIMES).map(|_| measured()).collect();
    times.sort_unstable();
    let ms = |took: Duration| took.as_secs_f64() * 1e3;
    let (median, longest) = (ms(times[TIMES / 2]), ms(times[TIMES - 1]));
    println!("| {what} | {median:.2} ms | {longest:.2} ms |");
}

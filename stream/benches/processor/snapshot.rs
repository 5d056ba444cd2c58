//! What a snapshot of a site with a past costs: how long its worker stops, how long it
//! takes to write it down beside, and how large it is.

use std::hint::black_box;
use std::time::Duration;

use crate::late::{DEVICES, Site};
use crate::timed;

const TIMES: usize = 21;
const BEDS: usize = 1_000;

/// Prints them.
pub(crate) fn measure(site: &mut Site) {
    println!("\n| snapshot, {DEVICES} devices and {BEDS} beds, 72 hours | median | longest |");
    println!("|---|---:|---:|");
    row("the fold stops while its site is copied", || {
        timed(|| drop(black_box(site.fold.clone()))).0
    });
    row("the site is written down beside it", || {
        timed(|| drop(black_box(bytes_of(site)))).0
    });
    let mut lanes = 0;
    row("a lane stops while it is written down", || {
        let (longest, bytes) = site.write_lanes();
        lanes = bytes;
        longest
    });
    let sites = bytes_of(site).len();
    println!(
        "\nsnapshot: {sites} bytes of the site ({} a bed if they were the beds' alone), {lanes} bytes of the lanes \
         ({} a device); {} a device in all",
        sites / BEDS,
        lanes / DEVICES,
        (sites + lanes) / DEVICES
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

//! A node of real processes, one for each role, with real servers: in every round one of them is
//! killed, paused, started twice or misled, while devices and people go on. They keep a ledger of
//! what they said; in the end it is compared with the tables, the boards and the archive.
//!
//! `MEDAXIS_CHAOS_ROUNDS` asks for more rounds, with longer pauses; `MEDAXIS_CHAOS_SEED` for the
//! same ones again.

pub(crate) mod clock;
mod cluster;
mod disk;
mod generator;
mod judge;
mod ledger;
mod part;
mod people;
mod rounds;

use std::time::{Duration, Instant};

use simulators::rng::Rng;

use cluster::Cluster;
use generator::Generator;
use rounds::{ALL, Patience};

/// Rounds of one node; then it is judged, and another one begins.
const OF_ONE_NODE: usize = 2 * ALL.len();

#[test]
fn nothing_is_lost_and_nothing_counts_twice_whoever_is_killed_paused_or_started_twice() {
    let rounds = number("MEDAXIS_CHAOS_ROUNDS");
    let seed = number("MEDAXIS_CHAOS_SEED").unwrap_or(1);
    let patience = Patience {
        pause: Duration::from_secs(if rounds.is_some() { 20 } else { 2 }),
        away: Duration::from_secs(if rounds.is_some() { 60 } else { 5 }),
    };
    let rounds = usize::try_from(rounds.unwrap_or(ALL.len() as u64)).unwrap();
    println!("chaos: {rounds} rounds; the same again with MEDAXIS_CHAOS_SEED={seed}");
    let mut left = rounds;
    for node in 0.. {
        let now = left.min(OF_ONE_NODE);
        survives(now, patience, seed + node);
        left -= now;
        if left == 0 {
            return;
        }
    }
}

/// A node that lives through so many rounds.
#[expect(clippy::disallowed_methods, reason = "edge: says how long it took")]
fn survives(count: usize, patience: Patience, seed: u64) {
    let mut rng = Rng::named(seed, "rounds");
    let plan = rounds::plan(count, &mut rng);
    assert!(count < ALL.len() || ALL.iter().all(|kind| plan.contains(kind)));
    let mut cluster = Cluster::start();
    let (mqtt, http) = (cluster.mosquitto.address(), cluster.gateway.address());
    let generator = Generator::start(seed, mqtt, http);
    let from = generator.now_ms();
    for (number, kind) in (1..).zip(plan) {
        let begun = Instant::now();
        cluster.live_through(kind, patience, &mut rng, &generator);
        let over = begun.elapsed().as_secs_f64();
        cluster.knows_all_until(generator.now_ms());
        let fresh = begun.elapsed().as_secs_f64() - over;
        cluster.is_well();
        println!("seed {seed} round {number}: {kind} for {over:.1} s, fresh {fresh:.1} s later");
    }
    let to = generator.now_ms();
    let found = cluster.is_as_the_ledger_says(&generator.end(), from, to);
    println!("seed {seed}: {found}");
}

fn number(variable: &str) -> Option<u64> {
    let said = std::env::var(variable).ok()?;
    Some(
        said.parse()
            .unwrap_or_else(|_| panic!("{variable}: is no number")),
    )
}

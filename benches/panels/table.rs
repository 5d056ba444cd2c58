//! What is printed: for each way to look at the panels, how long they took, and which the longest.

use std::time::Duration;

/// Panels that are named for each view: the slowest.
const NAMED: usize = 5;

type Of = fn(&Took) -> Duration;

/// What one answer took.
#[derive(Clone, Copy)]
pub(crate) struct Took {
    /// Until it was there.
    pub(crate) wall: Duration,
    /// Of the engine's computing.
    pub(crate) cpu: Duration,
}

#[derive(Default)]
pub(crate) struct Table {
    views: Vec<View>,
}

struct View {
    name: String,
    panels: Vec<(String, Vec<Took>)>,
}

impl Table {
    /// Adds what a panel took in a view.
    pub(crate) fn add(&mut self, view: &str, panel: &str, took: Vec<Took>) {
        if self.views.last().is_none_or(|last| last.name != view) {
            self.views.push(View {
                name: view.to_owned(),
                panels: Vec::new(),
            });
        }
        let last = self.views.last_mut().expect("it has just been added");
        last.panels.push((panel.to_owned(), took));
    }

    pub(crate) fn print(&mut self) {
        println!("| view | panel | p50 ms | p95 ms | p50 CPU ms | p95 CPU ms |");
        println!("|---|---|---|---|---|---|");
        for view in &mut self.views {
            let all: Vec<Took> = view
                .panels
                .iter()
                .flat_map(|(_, took)| took.clone())
                .collect();
            line(&view.name, &format!("all {}", view.panels.len()), &all);
            view.panels.sort_by_key(|(_, took)| {
                let cpu = took.iter().map(|took| took.cpu);
                std::cmp::Reverse(cpu.sum::<Duration>())
            });
            for (panel, took) in view.panels.iter().take(NAMED) {
                line("", panel, took);
            }
        }
    }
}

fn line(view: &str, panel: &str, took: &[Took]) {
    let of_hundred = |of: Of, p: usize| {
        let mut sorted: Vec<Duration> = took.iter().map(of).collect();
        sorted.sort_unstable();
        sorted[(p * sorted.len()).div_ceil(100) - 1].as_secs_f64() * 1_000.0
    };
    let (wall, cpu): (Of, Of) = (|took| took.wall, |took| took.cpu);
    println!(
        "| {view} | {panel} | {:.1} | {:.1} | {:.1} | {:.1} |",
        of_hundred(wall, 50),
        of_hundred(wall, 95),
        of_hundred(cpu, 50),
        of_hundred(cpu, 95),
    );
}

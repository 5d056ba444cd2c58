//! What is printed: for each way to look at the panels, how long they took, and which the longest.

use std::time::Duration;

/// Panels that are named for each view: the slowest.
const NAMED: usize = 5;

#[derive(Default)]
pub(crate) struct Table {
    views: Vec<View>,
}

struct View {
    name: String,
    panels: Vec<(String, Vec<Duration>)>,
}

impl Table {
    /// Adds what a panel took in a view.
    pub(crate) fn add(&mut self, view: &str, panel: &str, took: Vec<Duration>) {
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
        println!("| view | panel | p50 ms | p95 ms |\n|---|---|---|---|");
        for view in &mut self.views {
            let mut all: Vec<Duration> = view.panels.iter().flat_map(|(_, took)| took.clone()).collect();
            line(&view.name, &format!("all {}", view.panels.len()), &mut all);
            view.panels.sort_by_key(|(_, took)| std::cmp::Reverse(took.iter().sum::<Duration>()));
            for (panel, took) in view.panels.iter_mut().take(NAMED) {
                line("", panel, took);
            }
        }
    }
}

fn line(view: &str, panel: &str, took: &mut [Duration]) {
    took.sort_unstable();
    let of_hundred = |p: usize| took[(p * took.len()).div_ceil(100) - 1].as_secs_f64() * 1_000.0;
    println!("| {view} | {panel} | {:.1} | {:.1} |", of_hundred(50), of_hundred(95));
}

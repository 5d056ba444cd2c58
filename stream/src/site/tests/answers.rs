//! People and alerts within the fold: what is done once, in turn, and taken back.

use events::command::{Action, Actor, Command, Silenced};
use events::output::{Alert, Change};

use super::*;
use crate::version::{ANSWERS, NEWEST};

impl Scene {
    fn goes_by(&mut self, now: i64, version: u32) -> Vec<Output> {
        let control = Control {
            site: self.fold.site.clone(),
            setting: Setting::Version(version),
        };
        self.at(now, Item::Control(control))
    }

    /// A ward whose bed b1 is dirty since minute 10, of the newest version.
    fn with_a_dirty_bed() -> (Self, Vec<Output>) {
        let mut scene = Self::new();
        scene.goes_by(M, NEWEST);
        let mut said = scene.asks(10 * M, 1, "Cleo", "cleaner", tap(BedTap::Dirty));
        said.extend(scene.until(70 * M));
        (scene, said)
    }

    fn asks(&mut self, now: i64, id: u32, by: &str, role: &str, action: Action) -> Vec<Output> {
        let command = Command {
            id: format!("00000000-0000-4000-8000-{id:012}").parse().unwrap(),
            by: Actor {
                label: by.to_owned(),
                role: role.to_owned(),
                device: String::new(),
            },
            expects: None,
            action,
        };
        self.told(now, now, What::Command(Box::new(command)))
    }

    fn nurse_asks(&mut self, now: i64, id: u32, action: Action) -> Vec<Output> {
        self.asks(now, id, "Nora", "charge_nurse", action)
    }
}

fn tap(tap: BedTap) -> Action {
    let place = Place {
        ward: WardId::new("a").unwrap(),
        room: None,
        bed: Some(BedId::new("b1").unwrap()),
    };
    Action::Tap { place, tap }
}

fn alert() -> String {
    format!("bed_dirty:a:b1:{}", 70 * M)
}

fn undo(id: u32) -> Action {
    Action::Undo {
        command: format!("00000000-0000-4000-8000-{id:012}").parse().unwrap(),
        ward: WardId::new("a").unwrap(),
    }
}

/// When each alert was said, as whom it tells, who has it, and what it is.
fn said_of(said: &[Output]) -> Vec<(i64, String, String, AlertState)> {
    let alerts = said.iter().filter_map(|output| match output {
        // Its cleaning is late, too: that is another alert.
        Output::Alert(alert) if alert.rule != "cleaning_not_started" => Some(alert),
        _ => None,
    });
    let brief = |alert: &Alert| {
        let (notify, by) = (alert.notify.clone(), alert.acknowledged_by.clone());
        (alert.as_of_ms / M, notify, by, alert.state())
    };
    alerts.map(brief).collect()
}

/// Kind and refusal of each command that was said.
fn outcomes(said: &[Output]) -> Vec<(String, String)> {
    let commands = said.iter().filter_map(|output| match output {
        Output::Board(change) => match change.change.as_ref()? {
            Change::Command(view) => Some((view.kind.clone(), view.refused.clone())),
            _ => None,
        },
        _ => None,
    });
    commands.collect()
}

fn done(kind: &str) -> Vec<(String, String)> {
    vec![(kind.to_owned(), String::new())]
}

fn refused(kind: &str, reason: &str) -> Vec<(String, String)> {
    vec![(kind.to_owned(), reason.to_owned())]
}

fn raised(minute: i64, notify: &str, by: &str) -> (i64, String, String, AlertState) {
    (minute, notify.to_owned(), by.to_owned(), AlertState::Raised)
}

#[test]
fn who_does_not_answer_is_told_again_and_who_has_answered_is_not() {
    let (mut scene, mut said) = Scene::with_a_dirty_bed();
    said.extend(scene.until(90 * M));
    assert_eq!(
        said_of(&said),
        [raised(70, "cleaner", ""), raised(85, "charge_nurse", "")]
    );
    let acknowledge = || Action::Acknowledge { alert: alert() };
    let said = scene.nurse_asks(91 * M, 2, acknowledge());
    assert_eq!(said_of(&said), [raised(91, "", "Nora")]);
    assert_eq!(outcomes(&said), done("acknowledge"));
    let said = scene.nurse_asks(92 * M, 2, acknowledge());
    assert_eq!(
        (said_of(&said), outcomes(&said)),
        (vec![], vec![]),
        "said again"
    );
    let said = scene.asks(93 * M, 3, "Ben", "bed_manager", acknowledge());
    assert_eq!(outcomes(&said), refused("acknowledge", "alert_taken"));
    assert_eq!(said_of(&said), []);
    let said = scene.until(152 * M);
    assert_eq!(said_of(&said), [raised(151, "cleaner", "")], "it expires");
}

#[test]
fn a_tap_ends_the_alert_and_its_undo_brings_it_back() {
    let (mut scene, _) = Scene::with_a_dirty_bed();
    let said = scene.nurse_asks(72 * M, 2, tap(BedTap::Clean));
    assert_eq!(outcomes(&said), done("clean"));
    assert_eq!(said_of(&said)[0].3, AlertState::Cleared);
    let said = scene.asks(73 * M, 3, "Cleo", "cleaner", undo(2));
    assert_eq!(outcomes(&said), refused("undo", "not_yours"));
    let said = scene.nurse_asks(74 * M, 4, undo(2));
    assert_eq!(outcomes(&said), done("undo"));
    assert_eq!(said_of(&said), [raised(74, "cleaner", "")]);
    let said = scene.nurse_asks(75 * M, 5, undo(2));
    assert_eq!(
        outcomes(&said),
        refused("undo", "command_final"),
        "only once"
    );
    scene.nurse_asks(76 * M, 6, tap(BedTap::Clean));
    let said = scene.nurse_asks(82 * M, 7, undo(6));
    assert_eq!(outcomes(&said), refused("undo", "command_too_old"));
}

#[test]
fn an_undo_takes_back_one_command_and_no_other() {
    let (mut scene, _) = Scene::with_a_dirty_bed();
    let assign = |to: &str| Action::Assign {
        alert: alert(),
        to: to.to_owned(),
    };
    scene.nurse_asks(71 * M, 2, assign("Ann"));
    scene.nurse_asks(72 * M, 3, assign("Ann"));
    let said = scene.nurse_asks(73 * M, 4, undo(2));
    assert_eq!(outcomes(&said), refused("undo", "changed_since"));
    let said = scene.nurse_asks(74 * M, 5, undo(3));
    assert_eq!(outcomes(&said), done("undo"));
}

#[test]
fn a_bed_that_somebody_is_in_is_not_tapped_clean() {
    let mut scene = Scene::new();
    scene.goes_by(M, NEWEST);
    scene.told(2 * M, 2 * M, visit(VisitEvent::Admitted(place("b1"))));
    let said = scene.nurse_asks(5 * M, 1, tap(BedTap::Clean));
    assert_eq!(outcomes(&said), refused("clean", "refused_bed_state"));
}

#[test]
fn before_there_were_answers_nothing_is_answered() {
    let mut scene = Scene::new();
    scene.goes_by(M, ANSWERS - 1);
    scene.asks(10 * M, 1, "Cleo", "cleaner", tap(BedTap::Dirty));
    let said = scene.until(100 * M);
    assert_eq!(said_of(&said), [raised(70, "", "")]);
    let said = scene.nurse_asks(101 * M, 2, Action::Acknowledge { alert: alert() });
    assert_eq!(outcomes(&said), refused("acknowledge", "version_too_old"));
    // Whoever is first in the chain is told as soon as people are asked.
    let said = scene.goes_by(110 * M, ANSWERS);
    assert_eq!(said_of(&said), [raised(110, "cleaner", "")]);
    scene.nurse_asks(111 * M, 3, Action::Acknowledge { alert: alert() });
    scene.goes_by(112 * M, ANSWERS - 1);
    assert_eq!(
        said_of(&scene.until(300 * M)),
        [],
        "nor is anybody told again"
    );
}

#[test]
fn what_nobody_has_seen_is_shown_until_the_horizon() {
    let mut scene = Scene::new();
    scene.goes_by(M, NEWEST);
    let ward = WardId::new("a").unwrap();
    scene.told(10 * M, 10 * M, visit(VisitEvent::BedRequested(ward)));
    scene.until(75 * M);
    let said = scene.told(80 * M, 80 * M, visit(VisitEvent::Cancelled));
    assert_eq!(said_of(&said)[0].3, AlertState::Latched);
    let said = scene.told(80 * 60 * M, 80 * 60 * M, visit(VisitEvent::ReadyToMove));
    let states: Vec<_> = said_of(&said).into_iter().map(|said| said.3).collect();
    assert_eq!(states, [AlertState::Cleared]);
}

fn silenced(rule: &str, subject: &str) -> Silenced {
    Silenced {
        ward: WardId::new("a").unwrap(),
        rule: rule.to_owned(),
        subject: subject.to_owned(),
    }
}

fn silence(rule: &str, subject: &str, minutes: i64) -> Action {
    Action::Silence {
        of: silenced(rule, subject),
        for_ms: minutes * M,
        reason: "the sluice is closed".to_owned(),
    }
}

fn unsilence(rule: &str) -> Action {
    Action::Unsilence {
        of: silenced(rule, ""),
    }
}

/// What each change of an alert says: minute, what suppresses it, whom it calls.
fn suppressed(said: &[Output]) -> Vec<(i64, String, String)> {
    let alerts = said.iter().filter_map(|output| match output {
        Output::Alert(alert) if alert.rule == "bed_dirty" => Some(alert),
        _ => None,
    });
    let brief = |alert: &Alert| {
        let (by, notify) = (alert.suppressed_by.clone(), alert.notify.clone());
        (alert.as_of_ms / M, by, notify)
    };
    alerts.map(brief).collect()
}

/// The newest list of silences that the boards were told: rule, subject, until which minute, by whom.
fn listed(said: &[Output]) -> Option<Vec<(String, String, i64, String)>> {
    let mut views = said.iter().filter_map(|output| match output {
        Output::Board(change) => match change.change.as_ref()? {
            Change::SiteView(view) => Some(&view.silences),
            _ => None,
        },
        _ => None,
    });
    let brief = |view: &events::output::SilenceView| {
        let until = view.until_ms / M;
        (
            view.rule.clone(),
            view.subject.clone(),
            until,
            view.by.clone(),
        )
    };
    views
        .next_back()
        .map(|views| views.iter().map(brief).collect())
}

fn by(minute: i64, id: u32, notify: &str) -> (i64, String, String) {
    let by = match id {
        0 => String::new(),
        id => format!("silence:00000000-0000-4000-8000-{id:012}"),
    };
    (minute, by, notify.to_owned())
}

#[test]
fn a_silence_covers_alerts_until_its_time_and_they_call_again_by_themselves() {
    let (mut scene, _) = Scene::with_a_dirty_bed();
    let said = scene.nurse_asks(71 * M, 2, silence("bed_dirty", "", 30));
    assert_eq!(suppressed(&said), [by(71, 2, "")]);
    assert_eq!(outcomes(&said), done("silence"));
    let entry = (
        "bed_dirty".to_owned(),
        String::new(),
        101,
        "Nora".to_owned(),
    );
    assert_eq!(listed(&said), Some(vec![entry]));
    let said = scene.until(110 * M);
    assert_eq!(suppressed(&said), [by(101, 0, "cleaner")]);
    assert_eq!(listed(&said), Some(vec![]));
    // One that is raised meanwhile is covered, too; another subject's is not.
    scene.nurse_asks(111 * M, 3, silence("bed_dirty", "b2", 60));
    assert_eq!(suppressed(&scene.until(112 * M)), []);
    scene.nurse_asks(113 * M, 4, tap(BedTap::Clean));
    scene.nurse_asks(114 * M, 5, silence("bed_dirty", "b1", 24 * 60));
    scene.nurse_asks(115 * M, 6, tap(BedTap::Dirty));
    let said = scene.until(180 * M);
    assert_eq!(suppressed(&said), [by(175, 5, "")]);
}

#[test]
fn a_silence_is_ended_replaced_and_taken_back() {
    let (mut scene, _) = Scene::with_a_dirty_bed();
    scene.nurse_asks(71 * M, 2, silence("bed_dirty", "", 30));
    let said = scene.nurse_asks(72 * M, 3, silence("bed_dirty", "", 120));
    assert_eq!(suppressed(&said), [by(72, 3, "")]);
    let said = scene.nurse_asks(73 * M, 4, undo(2));
    assert_eq!(outcomes(&said), refused("undo", "changed_since"));
    let said = scene.nurse_asks(74 * M, 5, undo(3));
    assert_eq!(
        suppressed(&said),
        [by(74, 2, "")],
        "the one before holds again"
    );
    let said = scene.nurse_asks(75 * M, 6, unsilence("bed_dirty"));
    assert_eq!(suppressed(&said), [by(75, 0, "cleaner")]);
    let said = scene.nurse_asks(76 * M, 7, undo(6));
    assert_eq!(
        (outcomes(&said), suppressed(&said)),
        (done("undo"), vec![by(76, 2, "")])
    );
    let said = scene.until(200 * M);
    assert_eq!(
        suppressed(&said)[0],
        by(101, 0, "cleaner"),
        "at its own time"
    );
    let said = scene.nurse_asks(201 * M, 8, unsilence("bed_dirty"));
    assert_eq!(outcomes(&said), refused("unsilence", "silence_unknown"));
    let said = scene.nurse_asks(202 * M, 9, silence("bed_dust", "", 30));
    assert_eq!(outcomes(&said), refused("silence", "rule_unknown"));
}

#[test]
fn what_is_urgent_is_not_silenced_and_what_rises_comes_out_of_it() {
    let (mut scene, _) = Scene::with_a_dirty_bed();
    scene.set_threshold(71 * M, "bed_dirty", "rises_minutes", 30);
    scene.nurse_asks(72 * M, 2, silence("bed_dirty", "", 600));
    let said = scene.until(100 * M);
    assert_eq!(suppressed(&said), [by(100, 0, "cleaner")]);
    let again = scene.nurse_asks(101 * M, 3, silence("bed_dirty", "", 600));
    assert_eq!(suppressed(&again), [], "nor is it silenced again");
    let urgent = crate::alert::all()
        .iter()
        .find(|rule| rule.priority == events::output::AlertPriority::High);
    let urgent = silence(urgent.unwrap().name, "", 30);
    let said = scene.nurse_asks(102 * M, 4, urgent);
    assert_eq!(outcomes(&said), refused("silence", "rule_urgent"));
}

#[test]
fn before_there_were_answers_nothing_is_silent() {
    let mut scene = Scene::new();
    scene.goes_by(M, ANSWERS - 1);
    let said = scene.nurse_asks(2 * M, 1, silence("bed_dirty", "", 30));
    assert_eq!(outcomes(&said), refused("silence", "version_too_old"));
}

#[test]
fn nobody_fills_a_site_with_silences() {
    let mut scene = Scene::new();
    scene.goes_by(M, NEWEST);
    let most = u32::try_from(crate::site::silences::SILENCES_MAX).unwrap();
    for id in 0..most {
        scene.nurse_asks(2 * M, id, silence("bed_dirty", &format!("b{id}"), 60));
    }
    let said = scene.nurse_asks(3 * M, most, silence("bed_dirty", "", 60));
    assert_eq!(outcomes(&said), refused("silence", "site_full"));
    let said = scene.nurse_asks(4 * M, most + 1, silence("bed_dirty", "b1", 90));
    assert_eq!(
        outcomes(&said),
        done("silence"),
        "a longer one takes no room"
    );
}

#[test]
fn the_last_of_a_chain_is_told_again_by_a_number_of_its_own() {
    let (mut scene, _) = Scene::with_a_dirty_bed();
    scene.set_threshold(71 * M, "bed_dirty", "repeat_minutes", 40);
    let told: Vec<_> = said_of(&scene.until(190 * M))
        .into_iter()
        .map(|(minute, notify, ..)| (minute, notify))
        .collect();
    let expected = [
        (85, "charge_nurse"),
        (100, "bed_manager"),
        (140, "bed_manager"),
        (180, "bed_manager"),
    ];
    assert_eq!(
        told,
        expected.map(|(minute, name)| (minute, name.to_owned()))
    );
}

//! What a site has no room for, and what leaves its boards.

use events::output::{Change, Gone, Late, SiteView};

use super::*;

fn late(said: &[Output]) -> Vec<&Late> {
    let mut set_aside = Vec::new();
    for output in said {
        if let Output::Late(late) = output {
            set_aside.push(late);
        }
    }
    set_aside
}

fn board(said: Vec<Output>) -> Vec<Change> {
    let change = |output| match output {
        Output::Board(board) => board.change,
        _ => None,
    };
    said.into_iter().filter_map(change).collect()
}

#[test]
fn a_bed_for_which_there_is_no_room_is_set_aside_and_the_others_go_on() {
    let mut scene = Scene::new();
    let facts = (0..10_000).map(|bed| Fact {
        at: EventTime(M),
        told: CellTime(M),
        flags: FactFlags::default(),
        what: tap(&format!("x{bed}"), BedTap::Dirty),
    });
    let told = Told {
        site: scene.fold.site.clone(),
        source: "test".to_owned(),
        facts: facts.collect(),
        receipt: None,
    };
    let said = scene.at(M, Item::Told(told));
    // Two beds are listed: so many were too many.
    let set_aside = late(&said);
    assert_eq!(set_aside.len(), 2);
    assert_eq!(set_aside[0].reason, "site_full");
    let said = scene.told(2 * M, 2 * M, tap("x1", BedTap::Clean));
    assert_eq!(late(&said), Vec::<&Late>::new());
    assert!(board(said).iter().any(
        |change| matches!(change, Change::Bed(bed) if bed.place.as_ref().unwrap().bed.as_deref() == Some("x1"))
    ));
}

fn master(scene: &Scene, beds: &[&str]) -> Control {
    let beds = beds.iter().map(|name| MasterBed {
        bed: BedId::new(name).unwrap(),
        room: None,
        label: (*name).to_owned(),
        staffed: true,
        hours: Hours::default(),
    });
    Control {
        site: scene.fold.site.clone(),
        setting: Setting::Master(BedMaster {
            label: Some("North Hospital".to_owned()),
            time_zone: Some("Europe/Vienna".to_owned()),
            wards: vec![MasterWard {
                ward: WardId::new("a").unwrap(),
                label: "Ward A".to_owned(),
                source: OccupancySource::Visits,
                beds: beds.collect(),
            }],
        }),
    }
}

#[test]
fn a_bed_that_is_listed_no_more_leaves_unless_something_was_heard_of_it() {
    let mut scene = Scene::new();
    scene.told(M, M, tap("b2", BedTap::Dirty));
    let fewer = master(&scene, &[]);
    let changes = board(scene.at(2 * M, Item::Control(fewer)));
    let gone: Vec<&Gone> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Gone(gone) => Some(gone),
            _ => None,
        })
        .collect();
    let unheard = Gone {
        ward: "a".to_owned(),
        bed: "b1".to_owned(),
    };
    assert_eq!(gone, [&unheard]);
}

#[test]
fn the_name_and_the_clock_of_a_site_are_said_once() {
    let mut scene = Scene::new();
    let named = master(&scene, &["b1", "b2"]);
    let site_view = |changes: Vec<Change>| {
        let view = |change| match change {
            Change::SiteView(view) => Some(view),
            _ => None,
        };
        changes.into_iter().find_map(view)
    };
    let first = board(scene.at(M, Item::Control(named.clone())));
    let said = SiteView {
        label: "North Hospital".to_owned(),
        time_zone: "Europe/Vienna".to_owned(),
        ..SiteView::default()
    };
    assert_eq!(site_view(first), Some(said));
    let again = board(scene.at(2 * M, Item::Control(named)));
    assert_eq!(site_view(again), None);
}

//! What a board shows after what was said, in which order and how often.

use events::output::{AlertPriority, Cleanliness};
use events::proto::Place;

use super::*;

fn bed(epoch: u64, bed: &str, cleanliness: Cleanliness) -> Output {
    Output::Board(BoardChange {
        epoch,
        index: 1,
        tenant: "demo".to_owned(),
        site: "north".to_owned(),
        as_of_ms: i64::try_from(epoch).unwrap() * 20,
        change: Some(Change::Bed(BedView {
            place: Some(Place {
                ward: "a".to_owned(),
                room: "-".to_owned(),
                bed: Some(bed.to_owned()),
            }),
            cleanliness: cleanliness.into(),
            ..Default::default()
        })),
    })
}

fn alert(epoch: u64, index: u32, state: AlertState) -> Output {
    Output::Alert(Alert {
        epoch,
        index,
        tenant: "demo".to_owned(),
        site: "north".to_owned(),
        id: "bed_dirty/a/b1".to_owned(),
        priority: AlertPriority::Medium.into(),
        state: state.into(),
        ..Default::default()
    })
}

fn kpi(epoch: u64, window_ms: i64, revision: u32, numerator: i64) -> Output {
    Output::Kpi(KpiValue {
        epoch,
        index: 1,
        tenant: "demo".to_owned(),
        site: "north".to_owned(),
        ward: "a".to_owned(),
        kpi: "occupancy".to_owned(),
        stat: "value".to_owned(),
        resolution_s: 60,
        window_ms,
        revision,
        numerator,
        denominator: 1,
        ..Default::default()
    })
}

fn apply(board: &mut Board, output: Output) -> Applied {
    let topic = match output {
        Output::Alert(_) => KafkaTopic::Alerts,
        Output::Board(_) => KafkaTopic::Board,
        Output::Kpi(_) => KafkaTopic::Kpis,
        Output::Late(_) => KafkaTopic::Late,
    };
    board.apply(topic, 0, output)
}

fn flush(board: &mut Board) -> Delta {
    let mut deltas = board.flush();
    assert_eq!(deltas.len(), 1);
    deltas.remove(0).1
}

fn site(board: &Board) -> &SiteBoard {
    let name = ("demo".to_owned(), "north".to_owned());
    board.get(&name).unwrap()
}

#[test]
fn of_many_changes_of_a_bed_the_last_is_told() {
    let mut board = Board::default();
    for (epoch, cleanliness) in [
        (1, Cleanliness::Dirty),
        (2, Cleanliness::Cleaning),
        (3, Cleanliness::Clean),
    ] {
        assert_eq!(
            apply(&mut board, bed(epoch, "b1", cleanliness)),
            Applied::Soon
        );
    }
    apply(&mut board, bed(4, "b2", Cleanliness::Dirty));
    let delta = flush(&mut board);
    let cleanliness: Vec<Cleanliness> = delta.beds.iter().map(BedView::cleanliness).collect();
    assert_eq!(cleanliness, [Cleanliness::Clean, Cleanliness::Dirty]);
    assert_eq!((delta.seq.epoch, delta.as_of_ms), (4, 80));
    assert!(board.flush().is_empty(), "everything has been told");
}

#[test]
fn every_delta_follows_the_one_before_and_the_snapshot_between_them() {
    let mut board = Board::default();
    apply(&mut board, bed(1, "b1", Cleanliness::Dirty));
    let first = flush(&mut board);
    assert_eq!(first.prev, Seq::default());
    apply(&mut board, bed(2, "b1", Cleanliness::Clean));
    // What is pending is not shown yet, so a snapshot taken now fits the next delta.
    assert_eq!(site(&board).seq, first.seq);
    let name = ("a".to_owned(), "b1".to_owned());
    assert_eq!(site(&board).beds[&name].cleanliness(), Cleanliness::Dirty);
    assert_eq!(flush(&mut board).prev, first.seq);
}

#[test]
fn what_comes_again_is_dropped() {
    let mut board = Board::default();
    apply(&mut board, bed(1, "b1", Cleanliness::Dirty));
    apply(&mut board, bed(2, "b1", Cleanliness::Clean));
    flush(&mut board);
    assert_eq!(
        apply(&mut board, bed(1, "b1", Cleanliness::Dirty)),
        Applied::Nothing
    );
    assert_eq!(
        apply(&mut board, bed(2, "b1", Cleanliness::Clean)),
        Applied::Nothing
    );
    assert!(board.flush().is_empty());
    // Another topic's lane has places of its own.
    assert_eq!(
        apply(&mut board, alert(1, 0, AlertState::Raised)),
        Applied::AtOnce
    );
}

#[test]
fn each_change_of_an_alert_is_told_and_only_raised_ones_stay() {
    let mut board = Board::default();
    apply(&mut board, alert(1, 1, AlertState::Raised));
    apply(&mut board, alert(1, 2, AlertState::Cleared));
    let states: Vec<AlertState> = flush(&mut board).alerts.iter().map(Alert::state).collect();
    assert_eq!(states, [AlertState::Raised, AlertState::Cleared]);
    assert!(site(&board).alerts.is_empty());

    apply(&mut board, alert(2, 1, AlertState::Raised));
    flush(&mut board);
    assert_eq!(site(&board).alerts.len(), 1);
    apply(&mut board, alert(3, 1, AlertState::Withdrawn));
    flush(&mut board);
    assert!(site(&board).alerts.is_empty());
}

#[test]
fn an_alert_known_only_in_hindsight_is_not_shown() {
    let mut board = Board::default();
    assert_eq!(
        apply(&mut board, alert(1, 1, AlertState::Retrospective)),
        Applied::Nothing
    );
    assert!(board.flush().is_empty());
}

#[test]
fn the_newest_window_is_shown_in_its_highest_revision() {
    let mut board = Board::default();
    let numerators = |board: &Board| -> Vec<i64> {
        site(board).kpis.values().map(|kpi| kpi.numerator).collect()
    };
    apply(&mut board, kpi(1, 60_000, 0, 10));
    apply(&mut board, kpi(2, 120_000, 0, 20));
    flush(&mut board);
    assert_eq!(
        apply(&mut board, kpi(3, 60_000, 1, 11)),
        Applied::Nothing,
        "an older window"
    );
    assert_eq!(numerators(&board), [20]);
    apply(&mut board, kpi(4, 120_000, 1, 21));
    flush(&mut board);
    assert_eq!(numerators(&board), [21]);
}

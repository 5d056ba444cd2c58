//! What a board shows after what was said, in which order and how often.

use events::output::{AlertPriority, Cleanliness, Folded};
use events::proto::Place;

use super::*;

fn bed(epoch: u64, bed: &str, cleanliness: Cleanliness) -> Output {
    Output::Board(BoardChange {
        epoch,
        index: 1,
        tenant: "demo".to_owned(),
        site: "north".to_owned(),
        as_of_ms: i64::try_from(epoch).unwrap() * 20,
        version: 1,
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
    let (topic, value) = (output.topic(), wire::encode_output(&output));
    let record = LogRecord { offset: 0, value };
    board.apply(topic, 0, &record).unwrap()
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
    let mut board = Board::new(1);
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
    assert_eq!(delta.seq.epoch, 4);
    assert!(board.flush().is_empty(), "everything has been told");
}

#[test]
fn every_delta_follows_the_one_before_and_the_snapshot_between_them() {
    let mut board = Board::new(1);
    apply(&mut board, bed(1, "b1", Cleanliness::Dirty));
    let first = flush(&mut board);
    assert_eq!(first.prev, Seq::default());
    apply(&mut board, bed(2, "b1", Cleanliness::Clean));
    // What is pending is not shown yet, so a snapshot taken now fits the next delta.
    assert_eq!(site(&board).seq, first.seq);
    let shown: Vec<Cleanliness> = site(&board)
        .beds
        .shown()
        .map(BedView::cleanliness)
        .collect();
    assert_eq!(shown, [Cleanliness::Dirty]);
    assert_eq!(flush(&mut board).prev, first.seq);
}

#[test]
fn what_comes_again_is_dropped() {
    let mut board = Board::new(1);
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
    let mut board = Board::new(1);
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
    let mut board = Board::new(1);
    assert_eq!(
        apply(&mut board, alert(1, 1, AlertState::Retrospective)),
        Applied::Nothing
    );
    assert!(board.flush().is_empty());
}

#[test]
fn the_newest_window_is_shown_in_its_highest_revision() {
    let mut board = Board::new(1);
    let numerators =
        |board: &Board| -> Vec<i64> { site(board).kpis.shown().map(|kpi| kpi.numerator).collect() };
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

fn change(epoch: u64, change: Change) -> Output {
    Output::Board(BoardChange {
        epoch,
        index: 1,
        tenant: "demo".to_owned(),
        site: "north".to_owned(),
        change: Some(change),
        ..Default::default()
    })
}

fn gone(epoch: u64, bed: &str) -> Output {
    change(
        epoch,
        Change::Gone(Gone {
            ward: "a".to_owned(),
            bed: bed.to_owned(),
        }),
    )
}

fn ward(epoch: u64) -> Output {
    change(
        epoch,
        Change::Ward(WardView {
            ward: "a".to_owned(),
            ..Default::default()
        }),
    )
}

#[test]
fn a_bed_that_is_gone_leaves_and_may_come_back() {
    let mut board = Board::new(1);
    apply(&mut board, bed(1, "b1", Cleanliness::Dirty));
    apply(&mut board, bed(2, "b2", Cleanliness::Dirty));
    flush(&mut board);
    apply(&mut board, gone(3, "b1"));
    let delta = flush(&mut board);
    assert_eq!(delta.gone, [("a".to_owned(), "b1".to_owned())]);
    assert_eq!(site(&board).beds.shown().count(), 1);
    assert_eq!(apply(&mut board, gone(4, "b1")), Applied::Nothing);
    apply(&mut board, bed(5, "b1", Cleanliness::Clean));
    assert_eq!(flush(&mut board).beds.len(), 1);
    assert_eq!(site(&board).beds.shown().count(), 2);
}

#[test]
fn a_ward_that_is_gone_takes_its_beds_and_numbers_along() {
    let mut board = Board::new(1);
    apply(&mut board, ward(1));
    apply(&mut board, bed(2, "b1", Cleanliness::Dirty));
    apply(&mut board, kpi(3, 60_000, 0, 10));
    flush(&mut board);
    apply(&mut board, gone(4, ""));
    let named = |ward: &str, bed: &str| (ward.to_owned(), bed.to_owned());
    assert_eq!(flush(&mut board).gone, [named("a", "b1"), named("a", "")]);
    let site = site(&board);
    assert_eq!(site.wards.shown().count(), 0);
    assert_eq!(site.beds.shown().count(), 0);
    assert_eq!(site.kpis.shown().count(), 0);
}

#[test]
fn a_site_is_called_as_its_master_says() {
    let mut board = Board::new(1);
    let named = SiteView {
        label: "North campus".to_owned(),
        time_zone: "Europe/Vienna".to_owned(),
        ..SiteView::default()
    };
    apply(&mut board, change(1, Change::SiteView(named.clone())));
    assert_eq!(flush(&mut board).site, Some(named.clone()));
    assert_eq!(site(&board).site, Some(named));
}

#[test]
fn a_board_is_as_of_what_was_read_back_from_every_lane() {
    let mut board = Board::new(1);
    let folded = |board: &mut Board, topic, as_of_ms| {
        let value = wire::encode_folded(Folded { epoch: 1, as_of_ms });
        let record = LogRecord { offset: 0, value };
        assert_eq!(board.apply(topic, 0, &record).unwrap(), Applied::Nothing);
    };
    folded(&mut board, KafkaTopic::Board, 900);
    folded(&mut board, KafkaTopic::Kpis, 900);
    apply(&mut board, bed(50, "b1", Cleanliness::Dirty));
    // An alert of before may still be on its way.
    assert_eq!(flush(&mut board).as_of_ms, 0, "not the 1000 of the change");
    folded(&mut board, KafkaTopic::Alerts, 900);
    board.flush();
    assert_eq!(
        site(&board).as_of_ms,
        900,
        "nothing has happened, and it is known"
    );
}

#[test]
fn what_is_one_too_many_is_left_off_and_said_once() {
    let mut board = Board::new(1);
    let name = |number: usize| format!("b{number}");
    for number in 0..BEDS_MAX {
        let epoch = number as u64 + 1;
        assert_eq!(
            apply(&mut board, bed(epoch, &name(number), Cleanliness::Dirty)),
            Applied::Soon
        );
    }
    let epoch = BEDS_MAX as u64 + 1;
    let one_more = bed(epoch, "one-more", Cleanliness::Dirty);
    assert_eq!(
        apply(&mut board, one_more),
        Applied::LeftOff { first: true }
    );
    let another = bed(epoch + 1, "another", Cleanliness::Dirty);
    assert_eq!(
        apply(&mut board, another),
        Applied::LeftOff { first: false }
    );
    // Those that are there go on living.
    let known = bed(epoch + 2, "b0", Cleanliness::Clean);
    assert_eq!(apply(&mut board, known), Applied::Soon);
    assert_eq!(flush(&mut board).beds.len(), BEDS_MAX);
    assert!(site(&board).is_full);
}

#[test]
fn alerts_beyond_the_bound_are_left_off_until_others_end() {
    let mut board = Board::new(1);
    let named = |index: u32, id: &str, state| {
        let Output::Alert(alert) = alert(1, index, state) else {
            unreachable!("an alert was made")
        };
        Output::Alert(Alert {
            id: id.to_owned(),
            ..alert
        })
    };
    let max = u32::try_from(ALERTS_MAX).unwrap();
    for index in 1..=max {
        let raised = named(index, &index.to_string(), AlertState::Raised);
        assert_eq!(apply(&mut board, raised), Applied::AtOnce);
        flush(&mut board);
    }
    let raised = named(max + 1, "more", AlertState::Raised);
    assert_eq!(apply(&mut board, raised), Applied::LeftOff { first: true });
    apply(&mut board, named(max + 2, "1", AlertState::Cleared));
    flush(&mut board);
    let raised = named(max + 3, "more", AlertState::Raised);
    assert_eq!(apply(&mut board, raised), Applied::AtOnce);
}

#[test]
fn a_site_too_many_has_no_board() {
    let mut board = Board::new(1);
    for number in 0..SITES_MAX {
        board.know(("demo".to_owned(), number.to_string()));
    }
    let refused = bed(1, "b1", Cleanliness::Dirty);
    assert_eq!(apply(&mut board, refused), Applied::LeftOff { first: true });
    assert!(
        board
            .get(&("demo".to_owned(), "north".to_owned()))
            .is_none()
    );
}

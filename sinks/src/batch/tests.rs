//! Where blocks end, and what they are called.

use events::output::{KpiValue, Output};
use events::proto::SensorFrame;

use super::*;
use crate::record::Seq;

const LIMITS: BatchLimits = BatchLimits {
    epochs: 50,
    offsets: 10,
    rows_min: 3,
    rows_max: 5,
    age: Duration::from_secs(1),
    idle: Duration::from_secs(60),
};
const START: Duration = Duration::ZERO;

fn kpi(epoch: u64, index: u32) -> Option<Item> {
    Some(Item::Output(Output::Kpi(KpiValue {
        epoch,
        index,
        ..Default::default()
    })))
}

fn record(offset: u64) -> LogRecord {
    LogRecord {
        offset,
        value: Vec::new(),
    }
}

fn readings(count: usize) -> Option<Item> {
    Some(Item::Frame(SensorFrame {
        source: vec![0; count],
        ..Default::default()
    }))
}

fn kpis() -> Batch {
    Batch::new(KafkaTopic::Kpis, 2, Position::default(), LIMITS)
}

/// Offsets and rows of each block of a lane with one row an offset, at the given places.
fn blocks(batch: &mut Batch, first: u64, places: &[(u64, u32)]) -> Vec<(u64, u64, usize)> {
    let mut blocks = Vec::new();
    for (offset, (epoch, index)) in (first..).zip(places) {
        blocks.extend(batch.push(&record(offset), kpi(*epoch, *index), START));
    }
    blocks.extend(batch.end());
    blocks
        .iter()
        .map(|block| (block.first_offset, block.position.next_offset, block.rows))
        .collect()
}

#[test]
fn a_large_block_ends_between_epoch_ranges_and_a_small_one_goes_on() {
    let places = [
        (10, 0), // range 0, too small to end
        (60, 0), // range 1
        (61, 0),
        (99, 0),
        (100, 0), // range 2: the block of ranges 0 and 1 is large enough
        (101, 0),
    ];
    assert_eq!(blocks(&mut kpis(), 0, &places), [(0, 4, 4), (4, 6, 2)]);
}

#[test]
fn a_full_block_ends_within_a_range() {
    let places: Vec<(u64, u32)> = (0..7).map(|index| (1, index + 1)).collect();
    assert_eq!(blocks(&mut kpis(), 0, &places), [(0, 5, 5), (5, 7, 2)]);
}

#[test]
fn the_same_lane_from_the_same_place_gives_the_same_blocks() {
    let places: Vec<(u64, u32)> = (0..200).map(|i| (i * 7, 1)).collect();
    let whole = blocks(&mut kpis(), 0, &places);
    let (_, next, _) = whole[3];
    let position = Position {
        next_offset: next,
        epochs: Epochs::restored(
            Seq {
                epoch: (next - 1) * 7,
                index: 1,
            },
            None,
            Vec::new(),
        ),
    };
    let mut rest = Batch::new(KafkaTopic::Kpis, 2, position, LIMITS);
    let again = blocks(&mut rest, next, &places[usize::try_from(next).unwrap()..]);
    assert_eq!(again, whole[4..]);
}

#[test]
fn what_a_restarted_processor_says_again_is_left_out() {
    let mut batch = kpis();
    let places = [(1, 0), (1, 1), (2, 0), (1, 1), (2, 0), (3, 0)];
    for (offset, (epoch, index)) in (0..).zip(places) {
        assert_eq!(batch.push(&record(offset), kpi(epoch, index), START), None);
    }
    let block = batch.end().unwrap();
    let offsets: Vec<u64> = block.items.iter().map(|(offset, _)| *offset).collect();
    assert_eq!(offsets, [0, 1, 2, 5]);
    assert_eq!(block.position.next_offset, 6);
}

#[test]
fn what_was_stored_before_a_restart_is_not_taken_again() {
    let position = Position {
        next_offset: 10,
        epochs: Epochs::default(),
    };
    let mut batch = Batch::new(KafkaTopic::Signals, 0, position, LIMITS);
    batch.push(&record(9), readings(2), START);
    assert_eq!(batch.end(), None);
    batch.push(&record(10), readings(2), START);
    assert_eq!(batch.end().unwrap().first_offset, 10);
}

#[test]
fn raw_lanes_are_cut_at_offset_ranges() {
    let mut batch = Batch::new(KafkaTopic::Signals, 0, Position::default(), LIMITS);
    assert_eq!(batch.push(&record(8), readings(2), START), None);
    assert_eq!(batch.push(&record(9), readings(2), START), None);
    let block = batch.push(&record(10), readings(2), START).unwrap();
    assert_eq!((block.first_offset, block.position.next_offset), (8, 10));
    assert_eq!(block.rows, 4);
    assert_eq!(block.token("cell-1"), "cell-1/signals/0/8-10");
}

#[test]
fn a_quiet_lane_is_stored_when_its_first_row_is_old_enough() {
    let mut batch = Batch::new(KafkaTopic::Signals, 0, Position::default(), LIMITS);
    let at = Duration::from_millis;
    batch.push(&record(0), None, at(0));
    batch.push(&record(1), readings(1), at(500));
    assert_eq!(batch.due(at(1_499)), None);
    assert_eq!(batch.due(at(1_500)).unwrap().position.next_offset, 2);
    assert_eq!(batch.due(at(9_000)), None, "nothing is open");
}

#[test]
fn ticks_alone_move_the_position_once_a_minute() {
    let mut batch = Batch::new(KafkaTopic::Facts, 0, Position::default(), LIMITS);
    for offset in 0..500 {
        assert_eq!(batch.push(&record(offset), None, START), None);
    }
    assert_eq!(batch.due(Duration::from_secs(59)), None);
    let block = batch.due(Duration::from_secs(60)).unwrap();
    assert_eq!((block.rows, block.position.next_offset), (0, 500));
}

#[test]
fn what_gives_no_row_is_neither_counted_nor_kept() {
    use events::output::{BedView, BoardChange, Change, WardView};
    let said = |epoch, change| {
        Some(Item::Output(Output::Board(BoardChange {
            epoch,
            change: Some(change),
            ..Default::default()
        })))
    };
    let bed = |heard_only| {
        Change::Bed(BedView {
            heard_only,
            ..Default::default()
        })
    };
    let mut batch = Batch::new(KafkaTopic::Board, 0, Position::default(), LIMITS);
    batch.push(&record(0), said(1, bed(true)), START);
    batch.push(
        &record(1),
        said(2, Change::Ward(WardView::default())),
        START,
    );
    batch.push(&record(2), said(3, bed(false)), START);
    batch.push(&record(3), said(4, bed(true)), START);
    let block = batch.end().unwrap();
    assert_eq!((block.rows, block.items.len()), (1, 1));
    assert_eq!(
        block.position.epochs.newest.epoch, 4,
        "the place of all that was looked at"
    );
}

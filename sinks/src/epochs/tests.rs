//! What a lane gives away that is said again, or that is not whole.

use super::*;

/// A lane as it stands in the log, and who reads it.
#[derive(Default)]
struct Lane {
    epochs: Epochs,
    offset: u64,
}

/// An output: its index within its epoch, and what it says.
type Said = (u32, &'static str);

impl Lane {
    /// Reads some outputs of an epoch; gives the indices of those that were taken.
    fn read(&mut self, epoch: u64, outputs: &[Said]) -> Vec<u32> {
        let mut taken = Vec::new();
        for (index, text) in outputs {
            let seq = Seq {
                epoch,
                index: *index,
            };
            if self.epochs.take(self.offset, seq, text.as_bytes()) {
                taken.push(*index);
            }
            self.offset += 1;
        }
        taken
    }

    /// Reads the end of an epoch that has said all this.
    fn end(&mut self, epoch: u64, outputs: &[Said]) -> Result<(), Violation> {
        self.offset += 1;
        self.epochs.end(self.offset - 1, end(epoch, outputs))
    }

    fn whole(&mut self, epoch: u64, outputs: &[Said]) -> (Vec<u32>, Result<(), Violation>) {
        let taken = self.read(epoch, outputs);
        (taken, self.end(epoch, outputs))
    }

    /// Whoever reads ends, and another one goes on with what was written down.
    fn restart(&mut self) {
        let Epochs {
            newest,
            open,
            ended,
            ..
        } = self.epochs.clone();
        self.epochs = Epochs::restored(newest, open, ended.into());
    }
}

fn end(epoch: u64, outputs: &[Said]) -> EpochEnd {
    let mut end = EpochEnd::of(epoch);
    outputs
        .iter()
        .for_each(|(_, text)| end.count_in(text.as_bytes()));
    end
}

const A: &[Said] = &[(0, "a"), (1, "b")];
const B: &[Said] = &[(2, "c"), (5, "d"), (6, "e")];
/// As B, but for a word.
const OTHER: &[Said] = &[(2, "c"), (5, "d"), (6, "E")];

/// Epochs 5, 7 and 9, of which all is well.
fn three() -> Lane {
    let mut lane = Lane::default();
    assert_eq!(lane.whole(5, A), (vec![0, 1], Ok(())));
    assert_eq!(lane.whole(7, B), (vec![2, 5, 6], Ok(())));
    assert_eq!(lane.whole(9, A), (vec![0, 1], Ok(())));
    lane
}

const NONE: Vec<u32> = Vec::new();

#[test]
fn what_is_said_again_as_it_was_is_dropped_in_silence() {
    for restarts in [false, true] {
        let mut lane = three();
        for (epoch, outputs) in [(7, B), (9, A), (5, A), (7, B), (9, A)] {
            if restarts {
                lane.restart();
            }
            assert_eq!(lane.whole(epoch, outputs), (NONE, Ok(())), "epoch {epoch}");
        }
        assert_eq!(lane.whole(10, B), (vec![2, 5, 6], Ok(())));
        assert_eq!(lane.epochs.completed(), 10);
    }
}

#[test]
fn an_epoch_that_was_cut_off_is_finished_by_who_says_it_again() {
    for restarts in [false, true] {
        for begun in 0..=B.len() {
            let mut lane = three();
            assert_eq!(lane.read(11, &B[..begun]).len(), begun);
            if restarts {
                lane.restart();
            }
            assert_eq!(lane.whole(9, A), (NONE, Ok(())));
            let rest: Vec<u32> = B[begun..].iter().map(|(index, _)| *index).collect();
            assert_eq!(lane.whole(11, B), (rest, Ok(())), "after {begun}");
        }
    }
}

#[test]
fn a_record_that_stands_twice_counts_once() {
    let mut lane = three();
    lane.read(11, &B[..2]);
    assert_eq!(lane.read(11, &B[1..2]), NONE);
    assert_eq!(lane.read(11, &B[2..]), [6]);
    assert_eq!(lane.end(11, B), Ok(()));
}

#[test]
fn an_epoch_that_is_said_otherwise_is_known() {
    for restarts in [false, true] {
        let mut lane = three();
        if restarts {
            lane.restart();
        }
        let (taken, ended) = lane.whole(7, OTHER);
        assert_eq!(taken, NONE, "what was said first stays");
        let (before, again) = (end(7, B), end(7, OTHER));
        assert_eq!(ended, Err(Violation::Another { before, again }));
        // Also where it says more than before, or less.
        let more = &[(2, "c"), (5, "d"), (6, "e"), (7, "f")];
        let (taken, ended) = lane.whole(7, more);
        assert!(taken.is_empty() && ended.is_err());
        assert!(lane.whole(7, &B[1..]).1.is_err());
        assert_eq!(lane.whole(9, A), (NONE, Ok(())));
    }
}

/// Its place alone would make it new.
#[test]
fn nothing_is_added_to_an_epoch_that_has_ended() {
    let mut lane = three();
    let more = &[(0, "a"), (1, "b"), (2, "c")];
    let (taken, ended) = lane.whole(9, more);
    let (before, again) = (end(9, A), end(9, more));
    assert_eq!(taken, NONE);
    assert_eq!(ended, Err(Violation::Another { before, again }));
}

#[test]
fn what_was_taken_of_a_begun_epoch_must_be_what_its_end_says() {
    for restarts in [false, true] {
        let mut lane = three();
        lane.read(11, OTHER);
        if restarts {
            lane.restart();
        }
        let (said, read) = (end(11, B), end(11, OTHER));
        let (_, ended) = lane.whole(11, B);
        assert_eq!(ended, Err(Violation::Incomplete { said, read }));
    }
}

#[test]
fn an_epoch_too_many_and_one_too_few_are_known() {
    let mut lane = three();
    assert_eq!(lane.whole(5, A), (NONE, Ok(())));
    let (taken, ended) = lane.whole(6, A);
    assert_eq!(taken, NONE);
    assert_eq!(ended, Err(Violation::Added { epoch: 6 }));

    let mut lane = three();
    assert_eq!(lane.whole(5, A), (NONE, Ok(())));
    let (_, ended) = lane.whole(9, A);
    assert_eq!(ended, Err(Violation::LeftOut { epoch: 7 }));
}

#[test]
fn a_log_that_has_lost_something_is_known() {
    let mut lane = three();
    lane.read(11, &B[..2]);
    let (said, read) = (end(11, B), end(11, &B[..2]));
    assert_eq!(lane.end(11, B), Err(Violation::Incomplete { said, read }));
    let (said, read) = (end(12, B), end(12, &[]));
    assert_eq!(lane.end(12, B), Err(Violation::Incomplete { said, read }));

    // The processor goes on behind what it has not said.
    for restarts in [false, true] {
        let mut lane = three();
        lane.read(11, &B[..2]);
        if restarts {
            lane.restart();
        }
        assert_eq!(lane.read(12, A), [0, 1]);
        assert_eq!(lane.end(12, A), Err(Violation::NeverEnded { epoch: 11 }));
        assert_eq!(lane.whole(13, B), (vec![2, 5, 6], Ok(())));
    }
}

#[test]
fn who_comes_in_the_middle_of_an_epoch_does_not_judge_it() {
    let mut lane = Lane {
        offset: 1_000,
        ..Lane::default()
    };
    assert_eq!(lane.read(11, &B[1..]), [5, 6]);
    assert_eq!(lane.end(11, B), Ok(()));
    assert_eq!(lane.read(12, OTHER), [2, 5, 6]);
    assert!(lane.end(12, B).is_err(), "the next one is read whole");

    // Or behind all of its outputs.
    let mut lane = Lane {
        offset: 1_000,
        ..Lane::default()
    };
    assert_eq!(lane.end(11, B), Ok(()));
}

#[test]
fn outputs_from_before_there_were_ends_are_judged_by_their_place_alone() {
    let mut lane = Lane::default();
    assert_eq!(lane.read(5, A), [0, 1]);
    assert_eq!(lane.read(7, B), [2, 5, 6]);
    assert_eq!(lane.read(9, &A[..1]), [0]);
    // The processor of now says all of it again.
    assert_eq!(lane.whole(5, A), (NONE, Ok(())));
    assert_eq!(lane.whole(7, B), (NONE, Ok(())));
    assert_eq!(lane.whole(9, A), (vec![1], Ok(())));
    assert_eq!(lane.whole(10, B), (vec![2, 5, 6], Ok(())));

    // What the log of inputs no longer holds is not said again.
    let mut lane = Lane::default();
    assert_eq!(lane.read(5, A), [0, 1]);
    assert_eq!(lane.read(7, B), [2, 5, 6]);
    assert_eq!(lane.whole(7, B), (NONE, Ok(())));

    // So was a position: it tells the newest place only.
    let newest = Seq { epoch: 9, index: 0 };
    let mut lane = Lane {
        epochs: Epochs::restored(newest, None, Vec::new()),
        offset: 6,
    };
    assert_eq!(lane.whole(9, A), (vec![1], Ok(())));
    assert_eq!(lane.whole(10, B), (vec![2, 5, 6], Ok(())));
}

#[test]
fn what_is_older_than_the_bound_is_dropped_and_not_compared() {
    let mut lane = Lane::default();
    let last = 2 * ENDS_MAX as u64;
    for epoch in 1..=last {
        assert_eq!(lane.whole(epoch, A), (vec![0, 1], Ok(())));
    }
    assert_eq!(lane.epochs.ended.len(), ENDS_MAX);
    let oldest = last - ENDS_MAX as u64 + 1;
    assert_eq!(lane.whole(oldest - 1, B), (NONE, Ok(())));
    assert!(lane.whole(oldest, B).1.is_err());
}

/// While one is being replaced, both may write for a moment.
#[test]
fn two_processors_that_say_the_same_are_one() {
    let mut lane = three();
    assert_eq!(lane.read(11, &B[..1]), [2]);
    assert_eq!(lane.whole(9, A), (NONE, Ok(())));
    assert_eq!(lane.read(11, &B[..2]), [5]);
    assert_eq!(lane.read(11, &B[1..]), [6]);
    assert_eq!(lane.end(11, B), Ok(()));
    assert_eq!(lane.read(11, &B[2..]), NONE);
    assert_eq!(lane.end(11, B), Ok(()));
    assert_eq!(lane.whole(12, A), (vec![0, 1], Ok(())));
}

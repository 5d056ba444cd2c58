//! Compares rows that were computed again with those that are stored, both in the order of their
//! keys. Pure.

use std::cmp::Ordering;

use events::time::EventTime;
use serde_json::Value;

use super::report::{Column, Difference, Found};
use super::table::{Row, Table};

/// A table's rows of some epochs, while they are compared.
pub(super) struct Merge<'a> {
    table: &'static Table,
    /// In the order of their keys.
    recomputed: &'a [Row],
    /// The first of them that is not behind the newest stored row.
    next: usize,
    /// Whether a stored row had its key.
    was_found: bool,
}

impl<'a> Merge<'a> {
    /// Puts the rows into the order of their keys, to be compared with those that are stored.
    pub(super) fn new(table: &'static Table, recomputed: &'a mut Vec<Row>) -> Self {
        recomputed.sort_by(|a, b| by_key(table, a, b));
        Self {
            table,
            recomputed,
            next: 0,
            was_found: false,
        }
    }

    /// Takes the next row that is stored; of one key there may be several.
    pub(super) fn stored(&mut self, stored: &Row, mut found: impl FnMut(Difference)) {
        while let Some(recomputed) = self.recomputed.get(self.next) {
            match by_key(self.table, recomputed, stored) {
                Ordering::Less => self.pass(&mut found),
                Ordering::Equal => {
                    self.was_found = true;
                    if recomputed != stored {
                        found(self.difference(Found::Altered, Some(stored), Some(recomputed)));
                    }
                    return;
                }
                Ordering::Greater => break,
            }
        }
        found(self.difference(Found::Added, Some(stored), None));
    }

    /// There is no further row that is stored.
    pub(super) fn end(mut self, mut found: impl FnMut(Difference)) {
        while self.next < self.recomputed.len() {
            self.pass(&mut found);
        }
    }

    fn pass(&mut self, found: &mut impl FnMut(Difference)) {
        if !std::mem::take(&mut self.was_found) {
            let missing = &self.recomputed[self.next];
            found(self.difference(Found::Missing, None, Some(missing)));
        }
        self.next += 1;
    }

    fn difference(
        &self,
        found: Found,
        stored: Option<&Row>,
        recomputed: Option<&Row>,
    ) -> Difference {
        let of = |row: Option<&Row>, column| row.map(|row| self.shown(row, column));
        let known = stored.or(recomputed);
        let key = self.table.key.iter().filter_map(|column| {
            let value = of(known, *column)?;
            Some((*column, value))
        });
        let columns = self.table.rest.iter().map(|name| Column {
            name,
            stored: of(stored, *name),
            recomputed: of(recomputed, *name),
        });
        Difference {
            table: self.table.name,
            key: key.collect(),
            found,
            columns: columns
                .filter(|column| column.stored != column.recomputed)
                .collect(),
        }
    }

    /// A value as people read it: a time as text.
    fn shown(&self, row: &Row, column: &str) -> Value {
        let value = self.table.value(row, column);
        match value.as_i64() {
            Some(ms) if self.table.times.contains(&column) => EventTime(ms).to_string().into(),
            _ => value.clone(),
        }
    }
}

fn by_key(table: &Table, a: &Row, b: &Row) -> Ordering {
    let pairs = a.iter().zip(b).take(table.key.len());
    pairs.fold(Ordering::Equal, |order, (a, b)| {
        order.then_with(|| as_clickhouse(a, b))
    })
}

/// In the order in which ClickHouse gives them: numbers by size, texts by their bytes.
fn as_clickhouse(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Number(_), Value::Number(_)) => whole(a).cmp(&whole(b)),
        _ => a.to_string().cmp(&b.to_string()),
    }
}

fn whole(number: &Value) -> Option<i128> {
    let signed = number.as_i64().map(i128::from);
    signed.or_else(|| number.as_u64().map(i128::from))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::proof::table::TABLES;

    /// A row of `late`.
    fn late(epoch: u64, index: u32, reason: &str) -> Row {
        let row = json!([
            "demo", "north", epoch, index, "signals", 3, 17, 1_000, reason
        ]);
        row.as_array().unwrap().clone()
    }

    fn compare(mut recomputed: Vec<Row>, stored: &[Row]) -> Vec<String> {
        let mut found = Vec::new();
        let mut merge = Merge::new(&TABLES[3], &mut recomputed);
        for row in stored {
            merge.stored(row, |difference| found.push(difference.to_string()));
        }
        merge.end(|difference| found.push(difference.to_string()));
        found
    }

    #[test]
    fn what_is_stored_as_it_was_computed_is_no_difference() {
        let rows = [
            late(9, 0, "a"),
            late(10, 0, "b"),
            late(10, 2, "c"),
            late(10, 10, "d"),
        ];
        let mut mixed = rows.to_vec();
        mixed.reverse();
        assert_eq!(compare(mixed, &rows), [""; 0]);
        assert_eq!(compare(Vec::new(), &[]), [""; 0]);
    }

    #[test]
    fn an_altered_a_missing_and_an_added_row_are_told_apart() {
        let recomputed = vec![
            late(1, 0, "a"),
            late(2, 0, "b"),
            late(3, 0, "c"),
            late(5, 0, "e"),
        ];
        let stored = [
            late(1, 0, "x"),
            late(3, 0, "c"),
            late(4, 0, "d"),
            late(6, 0, "f"),
        ];
        let at = "late tenant=demo site=north epoch=";
        let row = "topic=signals lane=3 log_offset=17 at=1970-01-01T00:00:01.000Z reason=";
        assert_eq!(
            compare(recomputed, &stored),
            [
                format!("{at}1 epoch_index=0: reason is x, recomputed a"),
                format!("{at}2 epoch_index=0: is missing, recomputed {row}b"),
                format!("{at}4 epoch_index=0: was added, {row}d"),
                format!("{at}5 epoch_index=0: is missing, recomputed {row}e"),
                format!("{at}6 epoch_index=0: was added, {row}f"),
            ]
        );
    }

    #[test]
    fn of_several_rows_with_one_key_each_that_is_another_is_found() {
        let stored = [late(1, 0, "a"), late(1, 0, "x"), late(1, 0, "y")];
        let found = compare(vec![late(1, 0, "a")], &stored);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].ends_with("reason is x, recomputed a"), "{found:?}");
    }

    #[test]
    fn a_text_that_looks_like_a_number_and_a_number_that_is_none_are_differences() {
        let mut text = late(1, 0, "a");
        text[5] = json!("3");
        assert_eq!(compare(vec![late(1, 0, "a")], &[text]).len(), 1);
        let mut nothing = late(1, 0, "a");
        nothing[7] = Value::Null;
        let found = compare(vec![late(1, 0, "a")], &[nothing]);
        assert!(
            found[0].ends_with("at is null, recomputed 1970-01-01T00:00:01.000Z"),
            "{found:?}"
        );
    }
}

//! Cuts the text of a request into statement, format and data, as ClickHouse's own parser does.
//!
//! `INSERT … FORMAT CSV` is followed by data that is not SQL and may hold anything, so it must
//! reach the engine apart from the statement. Pure; it looks at words, the engine judges the rest.

/// A request's text, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Statement<'a> {
    /// `INSERT … FORMAT x` or `INSERT … VALUES`, with the data that follows in the same text.
    Insert {
        /// The statement without its format.
        sql: &'a [u8],
        /// The statement with its format and without data: what the parser is to judge.
        head: &'a [u8],
        /// The name of the input format.
        format: &'a [u8],
        /// The data that stands in the text itself; more may follow in the body.
        data: &'a [u8],
    },
    /// Anything else: run as it stands.
    Other {
        /// The output format that the text names at its end.
        format: Option<&'a [u8]>,
    },
}

/// Takes `text` apart.
pub(crate) fn split(text: &[u8]) -> Statement<'_> {
    let mut words = Words {
        text,
        at: 0,
        depth: 0,
    };
    let inserts = words.next().is_some_and(|first| first.is(text, b"INSERT"));
    let mut format = None;
    while let Some(word) = words.next() {
        if inserts
            && [&b"SELECT"[..], b"WITH", b"INFILE"]
                .iter()
                .any(|name| word.is(text, name))
        {
            return Statement::Other { format: None };
        }
        if inserts && word.is(text, b"VALUES") {
            return insert(text, word.start, word.end, b"Values", word.end);
        }
        if !word.is(text, b"FORMAT") {
            // A format ends the statement, but for settings.
            if !word.is(text, b";") && !word.is(text, b"SETTINGS") && format.is_some() {
                format = None;
            }
            continue;
        }
        let Some(name) = words.next() else { break };
        if inserts {
            let data = name.end + gap(&text[name.end..]);
            return insert(
                text,
                word.start,
                name.end,
                &text[name.start..name.end],
                data,
            );
        }
        format = Some(&text[name.start..name.end]);
    }
    Statement::Other { format }
}

fn insert<'a>(
    text: &'a [u8],
    sql_end: usize,
    head_end: usize,
    format: &'a [u8],
    data: usize,
) -> Statement<'a> {
    Statement::Insert {
        sql: &text[..sql_end],
        head: &text[..head_end],
        format,
        data: &text[data..],
    }
}

/// Bytes between a format's name and its data: blanks up to and with the first line end.
fn gap(rest: &[u8]) -> usize {
    let blanks = rest
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\x0c'))
        .count();
    match &rest[blanks..] {
        [b'\r', b'\n', ..] => blanks + 2,
        [b'\n', ..] => blanks + 1,
        _ => blanks,
    }
}

struct Word {
    start: usize,
    end: usize,
}

impl Word {
    fn is(&self, text: &[u8], name: &[u8]) -> bool {
        text[self.start..self.end].eq_ignore_ascii_case(name)
    }
}

/// The words and signs outside of brackets, quotes and comments.
struct Words<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
}

impl Iterator for Words<'_> {
    type Item = Word;

    fn next(&mut self) -> Option<Word> {
        loop {
            let start = self.at;
            let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
            self.at += match rest {
                [b'-', b'-', ..] | [b'#', b' ' | b'!', ..] => line(rest),
                [b'/', b'*', ..] => comment(rest),
                [quote @ (b'\'' | b'"' | b'`'), ..] => quoted(rest, *quote),
                [byte, ..] if is_word(*byte) => {
                    rest.iter().take_while(|byte| is_word(**byte)).count()
                }
                _ => 1,
            };
            match rest[0] {
                b'(' | b'[' | b'{' => self.depth += 1,
                b')' | b']' | b'}' => self.depth = self.depth.saturating_sub(1),
                b'-' | b'#' | b'/' if self.at > start + 1 => {}
                byte if byte.is_ascii_whitespace() || self.depth > 0 => {}
                _ => {
                    return Some(Word {
                        start,
                        end: self.at,
                    });
                }
            }
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn line(rest: &[u8]) -> usize {
    rest.iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(rest.len())
}

fn comment(rest: &[u8]) -> usize {
    rest[2..]
        .windows(2)
        .position(|pair| pair == b"*/")
        .map_or(rest.len(), |end| end + 4)
}

/// Length of the quoted piece at the start of `rest`, with its quotes. A doubled quote reads as
/// two pieces, which changes nothing here.
fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let actual = match split(text.as_bytes()) {
            Statement::Insert {
                sql,
                head,
                format,
                data,
            } => {
                format!(
                    "{}|{}|{}|{}",
                    show(sql),
                    show(head),
                    show(format),
                    show(data)
                )
            }
            Statement::Other {
                format: Some(format),
            } => format!("format {}", show(format)),
            Statement::Other { format: None } => "as it stands".into(),
        };
        assert_eq!(actual, expected, "{text}");
    }

    #[test]
    fn data_is_cut_off_an_insert() {
        check(
            "INSERT INTO t(`format`,b) FORMAT RowBinary",
            "INSERT INTO t(`format`,b) |INSERT INTO t(`format`,b) FORMAT RowBinary|RowBinary|",
        );
        check(
            "insert into t format CSV \n1,';FORMAT x\n",
            "insert into t |insert into t format CSV|CSV|1,';FORMAT x\n",
        );
        check(
            "INSERT INTO t VALUES (1),(2)",
            "INSERT INTO t |INSERT INTO t VALUES|Values| (1),(2)",
        );
        check(
            "/* FORMAT a */ INSERT -- FORMAT b\n INTO t SETTINGS x='FORMAT c' FORMAT d {}",
            "/* FORMAT a */ INSERT -- FORMAT b\n INTO t SETTINGS x='FORMAT c' |\
             /* FORMAT a */ INSERT -- FORMAT b\n INTO t SETTINGS x='FORMAT c' FORMAT d|d|{}",
        );
    }

    #[test]
    fn a_statement_without_data_stands_as_it_is() {
        check("INSERT INTO t SELECT 1 FORMAT CSV", "as it stands");
        check("SELECT format FROM t", "as it stands");
        check("SELECT format AS x, 2 AS y FROM t", "as it stands");
        check(
            "CREATE TABLE t (format String) ENGINE = Memory",
            "as it stands",
        );
        check("SELECT 'FORMAT CSV", "as it stands");
        check("SELECT '\\", "as it stands");
        check("/*", "as it stands");
        check("", "as it stands");
    }

    #[test]
    fn the_named_output_format_is_seen() {
        check("SELECT 1 FORMAT JSON", "format JSON");
        check("SELECT 1 FORMAT JSONCompact;\n", "format JSONCompact");
        check("SELECT f(FORMAT) FORMAT CSV -- end", "format CSV");
    }
}

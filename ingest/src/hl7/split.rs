//! Where in a file the messages are. A message begins with `MSH` at the start
//! of a line and ends before the next one. Lines end in CR, LF or both; the
//! frame bytes of MLLP count as line ends; the envelopes of batch files
//! (`FHS BHS BTS FTS`) and a byte order mark belong to no message.

/// Start and end of an MLLP frame.
const FRAME: [u8; 2] = [0x0B, 0x1C];

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The messages of a file, in their order. Text before the first `MSH` comes as
/// a message, too, so that nothing gets lost unseen.
pub fn messages(file: &[u8]) -> Messages<'_> {
    Messages { rest: file }
}

/// See [`messages`].
#[derive(Clone, Debug)]
pub struct Messages<'b> {
    rest: &'b [u8],
}

impl<'b> Iterator for Messages<'b> {
    type Item = &'b [u8];

    fn next(&mut self) -> Option<&'b [u8]> {
        while is_blank(first_line(self.rest)) || is_envelope(first_line(self.rest)) {
            self.rest = after_first_line(self.rest)?;
        }
        let message = self.rest;
        let mut next = after_first_line(message);
        while let Some(rest) = next.filter(|rest| !begins_another(first_line(rest))) {
            next = after_first_line(rest);
        }
        self.rest = next.unwrap_or_default();
        Some(&message[..message.len() - self.rest.len()])
    }
}

/// The lines of a message that hold something, without byte order marks.
pub(crate) fn lines(message: &[u8]) -> impl Iterator<Item = &[u8]> {
    message
        .split(|&byte| ends_line(byte))
        .map(without_mark)
        .filter(|line| !is_blank(line))
}

/// Whether a line is the header of a message.
pub(crate) fn is_header(line: &[u8]) -> bool {
    line.starts_with(b"MSH") && !line.get(3).is_some_and(u8::is_ascii_alphanumeric)
}

fn begins_another(line: &[u8]) -> bool {
    is_header(line) || is_envelope(line)
}

fn is_envelope(line: &[u8]) -> bool {
    let named = [b"FHS", b"BHS", b"BTS", b"FTS"]
        .iter()
        .any(|name| line.starts_with(*name));
    named && !line.get(3).is_some_and(u8::is_ascii_alphanumeric)
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

fn first_line(bytes: &[u8]) -> &[u8] {
    let end = line_end(bytes).unwrap_or(bytes.len());
    without_mark(&bytes[..end])
}

/// What follows the first line end; `None` when there is no line end.
fn after_first_line(bytes: &[u8]) -> Option<&[u8]> {
    line_end(bytes).map(|end| &bytes[end + 1..])
}

fn line_end(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|&byte| ends_line(byte))
}

fn ends_line(byte: u8) -> bool {
    byte == b'\r' || byte == b'\n' || FRAME.contains(&byte)
}

fn without_mark(line: &[u8]) -> &[u8] {
    line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &[u8], expected: &[&[&str]]) {
        let found: Vec<Vec<&str>> = messages(file)
            .map(|message| lines(message).map(|l| str::from_utf8(l).unwrap()).collect())
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn line_ends_blank_lines_marks_and_frames_are_no_content() {
        let two: &[&[&str]] = &[&["MSH|a", "PID|1"], &["MSH|b"]];
        check(b"MSH|a\rPID|1\rMSH|b", two);
        check(b"MSH|a\nPID|1\n\nMSH|b\n", two);
        check(b"\r\n \r\nMSH|a\r\nPID|1\r\n\r\n\r\nMSH|b\r\n", two);
        check(b"\xEF\xBB\xBFMSH|a\rPID|1\r\xEF\xBB\xBFMSH|b", two);
        check(b"\x0BMSH|a\rPID|1\r\x1C\r\x0BMSH|b\r\x1C\r", two);
        check(b"FHS|x\rBHS|x\rMSH|a\rPID|1\rMSH|b\rBTS|2\rFTS|1\r", two);
    }

    #[test]
    fn a_header_begins_a_message_only_at_the_start_of_a_line() {
        check(
            b"MSH|a\rNTE|MSH|b\rMSHA|c",
            &[&["MSH|a", "NTE|MSH|b", "MSHA|c"]],
        );
    }

    #[test]
    fn text_before_the_first_header_is_not_lost() {
        check(b"oh\rno\rMSH|a", &[&["oh", "no"], &["MSH|a"]]);
    }

    #[test]
    fn nothing_gives_no_message() {
        check(b"", &[]);
        check(b"\r\n \n\x0B\x1C\xEF\xBB\xBF", &[]);
    }
}

//! Reads a `multipart/form-data` body: the crate `clickhouse` sends its statement and the values of
//! its parameters so. Pure; only plain fields are understood, a file is refused.

use crate::exception::{Exception, Reason};

/// The boundary of a form, or `None` when `content_type` is not that of a form.
pub(crate) fn boundary(content_type: &str) -> Option<&str> {
    let (kind, attributes) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = attributes
        .split(';')
        .find_map(|pair| pair.trim().strip_prefix("boundary="))?;
    Some(boundary.trim_matches('"')).filter(|boundary| !boundary.is_empty())
}

/// The fields of a form, in their order.
pub(crate) fn fields(body: &[u8], boundary: &str) -> Result<Vec<(String, String)>, Exception> {
    let text = std::str::from_utf8(body).map_err(|_| refusal("the form is not UTF-8"))?;
    let delimiter = format!("\r\n--{boundary}");
    // The first delimiter may stand at the very start, without a line end before it.
    let opening = text
        .strip_prefix(&delimiter[2..])
        .ok_or_else(|| refusal("no boundary"))?;
    let mut pieces = opening.split(delimiter.as_str()).peekable();
    let mut fields = Vec::new();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            let closed = piece
                .strip_prefix("--")
                .is_some_and(|rest| rest.trim().is_empty());
            return closed
                .then_some(fields)
                .ok_or_else(|| refusal("the form is cut off"));
        }
        fields.push(field(piece)?);
    }
    Err(refusal("the form is empty"))
}

fn field(piece: &str) -> Result<(String, String), Exception> {
    let (head, value) = piece
        .strip_prefix("\r\n")
        .and_then(|piece| piece.split_once("\r\n\r\n"))
        .ok_or_else(|| refusal("a field has no head"))?;
    let disposition = head
        .lines()
        .find(|line| {
            line.to_ascii_lowercase()
                .starts_with("content-disposition:")
        })
        .ok_or_else(|| refusal("a field has no name"))?;
    let attribute = |name: &str| {
        disposition
            .split(';')
            .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
    };
    if attribute("filename").is_some() {
        return Err(Exception::refusal(
            Reason::NOT_IMPLEMENTED,
            "external tables are not understood",
        ));
    }
    let name = attribute("name").ok_or_else(|| refusal("a field has no name"))?;
    Ok((name.trim_matches('"').to_owned(), value.to_owned()))
}

fn refusal(detail: &str) -> Exception {
    Exception::refusal(Reason::BAD_ARGUMENTS, &format!("form: {detail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "--x\r\nContent-Disposition: form-data; name=\"query\"\r\n\r\n\
                        SELECT\r\n\r\n{a:String}\r\n--x\r\nContent-Disposition: form-data; \
                        name=\"param_a\"\r\n\r\n\r\n--x--\r\n";

    #[test]
    fn fields_come_out_as_they_went_in() {
        assert_eq!(boundary("multipart/form-data; boundary=x"), Some("x"));
        assert_eq!(boundary("text/plain; boundary=x"), None);
        let fields = fields(FORM.as_bytes(), "x").expect("a form");
        assert_eq!(
            fields[0],
            ("query".to_owned(), "SELECT\r\n\r\n{a:String}".to_owned())
        );
        assert_eq!(fields[1], ("param_a".to_owned(), String::new()));
    }

    #[test]
    fn a_form_that_is_cut_anywhere_is_refused() {
        // Without the last line end the form is still whole.
        for end in 0..FORM.len() - 2 {
            assert!(
                fields(&FORM.as_bytes()[..end], "x").is_err(),
                "cut at {end}"
            );
        }
    }

    #[test]
    fn a_file_is_refused() {
        let form =
            "--x\r\nContent-Disposition: form-data; name=\"t\"; filename=\"\"\r\n\r\n1\r\n--x--";
        assert_eq!(
            fields(form.as_bytes(), "x").map_err(|exception| exception.code()),
            Err(48)
        );
    }
}

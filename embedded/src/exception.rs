//! What is said when a statement fails: the text of ClickHouse, its code, and the HTTP status that
//! belongs to it.

/// A failure in ClickHouse's words: `Code: 60. DB::Exception: Unknown table … (UNKNOWN_TABLE)`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Exception(String);

impl Exception {
    /// Takes over what the engine says.
    pub(crate) fn from_engine(text: String) -> Self {
        Self(text)
    }

    /// A refusal of the gateway, under the code and name that a ClickHouse server would use.
    pub(crate) fn refusal(reason: Reason, detail: &str) -> Self {
        Self(format!(
            "Code: {}. DB::Exception: {detail}. ({reason:?})",
            reason as u16
        ))
    }

    /// ClickHouse's number of the failure; 1002 (`UNKNOWN_EXCEPTION`) when the text has none.
    pub(crate) fn code(&self) -> u16 {
        self.0
            .strip_prefix("Code: ")
            .and_then(|rest| rest.split('.').next())
            .and_then(|digits| digits.parse().ok())
            .unwrap_or(1002)
    }

    /// The HTTP status that a ClickHouse server gives for this code.
    pub(crate) fn status(&self) -> u16 {
        match self.code() {
            6
            | 15
            | 25..=27
            | 36
            | 38
            | 41
            | 43
            | 44
            | 53
            | 62
            | 72
            | 117
            | 130
            | 167
            | 168
            | 321
            | 376
            | 456 => 400,
            192 | 193 | 497 | 516 => 403,
            46 | 47 | 50 | 56 | 60 | 63 | 73 | 78 | 81 | 115 | 336 => 404,
            159 => 408,
            396 | 307 => 413,
            48 | 89 => 501,
            202 | 203 => 503,
            _ => 500,
        }
    }
}

/// Codes that the gateway itself uses, with ClickHouse's names and numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(non_camel_case_types, reason = "the names are ClickHouse's")]
pub(crate) enum Reason {
    /// Text that is not one statement.
    SYNTAX_ERROR = 62,
    /// A request that cannot be understood.
    BAD_ARGUMENTS = 36,
    /// Something that this gateway does not do.
    NOT_IMPLEMENTED = 48,
    /// More statements at once than the bound.
    TOO_MANY_SIMULTANEOUS_QUERIES = 202,
    /// A request larger than the bound.
    TOO_MANY_BYTES = 307,
    /// A compressed block that is not what its header says.
    CANNOT_DECOMPRESS = 271,
    /// A checksum that does not match.
    CHECKSUM_DOESNT_MATCH = 40,
    /// A user or password other than the one there is.
    AUTHENTICATION_FAILED = 516,
    /// The engine broke its contract.
    STD_EXCEPTION = 1001,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_decides_the_status() {
        let check = |text: &str, code: u16, status: u16| {
            let exception = Exception::from_engine(text.into());
            assert_eq!(
                (exception.code(), exception.status()),
                (code, status),
                "{text}"
            );
        };
        check(
            "Code: 60. DB::Exception: no such table. (UNKNOWN_TABLE)",
            60,
            404,
        );
        check(
            "Code: 62. DB::Exception: Syntax error. (SYNTAX_ERROR)",
            62,
            400,
        );
        check(
            "Code: 241. DB::Exception: memory limit. (MEMORY_LIMIT_EXCEEDED)",
            241,
            500,
        );
        check("something else", 1002, 500);
    }

    #[test]
    fn a_refusal_reads_like_clickhouse() {
        let exception = Exception::refusal(Reason::SYNTAX_ERROR, "two statements");
        assert_eq!(
            exception.to_string(),
            "Code: 62. DB::Exception: two statements. (SYNTAX_ERROR)"
        );
        assert_eq!(exception.code(), 62);
    }
}

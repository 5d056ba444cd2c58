//! One request on the engine: a connection of its own, exactly one statement, a whole answer.
//!
//! The engine succeeds in silence on much that a server refuses (junk, several statements, data it
//! does not understand); what is not one statement by its own parser never runs here.

use axum::body::Bytes;

use crate::engine::{Answer, Connection, Engine};
use crate::exception::{Exception, Reason};
use crate::native;
use crate::request::Request;
use crate::statement::{Statement, split};

/// What a statement gave.
pub(crate) struct Output {
    /// The bytes for the client, before compression.
    pub(crate) body: Bytes,
    /// The format they are in.
    pub(crate) format: String,
    /// Rows read from tables.
    pub(crate) rows_read: u64,
    /// Rows written to tables, those of materialized views included.
    pub(crate) rows_written: u64,
}

/// Runs `request`, whose plain body is `body`. Blocks the thread until the engine is done.
pub(crate) fn run(engine: &Engine, request: &Request, body: Bytes) -> Result<Output, Exception> {
    let mut connection = engine.connect()?;
    for statement in request.preamble() {
        connection.query(&statement, "Null", &[])?;
    }
    let mut session = Session {
        connection,
        request,
    };
    let Some(query) = &request.query else {
        return session.run(&body, &[]);
    };
    if body.is_empty() || matches!(split(query.as_bytes()), Statement::Insert { .. }) {
        return session.run(query.as_bytes(), &body);
    }
    session.run(&[query.as_bytes(), b"\n", &body].concat(), &[])
}

struct Session<'a> {
    connection: Connection,
    request: &'a Request,
}

impl Session<'_> {
    /// Runs `text`; `body` is data that follows the data in the text.
    fn run(&mut self, text: &[u8], body: &[u8]) -> Result<Output, Exception> {
        match split(text) {
            Statement::Insert {
                sql,
                head,
                format,
                data,
            } => {
                self.require_one(utf8(head)?)?;
                let (sql, format) = (utf8(sql)?, utf8(format)?);
                let answer = match (data, body) {
                    (data, []) | ([], data) => self.connection.insert(sql, format, data),
                    (data, body) => self.connection.insert(sql, format, &[data, body].concat()),
                };
                self.output(answer?, format)
            }
            Statement::Other { format } => {
                let sql = utf8(text)?;
                self.require_one(sql)?;
                let default = self.request.format.as_deref().unwrap_or("TabSeparated");
                let format = format.map_or(Ok(default), utf8)?;
                let answer = self
                    .connection
                    .query(sql, default, &self.request.parameters)?;
                self.output(answer, format)
            }
        }
    }

    fn require_one(&mut self, sql: &str) -> Result<(), Exception> {
        match self.connection.count_statements(sql)? {
            1 => Ok(()),
            0 => Err(self.syntax_error(sql)),
            _ => Err(Exception::refusal(
                Reason::SYNTAX_ERROR,
                "a request holds one statement; this one holds several",
            )),
        }
    }

    /// The engine's own words on what does not parse. It says them only when it runs the text, and
    /// runs what stands before the mistake: so this session may write nothing from here on.
    fn syntax_error(&mut self, sql: &str) -> Exception {
        let general = || Exception::refusal(Reason::SYNTAX_ERROR, "the text is not a statement");
        if self
            .connection
            .query("SET readonly = 1", "Null", &[])
            .is_err()
        {
            return general();
        }
        match self.connection.query(sql, "Null", &[]) {
            Err(exception) if exception.code() == Reason::SYNTAX_ERROR as u16 => exception,
            _ => general(),
        }
    }

    fn output(&self, answer: Answer, format: &str) -> Result<Output, Exception> {
        let (rows_read, rows_written) = (answer.rows_read(), answer.rows_written());
        let mut body = Bytes::from_owner(answer);
        if format.eq_ignore_ascii_case("Native") && self.request.protocol_version > 0 {
            body = native::with_revision(&body, self.request.protocol_version)?.into();
        }
        Ok(Output {
            body,
            format: format.to_owned(),
            rows_read,
            rows_written,
        })
    }
}

fn utf8(text: &[u8]) -> Result<&str, Exception> {
    std::str::from_utf8(text)
        .map_err(|_| Exception::refusal(Reason::SYNTAX_ERROR, "the statement is not UTF-8"))
}

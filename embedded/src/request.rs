//! What a client asks for, read from the query string, the headers and a form body of ClickHouse's
//! HTTP interface. Pure. A name that is not known here is a setting, and the engine judges it.

use axum::http::HeaderMap;

use crate::exception::{Exception, Reason};

/// The only user there is; its password is empty. The gateway listens on loopback only.
const USER: &str = "default";

/// A request without its body.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    /// The text of `query=`; the body follows it.
    pub(crate) query: Option<String>,
    /// The database that unqualified names mean.
    pub(crate) database: Option<String>,
    /// The output format when the statement names none.
    pub(crate) format: Option<String>,
    /// Settings for this request alone.
    pub(crate) settings: Vec<(String, String)>,
    /// Values for the `{name:Type}` places of the statement.
    pub(crate) parameters: Vec<(String, String)>,
    /// The body is in compressed blocks (`decompress=1`).
    pub(crate) packed_body: bool,
    /// The answer is wanted in compressed blocks (`compress=1`).
    pub(crate) packed_answer: bool,
    /// The revision of the native protocol that the client decodes; 0 for the plain format.
    pub(crate) protocol_version: u64,
    /// Given back in `X-ClickHouse-Query-Id`.
    pub(crate) query_id: Option<String>,
}

impl Request {
    /// Reads the query string and the headers.
    pub(crate) fn parse(query_string: &str, headers: &HeaderMap) -> Result<Self, Exception> {
        let mut request = Self::default();
        let mut user = header(headers, "x-clickhouse-user")?;
        let mut password = header(headers, "x-clickhouse-key")?;
        request.database = header(headers, "x-clickhouse-database")?;
        request.format = header(headers, "x-clickhouse-format")?;
        for (name, value) in form_urlencoded::parse(query_string.as_bytes()) {
            match &*name {
                "user" => user = Some(value.into_owned()),
                "password" => password = Some(value.into_owned()),
                _ => request.take(&name, value.into_owned())?,
            }
        }
        authenticate(headers, user.as_deref(), password.as_deref())?;
        refuse_encoding(headers)?;
        Ok(request)
    }

    /// Takes one named value, from the query string or from a field of a form.
    pub(crate) fn take(&mut self, name: &str, value: String) -> Result<(), Exception> {
        match name {
            "query" => self.query = Some(value),
            "database" => self.database = Some(value).filter(|database| !database.is_empty()),
            "default_format" => self.format = Some(value),
            "compress" => self.packed_answer = is_on(&value),
            "decompress" => self.packed_body = is_on(&value),
            "query_id" => self.query_id = Some(value),
            "client_protocol_version" => {
                self.protocol_version = value.parse().map_err(|_| {
                    Exception::refusal(
                        Reason::BAD_ARGUMENTS,
                        "client_protocol_version is no number",
                    )
                })?;
            }
            // Every answer is whole before its first byte is sent, so these are met already.
            "wait_end_of_query" | "buffer_size" | "quota_key" => {}
            "session_id" | "session_timeout" | "session_check" | "role" | "stacktrace" => {
                let detail = format!("the embedded engine knows no {name}");
                return Err(Exception::refusal(Reason::NOT_IMPLEMENTED, &detail));
            }
            _ => match name.strip_prefix("param_") {
                Some(parameter) => self.parameters.push((parameter.to_owned(), value)),
                None => self.settings.push((setting_name(name)?, value)),
            },
        }
        Ok(())
    }

    /// The statements that bring a new connection into the state that the request wants.
    pub(crate) fn preamble(&self) -> Vec<String> {
        let mut statements = Vec::new();
        if let Some(database) = &self.database {
            statements.push(format!("USE `{}`", escape(database, '`')));
        }
        if !self.settings.is_empty() {
            let pairs: Vec<_> = self
                .settings
                .iter()
                .map(|(name, value)| format!("{name} = '{}'", escape(value, '\'')))
                .collect();
            statements.push(format!("SET {}", pairs.join(", ")));
        }
        statements
    }
}

fn is_on(value: &str) -> bool {
    !matches!(value, "" | "0" | "false")
}

/// A setting's name goes into a statement as it is, so it may be nothing but a name.
fn setting_name(name: &str) -> Result<String, Exception> {
    let fits = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if fits && name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return Ok(name.to_owned());
    }
    Err(Exception::refusal(
        Reason::BAD_ARGUMENTS,
        "a setting's name holds other signs than letters",
    ))
}

fn escape(text: &str, quote: char) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        if sign == quote || sign == '\\' {
            escaped.push('\\');
        }
        escaped.push(sign);
    }
    escaped
}

fn header(headers: &HeaderMap, name: &str) -> Result<Option<String>, Exception> {
    let Some(value) = headers.get(name) else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| {
        Exception::refusal(
            Reason::BAD_ARGUMENTS,
            &format!("the header {name} is not text"),
        )
    })?;
    Ok(Some(text.to_owned()))
}

fn authenticate(
    headers: &HeaderMap,
    user: Option<&str>,
    password: Option<&str>,
) -> Result<(), Exception> {
    let known = user.is_none_or(|user| user.is_empty() || user == USER)
        && password.is_none_or(str::is_empty)
        // "default:" and ":" in Base64.
        && headers
            .get("authorization")
            .is_none_or(|value| value == "Basic ZGVmYXVsdDo=" || value == "Basic Og==");
    if known {
        return Ok(());
    }
    let detail = "the embedded engine has one user, default, without a password";
    Err(Exception::refusal(Reason::AUTHENTICATION_FAILED, detail))
}

/// Bytes in an encoding that is not undone would reach the engine as junk.
fn refuse_encoding(headers: &HeaderMap) -> Result<(), Exception> {
    match headers.get("content-encoding") {
        None => Ok(()),
        Some(value) if value == "identity" => Ok(()),
        Some(_) => {
            let detail = "a body with Content-Encoding is not understood; \
                          send it plain or in lz4 blocks with decompress=1";
            Err(Exception::refusal(Reason::NOT_IMPLEMENTED, detail))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<Request, u16> {
        Request::parse(query, &HeaderMap::new()).map_err(|exception| exception.code())
    }

    #[test]
    fn names_are_told_apart() {
        let request =
            parse("query=SELECT+1&database=ward&max_threads=2&param_bed=7%27&decompress=1")
                .expect("a request");
        assert_eq!(request.query.as_deref(), Some("SELECT 1"));
        assert_eq!(request.parameters, [("bed".to_owned(), "7'".to_owned())]);
        assert!(request.packed_body && !request.packed_answer);
        assert_eq!(request.preamble(), ["USE `ward`", "SET max_threads = '2'"]);
    }

    #[test]
    fn nothing_of_a_value_becomes_a_statement() {
        let request = parse("database=a`b\\&log_comment=x'; DROP TABLE t --").expect("a request");
        assert_eq!(
            request.preamble(),
            [
                "USE `a\\`b\\\\`",
                "SET log_comment = 'x\\'; DROP TABLE t --'"
            ]
        );
        assert_eq!(parse("a%20b=1"), Err(36));
    }

    #[test]
    fn what_cannot_be_honoured_is_refused() {
        assert_eq!(parse("session_id=1"), Err(48));
        assert_eq!(parse("user=nurse"), Err(516));
        assert_eq!(parse("user=default&password=x"), Err(516));
        assert!(parse("user=default&password=").is_ok());
    }
}

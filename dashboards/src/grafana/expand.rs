//! Turns a dashboard's query into SQL: variables as Grafana replaces them, macros as its
//! ClickHouse plugin (4.20) does. Only the few that the dashboards use are known; others are an
//! error, so that nothing is sent that was never executed.

/// What a dashboard is looked at with.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// First second of the range that is shown, since 1970.
    pub from_s: i64,
    /// Last second of it.
    pub to_s: i64,
    /// Seconds between two points of a graph; Grafana derives them from range and width.
    pub interval_s: u32,
    /// The variables and their values.
    pub variables: &'a [(&'a str, &'a str)],
}

/// Why a query cannot be expanded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpandError {
    /// After a dollar sign stands neither a macro nor a variable.
    #[error("no name after the dollar sign at byte {0}")]
    Nameless(usize),
    /// No such macro here.
    #[error("macro {0} is not known")]
    Macro(String),
    /// A macro of a column without one, or one whose bracket does not close.
    #[error("macro {0} needs a column in brackets")]
    Argument(String),
    /// No such variable in the context.
    #[error("variable {0} has no value")]
    Variable(String),
    /// A way to write a variable that is not known here.
    #[error("variable format {0} is not known")]
    Format(String),
}

/// The SQL that ClickHouse would be sent.
///
/// # Errors
/// The query uses a macro, a variable or a format that is not known.
pub fn expand(sql: &str, context: &Context<'_>) -> Result<String, ExpandError> {
    let mut expanded = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        let at = sql.len() - after.len() - 1;
        let (value, tail) = match after.strip_prefix("__") {
            Some(macro_call) => expand_macro(macro_call, context)?,
            None => expand_variable(after, at, context)?,
        };
        expanded.push_str(&value);
        rest = tail;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

/// `timeFilter(told) ...`, after the dollar sign and the two underscores.
fn expand_macro<'a>(
    call: &'a str,
    context: &Context<'_>,
) -> Result<(String, &'a str), ExpandError> {
    let (name, tail) = split_name(call);
    let from = format!("toDateTime({})", context.from_s);
    let to = format!("toDateTime({})", context.to_s);
    match name {
        "fromTime" => Ok((from, tail)),
        "toTime" => Ok((to, tail)),
        "interval_s" => Ok((context.interval_s.to_string(), tail)),
        "timeFilter" => {
            let (column, tail) = argument(name, tail)?;
            Ok((format!("{column} >= {from} AND {column} <= {to}"), tail))
        }
        "timeInterval" => {
            let (column, tail) = argument(name, tail)?;
            let every = context.interval_s;
            let value = format!("toStartOfInterval(toDateTime({column}), INTERVAL {every} second)");
            Ok((value, tail))
        }
        _ => Err(ExpandError::Macro(name.to_owned())),
    }
}

/// `{ward:sqlstring} ...` or `ward ...`, after the dollar sign at byte `at`.
fn expand_variable<'a>(
    call: &'a str,
    at: usize,
    context: &Context<'_>,
) -> Result<(String, &'a str), ExpandError> {
    let (inside, tail) = match call.strip_prefix('{') {
        Some(braced) => braced.split_once('}').ok_or(ExpandError::Nameless(at))?,
        None => split_name(call),
    };
    let (name, format) = inside.split_once(':').unwrap_or((inside, "raw"));
    if name.is_empty() {
        return Err(ExpandError::Nameless(at));
    }
    let known = context.variables.iter().find(|(known, _)| *known == name);
    let (_, value) = known.ok_or_else(|| ExpandError::Variable(name.to_owned()))?;
    match format {
        "raw" => Ok(((*value).to_owned(), tail)),
        "sqlstring" => Ok((format!("'{}'", value.replace('\'', "''")), tail)),
        _ => Err(ExpandError::Format(format.to_owned())),
    }
}

/// A column between brackets; the plugin reads up to the first closing one.
fn argument<'a>(name: &str, tail: &'a str) -> Result<(&'a str, &'a str), ExpandError> {
    tail.strip_prefix('(')
        .and_then(|inside| inside.split_once(')'))
        .filter(|(column, _)| !column.is_empty() && !column.contains('('))
        .ok_or_else(|| ExpandError::Argument(name.to_owned()))
}

fn split_name(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    text.split_at(end.unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTEXT: Context<'static> = Context {
        from_s: 1_000,
        to_s: 4_600,
        interval_s: 60,
        variables: &[("ward", "A'1"), ("resolution", "900")],
    };

    #[test]
    fn macros_become_what_the_plugin_sends() {
        for (sql, expected) in [
            (
                "WHERE $__timeFilter(told) AND 1",
                "WHERE told >= toDateTime(1000) AND told <= toDateTime(4600) AND 1",
            ),
            (
                "$__timeInterval(told) AS t",
                "toStartOfInterval(toDateTime(told), INTERVAL 60 second) AS t",
            ),
            (
                "f($__fromTime)*60/$__interval_s",
                "f(toDateTime(1000))*60/60",
            ),
            ("$__toTime", "toDateTime(4600)"),
        ] {
            assert_eq!(expand(sql, &CONTEXT).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn variables_are_written_as_asked() {
        let sql = "ward = ${ward:sqlstring} AND r IN ($resolution, ${resolution})";
        let expected = "ward = 'A''1' AND r IN (900, 900)";
        assert_eq!(expand(sql, &CONTEXT).as_deref(), Ok(expected));
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        let named = |text: &str| text.to_owned();
        for (sql, error) in [
            ("$__timeGroup(a)", ExpandError::Macro(named("timeGroup"))),
            ("$__timeFilter", ExpandError::Argument(named("timeFilter"))),
            (
                "$__timeFilter(f(a))",
                ExpandError::Argument(named("timeFilter")),
            ),
            (
                "$__timeFilter()",
                ExpandError::Argument(named("timeFilter")),
            ),
            ("$site", ExpandError::Variable(named("site"))),
            ("${ward:csv}", ExpandError::Format(named("csv"))),
            ("a $ b", ExpandError::Nameless(2)),
            ("${ward", ExpandError::Nameless(0)),
        ] {
            assert_eq!(expand(sql, &CONTEXT), Err(error), "{sql}");
        }
    }
}

//! Whether a message is what `asyncapi.json` says, for tests. It knows the words of JSON Schema that
//! stand there, and takes none that it does not know; a field that has no schema is wrong here,
//! though clients leave such fields aside.

use std::sync::LazyLock;

use serde_json::Value;

static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| {
    let text = include_str!("../websocket/asyncapi.json");
    serde_json::from_str(text).expect("the description is JSON")
});

/// Whether a message is what the schema of this name says.
///
/// # Errors
/// Where it is not.
pub(crate) fn check(schema: &str, message: &Value) -> Result<(), String> {
    let schemas = &DESCRIPTION["components"]["schemas"];
    holds(schemas, &schemas[schema], message).map_err(|why| format!("{schema}{why}"))
}

/// Whether a frame of a server is what its schema says.
///
/// # Errors
/// Where it is not.
pub(crate) fn check_frame(tier: &str, frame: &Value) -> Result<(), String> {
    let kind = frame["type"].as_str().unwrap_or_default();
    let schema = match kind {
        "snapshot" | "delta" => format!("{}{}", capital(kind), capital(tier)),
        other => capital(other),
    };
    check(&schema, frame)
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(word.len().min(1));
    first.to_uppercase() + rest
}

fn holds(all: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let Some(words) = schema.as_object() else {
        return Err(": there is no schema".to_owned());
    };
    for (word, says) in words {
        let is_so = match word.as_str() {
            "description" => Ok(true),
            "$ref" => {
                let name = says.as_str().and_then(|path| path.rsplit('/').next());
                return holds(all, &all[name.unwrap_or_default()], value);
            }
            "type" => Ok(types(says).any(|kind| is_of(kind, value))),
            "const" => Ok(says == value),
            "enum" => Ok(says.as_array().is_some_and(|all| all.contains(value))),
            "minimum" => Ok(value.is_null() || value.as_i64() >= says.as_i64()),
            "maximum" => Ok(value.is_null() || value.as_i64() <= says.as_i64()),
            "minItems" => Ok(length(value) >= says.as_u64()),
            "maxItems" => Ok(length(value) <= says.as_u64()),
            "required" => Ok(value.is_null() || has_all(says, value)),
            "oneOf" => {
                let fits = says.as_array().into_iter().flatten();
                Ok(fits.filter(|one| holds(all, one, value).is_ok()).count() == 1)
            }
            "items" => {
                let mut items = value.as_array().into_iter().flatten();
                items
                    .try_for_each(|item| holds(all, says, item))
                    .map(|()| true)
            }
            "additionalProperties" => {
                let mut fields = value.as_object().into_iter().flatten();
                let each = fields.try_for_each(|(_, field)| holds(all, says, field));
                each.map(|()| true)
            }
            "properties" => {
                let mut fields = value.as_object().into_iter().flatten();
                let each = fields.try_for_each(|(name, field)| {
                    holds(all, &says[name], field).map_err(|why| format!(".{name}{why}"))
                });
                each.map(|()| true)
            }
            unknown => Err(format!(": {unknown} is not known here")),
        }?;
        if !is_so {
            return Err(format!(": {value} is not {word} {says}"));
        }
    }
    Ok(())
}

fn types(says: &Value) -> impl Iterator<Item = &str> {
    let many = says.as_array().into_iter().flatten();
    many.chain(Some(says)).filter_map(Value::as_str)
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "object" => value.is_object(),
        "string" => value.is_string(),
        _ => false,
    }
}

fn length(value: &Value) -> Option<u64> {
    value.as_array().map(|items| items.len() as u64)
}

fn has_all(names: &Value, value: &Value) -> bool {
    let mut names = names.as_array().into_iter().flatten();
    names.all(|name| name.as_str().is_some_and(|name| value.get(name).is_some()))
}

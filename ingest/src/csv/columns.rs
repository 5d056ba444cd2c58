//! Which column of a file is what, as `--map` says: `ward=Station` names a column,
//! `ward==MED-A` gives a text for all rows.

use super::{Error, Kind};

/// What can be mapped, and whether it must be.
type Fields = &'static [(&'static str, bool)];

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map {
    fields: Fields,
    /// By place in `fields`.
    from: Vec<Option<From>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum From {
    Column(String),
    Constant(String),
}

/// Where each field stands, by its place among the fields.
#[derive(Debug)]
pub struct Columns {
    fields: Fields,
    from: Vec<Option<Cell>>,
}

#[derive(Debug)]
enum Cell {
    Column(usize),
    Constant(String),
}

impl Map {
    /// Reads what was asked for: texts of `FIELD=COLUMN` and `FIELD==TEXT`, several in
    /// one with commas between them.
    ///
    /// # Errors
    /// Says which field is wrong, missing or given twice.
    pub fn parse(kind: Kind, texts: &[String]) -> Result<Self, String> {
        Self::of(kind.name(), kind.fields(), texts)
    }

    /// The same for a file that is no history: what it is, and what can be mapped.
    ///
    /// # Errors
    /// Says which field is wrong, missing or given twice.
    pub(crate) fn of(what: &str, fields: Fields, texts: &[String]) -> Result<Self, String> {
        let mut from: Vec<Option<From>> = vec![None; fields.len()];
        for text in texts.iter().flat_map(|text| text.split(',')) {
            let (field, source) = text
                .split_once('=')
                .ok_or("is not FIELD=COLUMN or FIELD==TEXT")?;
            let field = field.trim();
            let place = fields.iter().position(|(name, _)| *name == field);
            let place = place
                .ok_or_else(|| format!("{field:?} is no field of {what}: {}", names(fields)))?;
            let source = match source.strip_prefix('=') {
                Some(constant) => From::Constant(constant.to_owned()),
                None => From::Column(source.trim().to_owned()),
            };
            if from[place].replace(source).is_some() {
                return Err(format!("{field} is given twice"));
            }
        }
        let missing = fields.iter().zip(&from);
        let mut missing = missing.filter(|((_, must), from)| *must && from.is_none());
        match missing.next() {
            Some(((name, _), _)) => Err(format!("{name} is missing: fields are {}", names(fields))),
            None => Ok(Self { fields, from }),
        }
    }

    /// Whether a field is in the file.
    pub fn has(&self, field: &str) -> bool {
        let mut fields = self.fields.iter().zip(&self.from);
        fields.any(|((name, _), from)| *name == field && from.is_some())
    }

    /// The same for the same map, however it was written.
    pub fn canonical(&self) -> String {
        let fields = self.fields.iter().zip(&self.from);
        let text = fields.filter_map(|((name, _), from)| match from.as_ref()? {
            From::Column(column) => Some(format!("{name}={column}")),
            From::Constant(constant) => Some(format!("{name}=={constant}")),
        });
        text.collect::<Vec<_>>().join("\n")
    }

    /// What the file calls a field that is in one of its columns.
    pub(crate) fn column(&self, field: &str) -> Option<&str> {
        let place = self.fields.iter().position(|(name, _)| *name == field)?;
        match self.from[place].as_ref()? {
            From::Column(column) => Some(column),
            From::Constant(_) => None,
        }
    }
}

fn names(fields: Fields) -> String {
    let name = |(name, must): &(&str, bool)| match must {
        true => (*name).to_owned(),
        false => format!("[{name}]"),
    };
    let names: Vec<String> = fields.iter().map(name).collect();
    names.join(", ")
}

impl Columns {
    /// Finds the columns in a header.
    ///
    /// # Errors
    /// A column is missing or there twice.
    pub fn find(map: &Map, header: &[String]) -> Result<Self, Error> {
        let find = |(field, from): (&str, &Option<From>)| match from {
            None => Ok(None),
            Some(From::Constant(text)) => Ok(Some(Cell::Constant(text.clone()))),
            Some(From::Column(column)) => {
                let mut places = (0..header.len()).filter(|place| header[*place] == *column);
                match (places.next(), places.next()) {
                    (Some(place), None) => Ok(Some(Cell::Column(place))),
                    (None, _) => Err(Error::Header(format!(
                        "{field}: there is no column {column:?}; the file has {}",
                        header.join(", ")
                    ))),
                    _ => Err(Error::Header(format!(
                        "{field}: there are two columns {column:?}"
                    ))),
                }
            }
        };
        let fields = map.fields.iter().map(|(name, _)| *name);
        let from = fields.zip(&map.from).map(find).collect::<Result<_, _>>()?;
        Ok(Self {
            fields: map.fields,
            from,
        })
    }

    /// What a row says in a field, without blanks around it; nothing for a field that
    /// is not mapped.
    pub(super) fn text<'a>(&'a self, field: &str, row: &'a [&'a str]) -> Option<&'a str> {
        let place = self.fields.iter().position(|(name, _)| *name == field)?;
        let text = match self.from[place].as_ref()? {
            Cell::Column(column) => row.get(*column).copied().unwrap_or(""),
            Cell::Constant(text) => text,
        };
        Some(text.trim())
    }

    /// What a row says in a field that it must fill.
    pub(super) fn required<'a>(
        &'a self,
        field: &str,
        row: &'a [&'a str],
    ) -> Result<&'a str, String> {
        let text = self.text(field, row).unwrap_or("");
        match text.is_empty() {
            true => Err(format!("{field}: is empty")),
            false => Ok(text),
        }
    }

    /// What a row says in a field that it may leave empty.
    pub(crate) fn optional<'a>(&'a self, field: &str, row: &'a [&'a str]) -> Option<&'a str> {
        self.text(field, row).filter(|text| !text.is_empty())
    }
}

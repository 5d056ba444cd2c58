//! Rows of KPIs as they are written down: by name, since a later program has other places.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

use crate::kpi::cover::Cover;
use crate::kpi::{self, Row};
use crate::windows::Block;

pub(super) fn serialize<S: Serializer>(block: &Block, to: S) -> Result<S::Ok, S::Error> {
    let name = |place: usize| kpi::all()[place].name;
    to.collect_seq(
        block
            .iter()
            .map(|(place, row, cover)| (name(*place), row, cover)),
    )
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Block, D::Error> {
    let rows = Vec::<(String, Row, Option<Cover>)>::deserialize(from)?;
    let known = |(name, row, cover): (String, Row, Option<Cover>)| {
        let place = kpi::all().iter().position(|kpi| kpi.name == name);
        let place = place.ok_or_else(|| D::Error::custom(format!("no KPI is named {name}")))?;
        Ok((place, row, cover))
    };
    rows.into_iter().map(known).collect()
}

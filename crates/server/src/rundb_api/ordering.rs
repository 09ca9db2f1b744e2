//! Sort keys: `order_by`, or its alias `sort_by` where `order_by` is absent (api.md rule 32).

use runstow_catalog::query::{Direction, Resource};

use super::face::{Face, Field};
use super::parameters::Parameters;
use super::refusal::Refusal;

type ColumnOf<F> = <<F as Face>::Kind as Resource>::Column;

/// The sort keys of a request; none means newest first.
pub(super) fn read<F: Face>(parameters: &Parameters) -> Result<Vec<(ColumnOf<F>, Direction)>, Refusal> {
    let name = if parameters.contains("order_by") { "order_by" } else { "sort_by" };
    parameters.values(name).map(|key| sort_key::<F>(name, key)).collect()
}

fn sort_key<F: Face>(parameter: &str, key: &str) -> Result<(ColumnOf<F>, Direction), Refusal> {
    let (path, direction) = match key.strip_prefix('-') {
        Some(path) => (path, Direction::Descending),
        None => (key, Direction::Ascending),
    };
    let (field, rest) = path.split_once("__").map_or((path, None), |(field, rest)| (field, Some(rest)));
    let crash = || Err(Refusal::parameter(parameter, format_args!("it is not possible to sort by '{key}'")));
    match F::field(field) {
        None => Err(Refusal::BadRequest(format!("No matching '{field}' field for ordering on."))),
        Some(Field::Fixed) => {
            Err(Refusal::BadRequest(format!("The '{field}' field does not allow ordering.")))
        }
        Some(Field::Special) => crash(),
        Some(Field::Column(_)) if rest.is_some() => crash(),
        Some(Field::Column(column)) => Ok((column, direction)),
    }
}

//! Filters: `field=value` and `field__lookup=value` (api.md rules 18 to 29).

mod convert;
mod lookup;

use runstow_catalog::query::{Condition, Resource};

use super::face::{Face, Field};
use super::parameters::Parameters;
use super::refusal::Refusal;
pub(super) use convert::{Given, pattern};
pub(super) use lookup::Lookup;

type ColumnOf<F> = <<F as Face>::Kind as Resource>::Column;
type NarrowingOf<F> = <<F as Face>::Kind as Resource>::Narrowing;

/// The filters of a request.
pub(super) struct Filters<F: Face> {
    pub(super) conditions: Vec<Condition<ColumnOf<F>>>,
    pub(super) narrowing: NarrowingOf<F>,
    /// What the original would have crashed on only when the query ran: an error of sorting or paging
    /// comes first (rule 14).
    pub(super) late: Option<Refusal>,
    /// Whether anything that was asked for can leave a record out. What a list without filters shows must not be
    /// removed by accident (D7): an unknown name narrows nothing, nor does a text that is part of every text.
    pub(super) narrows: bool,
}

impl<F: Face> Filters<F> {
    /// Reads the filters among the parameters.
    pub(super) fn read(parameters: &Parameters) -> Result<Self, Refusal> {
        let filters = wanted::<F>(parameters)?;
        let mut found =
            Self { conditions: Vec::new(), narrowing: Default::default(), late: None, narrows: false };
        match F::narrowing(parameters) {
            Ok(narrowing) => found.narrowing = narrowing,
            Err(refusal) => found.late = Some(refusal),
        }
        found.narrows = F::narrows(parameters) || filters.iter().any(|filter| filter.narrows(parameters));
        for filter in &filters {
            match found.add(filter, parameters) {
                Ok(()) => {}
                Err(Trouble::Now(refusal)) => return Err(refusal),
                Err(Trouble::WhenRun(refusal)) => found.late = found.late.or(Some(refusal)),
            }
        }
        Ok(found)
    }

    fn add(&mut self, filter: &Wanted<'_, ColumnOf<F>>, parameters: &Parameters) -> Result<(), Trouble> {
        let given = Given::read(parameters, filter.parameter, filter.lookup);
        match filter.field {
            Field::Column(column) => {
                let test = convert::test(column, filter.lookup, &given, filter.parameter)?;
                self.conditions.push(Condition { column, test });
            }
            Field::Special => {
                F::filter_special(filter.parameter, filter.lookup, &given, &mut self.narrowing)
                    .map_err(Trouble::WhenRun)?;
            }
            Field::Fixed => {}
        }
        Ok(())
    }
}

/// Why a filter can not be used.
pub(super) enum Trouble {
    /// Found while the filter is read.
    Now(Refusal),
    /// Found by the original's database, or by a crash on the way to it.
    WhenRun(Refusal),
}

struct Wanted<'p, C> {
    parameter: &'p str,
    field: Field<C>,
    lookup: Lookup,
}

impl<C> Wanted<'_, C> {
    /// Whether it can leave a record out. Nothing given leaves all in where a part of a text is looked for, and
    /// where no filter but a pattern is possible.
    fn narrows(&self, parameters: &Parameters) -> bool {
        let parts = !matches!(
            self.lookup,
            Lookup::Exact | Lookup::IExact | Lookup::In | Lookup::Range | Lookup::IsNull
        );
        let empty = match parameters.last(self.parameter) {
            None | Some("") => true,
            Some("None" | "none" | "nil") => matches!(self.field, Field::Special),
            Some(_) => false,
        };
        !empty || !(parts || matches!(self.field, Field::Special))
    }
}

/// The parameters that filter, in the original's order. Of two that mean the same (`id` and `id__exact`)
/// the one met last counts (rule 23).
fn wanted<F: Face>(parameters: &Parameters) -> Result<Vec<Wanted<'_, ColumnOf<F>>>, Refusal> {
    let mut filters: Vec<Wanted<'_, ColumnOf<F>>> = Vec::new();
    for parameter in parameters.names() {
        let mut parts: Vec<&str> = parameter.split("__").collect();
        let name = parts.remove(0);
        let Some(field) = F::field(name) else { continue };
        let lookup = match parts.last().and_then(|last| Lookup::from_name(last)) {
            Some(lookup) => {
                parts.pop();
                lookup
            }
            None => Lookup::Exact,
        };
        if field == Field::Fixed {
            return Err(Refusal::BadRequest(format!("The '{name}' field does not allow filtering.")));
        }
        if !parts.is_empty() {
            return Err(Refusal::BadRequest(format!("The '{name}' field does not support relations.")));
        }
        let same = |known: &Wanted<'_, ColumnOf<F>>| known.field == field && known.lookup == lookup;
        match filters.iter_mut().find(|known| same(known)) {
            Some(known) => known.parameter = parameter,
            None => filters.push(Wanted { parameter, field, lookup }),
        }
    }
    Ok(filters)
}

#[cfg(test)]
mod tests;

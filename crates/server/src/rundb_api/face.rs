//! What the five resources have in common, and what each says about itself.

use runstow_catalog::Editable;
use runstow_catalog::query::Resource;

use super::filters::{Given, Lookup};
use super::json_text::JsonText;
use super::parameters::Parameters;
use super::refusal::Refusal;

/// One resource of the compatible API.
pub(super) trait Face: 'static {
    /// The records behind it.
    type Kind: Editable;

    /// Its name in paths.
    const NAME: &'static str;

    /// The name's field, if there is one (api.md rules 18 and 32).
    fn field(name: &str) -> Option<Field<<Self::Kind as Resource>::Column>>;

    /// What `schema/` answers.
    fn schema() -> &'static str;

    /// Writes a record.
    fn write(row: &<Self::Kind as Resource>::Row, out: &mut JsonText);

    /// A record's id.
    fn id(row: &<Self::Kind as Resource>::Row) -> i64;

    /// Parameters that narrow the list but are no filters of fields.
    fn narrowing(_: &Parameters) -> Result<<Self::Kind as Resource>::Narrowing, Refusal> {
        Ok(Default::default())
    }

    /// Whether those parameters can leave a record out.
    fn narrows(_: &Parameters) -> bool {
        false
    }

    /// A filter of a [`Field::Special`].
    fn filter_special(
        parameter: &str,
        _: Lookup,
        _: &Given<'_>,
        _: &mut <Self::Kind as Resource>::Narrowing,
    ) -> Result<(), Refusal> {
        Err(Refusal::parameter(parameter, "this lookup is not possible"))
    }
}

/// What filters and sort keys may do with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field<C> {
    /// Filter and sort by a column.
    Column(C),
    /// Filter in a way of its own; sorting crashed the original.
    Special,
    /// Shown only.
    Fixed,
}

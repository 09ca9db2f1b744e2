//! The parameters of the list of reports.

use runstow_catalog::{
    BrowseKey, BrowseOrder, CategoryFilter, Direction, Pattern, Place, ReportBrowse, ReportNarrowing,
    SortValue,
};
use runstow_lifecycle::{Category, State};
use serde::Serialize;
use utoipa::IntoParams;

use super::super::codes::StateCode;
use super::super::cursor;
use super::super::instant::Instant;
use super::super::params::{FromQuery, Params};

/// The parameters, for the document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "the document is made from these fields; `Listing` reads them")]
pub(super) struct Documented {
    /// Text in the name of the report or the run; upper and lower case are the same.
    #[param(required = false, max_length = 200, pattern = r"^[^\x00]*$")]
    q: String,
    /// Only reports of this run.
    #[param(required = false, minimum = 1)]
    run: i64,
    /// Only thumbnail reports (`true`), or only the others.
    #[param(required = false)]
    thumbnail: bool,
    /// Made at this time or later.
    #[param(required = false, inline)]
    from: Instant,
    /// Made before this time.
    #[param(required = false, inline)]
    before: Instant,
    /// With at least so many MB of their own.
    #[param(required = false, minimum = 0)]
    min_size_mb: i64,
    /// With at most so many MB of their own.
    #[param(required = false, minimum = 0)]
    max_size_mb: i64,
    /// States that the signal files may be in, separated by commas.
    #[param(required = false, inline, style = Form, explode = false, min_items = 1)]
    sigproc: Vec<StateCode>,
    /// States that the basecalling input may be in.
    #[param(required = false, inline, style = Form, explode = false, min_items = 1)]
    basecall: Vec<StateCode>,
    /// States that the output files may be in.
    #[param(required = false, inline, style = Form, explode = false, min_items = 1)]
    output: Vec<StateCode>,
    /// States that the intermediate files may be in.
    #[param(required = false, inline, style = Form, explode = false, min_items = 1)]
    misc: Vec<StateCode>,
    /// Only reports where Keep is set for these categories, separated by commas.
    #[param(required = false, inline, style = Form, explode = false, min_items = 1)]
    kept: Vec<super::super::codes::CategoryName>,
    /// What to sort by, with `-` for the largest first.
    #[param(required = false, inline)]
    sort: SortName,
    /// How many on a page.
    #[param(required = false, minimum = 1, maximum = 500, default = 50)]
    limit: i64,
    /// `true` counts all reports of the list, too.
    #[param(required = false)]
    count: bool,
    /// `next_cursor` of the page before, with the other parameters as they were.
    #[param(required = false)]
    cursor: String,
}

/// What a list can be sorted by.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "the document is made from these names; `SORTS` reads them")]
enum SortName {
    #[schema(rename = "id")]
    Id,
    #[schema(rename = "-id")]
    IdDescending,
    #[schema(rename = "name")]
    Name,
    #[schema(rename = "-name")]
    NameDescending,
    #[schema(rename = "run")]
    Run,
    #[schema(rename = "-run")]
    RunDescending,
    #[schema(rename = "date")]
    Date,
    #[schema(rename = "-date")]
    DateDescending,
    #[schema(rename = "size")]
    Size,
    #[schema(rename = "-size")]
    SizeDescending,
}

const SORTS: [(&str, (BrowseOrder, Direction)); 10] = [
    ("id", (BrowseOrder::Id, Direction::Ascending)),
    ("-id", (BrowseOrder::Id, Direction::Descending)),
    ("name", (BrowseOrder::Name, Direction::Ascending)),
    ("-name", (BrowseOrder::Name, Direction::Descending)),
    ("run", (BrowseOrder::Run, Direction::Ascending)),
    ("-run", (BrowseOrder::Run, Direction::Descending)),
    ("date", (BrowseOrder::Date, Direction::Ascending)),
    ("-date", (BrowseOrder::Date, Direction::Descending)),
    ("size", (BrowseOrder::Size, Direction::Ascending)),
    ("-size", (BrowseOrder::Size, Direction::Descending)),
];

/// Which reports, and where the page begins.
pub(in super::super) struct Listing {
    pub(super) browse: ReportBrowse,
    pub(super) count: bool,
    identity: Identity,
}

/// What makes two lists the same list, so that a cursor of one serves the other.
#[derive(Clone, Serialize)]
struct Identity(Vec<(&'static str, String)>);

impl Listing {
    /// The cursor for a place in this list.
    pub(super) fn cursor(&self, key: &BrowseKey) -> String {
        match &key.value {
            SortValue::Integer(number) => cursor::make(&self.identity, (number, key.id)),
            SortValue::Text(text) => cursor::make(&self.identity, (text, key.id)),
        }
    }
}

impl FromQuery for Listing {
    fn read(params: &mut Params) -> Self {
        let identity =
            Identity(FILTERS.iter().filter_map(|name| Some((*name, params.list(name)?.join(",")))).collect());
        let name = params.text("q").filter(|text| !text.is_empty()).and_then(|text| {
            if text.chars().count() > 200 {
                params.wrong("q", "it can not be longer than 200 characters");
                return None;
            }
            let pattern = Pattern::text_ignoring_case(&text, Place::Anywhere);
            pattern.map_err(|error| params.wrong("q", error.to_string())).ok()
        });
        let kept = kept(params);
        let categories = Category::ALL.map(|category| {
            let states = states(params, category.api_prefix());
            let kept = kept.contains(&category);
            (kept || states.is_some()).then_some(CategoryFilter { states, kept })
        });
        let (order, direction) =
            params.choice("sort", &SORTS).unwrap_or((BrowseOrder::Id, Direction::Descending));
        let after = if order.is_text() {
            cursor::read(params, &identity).map(|(text, id)| BrowseKey { value: SortValue::Text(text), id })
        } else {
            cursor::read(params, &identity)
                .map(|(number, id)| BrowseKey { value: SortValue::Integer(number), id })
        };
        let browse = ReportBrowse {
            narrowing: ReportNarrowing { name, categories },
            run: params.number("run", 1..=i64::MAX),
            thumbnail: params.flag("thumbnail"),
            from_us: params.instant("from"),
            before_us: params.instant("before"),
            min_mb: params.number("min_size_mb", 0..=i64::MAX),
            max_mb: params.number("max_size_mb", 0..=i64::MAX),
            order,
            direction,
            after,
            limit: params.limit(50, 500),
        };
        Self { browse, count: params.flag("count").unwrap_or(false), identity }
    }
}

/// The parameters that decide what the list holds and how it is sorted.
const FILTERS: [&str; 13] = [
    "q",
    "run",
    "thumbnail",
    "from",
    "before",
    "min_size_mb",
    "max_size_mb",
    "sigproc",
    "basecall",
    "output",
    "misc",
    "kept",
    "sort",
];

fn states(params: &mut Params, name: &str) -> Option<Vec<String>> {
    let given = params.list(name)?;
    let mut states = Vec::with_capacity(given.len());
    for word in given {
        match word.parse::<State>() {
            Ok(state) => states.push(state.code().to_owned()),
            Err(error) => params.wrong(name, error.to_string()),
        }
    }
    Some(states)
}

fn kept(params: &mut Params) -> Vec<Category> {
    let mut categories = Vec::new();
    for word in params.list("kept").unwrap_or_default() {
        match Category::ALL.into_iter().find(|category| category.api_prefix() == word) {
            Some(category) => categories.push(category),
            None => params.wrong("kept", "give sigproc, basecall, output or misc"),
        }
    }
    categories
}

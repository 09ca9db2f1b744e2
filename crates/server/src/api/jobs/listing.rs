//! The parameters of the list of jobs.

use std::str::FromStr;

use runstow_catalog::JobFilter;
use runstow_lifecycle::job::UnknownWord;
use utoipa::IntoParams;

use super::super::codes::{JobActionName, JobStatusName};
use super::super::cursor;
use super::super::params::{FromQuery, Params};

/// The parameters, for the document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "the document is made from these fields; `Listing` reads them")]
pub(in super::super) struct Documented {
    /// Statuses, separated by commas.
    #[param(required = false, inline, style = Form, explode = false, min_items = 1)]
    status: Vec<JobStatusName>,
    /// Actions, separated by commas.
    #[param(required = false, inline, style = Form, explode = false, min_items = 1)]
    action: Vec<JobActionName>,
    /// Only jobs on this report, and on signal files of its run.
    #[param(required = false, minimum = 1)]
    report: i64,
    /// Only jobs on reports of this run.
    #[param(required = false, minimum = 1)]
    run: i64,
    /// Only jobs that this user asked for.
    #[param(required = false, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    user: String,
    /// Only jobs of this request.
    #[param(required = false, minimum = 1)]
    batch: i64,
    /// How many on a page.
    #[param(required = false, minimum = 1, maximum = 500, default = 100)]
    limit: i64,
    /// `next_cursor` of the page before, with the other parameters as they were.
    #[param(required = false)]
    cursor: String,
}

/// The parameters that decide what the list holds.
const FILTERS: [&str; 6] = ["status", "action", "report", "run", "user", "batch"];

/// Which jobs, and where the page begins.
pub(in super::super) struct Listing {
    /// With one job more than is shown, to know whether there are more.
    pub(super) filter: JobFilter,
    pub(super) shown: usize,
    identity: Vec<(&'static str, String)>,
}

impl Listing {
    /// The cursor for the place after a job.
    pub(super) fn cursor(&self, last: i64) -> String {
        cursor::make(&("jobs", &self.identity), last)
    }
}

impl FromQuery for Listing {
    fn read(params: &mut Params) -> Self {
        let given = |name| Some((name, params.list(name)?.join(",")));
        let identity: Vec<(&'static str, String)> = FILTERS.into_iter().filter_map(given).collect();
        let limit = params.limit(100, 500);
        let filter = JobFilter {
            statuses: words(params, "status"),
            actions: words(params, "action"),
            report: params.number("report", 1..=i64::MAX),
            run: params.number("run", 1..=i64::MAX),
            user: user(params),
            batch: params.number("batch", 1..=i64::MAX),
            after: cursor::read(params, &("jobs", &identity)),
            limit: limit + 1,
        };
        Self { filter, shown: usize::try_from(limit).unwrap_or(usize::MAX), identity }
    }
}

fn words<T: FromStr<Err = UnknownWord>>(params: &mut Params, name: &str) -> Vec<T> {
    let mut found = Vec::new();
    for word in params.list(name).unwrap_or_default() {
        match word.parse::<T>() {
            Ok(one) => found.push(one),
            Err(error) => params.wrong(name, error.to_string()),
        }
    }
    found
}

fn user(params: &mut Params) -> Option<String> {
    let name = params.text("user")?;
    if name.chars().count() > 200 || name.chars().any(char::is_control) {
        params.wrong("user", "give the name of a user");
    }
    Some(name)
}

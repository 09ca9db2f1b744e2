//! Which reports a request is about, and how it is answered when jobs were queued.

use std::collections::BTreeSet;

use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::LOCATION;
use runstow_catalog::Catalog;
use serde::Serialize;

use super::super::body::Faults;
use super::super::codes::CategoryName;
use super::super::problem::{Kind, Problem};
use super::super::reports::filter::ReportFilter;

/// Does a request say which reports it is about, and which of their categories?
pub(in super::super) fn check(
    faults: &mut Faults,
    reports: Option<&[i64]>,
    filter: Option<&ReportFilter>,
    categories: Option<&[CategoryName]>,
) {
    if reports.is_none() && filter.is_none() {
        faults.add("reports", "give reports, or a filter that finds them");
    }
    if reports.is_some_and(<[i64]>::is_empty) {
        faults.add("reports", "name at least one");
    }
    if categories.is_some_and(<[CategoryName]>::is_empty) {
        faults.add("categories", "name at least one, or leave it out for all that there are");
    }
}

/// 201 with the place of the jobs, or 200 when there are none.
pub(in super::super) fn answer(batch: Option<i64>, body: impl Serialize) -> Response {
    match batch {
        Some(batch) => {
            let location = format!("/api/v1/jobs?batch={batch}");
            (StatusCode::CREATED, [(LOCATION, location)], axum::Json(body)).into_response()
        }
        None => axum::Json(body).into_response(),
    }
}

/// The reports that are meant, each once.
pub(in super::super) async fn reports(
    catalog: &Catalog,
    named: Option<Vec<i64>>,
    filter: Option<ReportFilter>,
) -> Result<Vec<i64>, Problem> {
    let mut all: Vec<i64> = named.unwrap_or_default();
    if let Some(filter) = filter {
        let Some(mut browse) = filter.browse()? else {
            let text = "The filter narrows nothing, so it would mean every report: say which ones are meant.";
            return Err(Problem::new(Kind::ActionRefused, text).about("filter"));
        };
        loop {
            let page = catalog.browse_reports(&browse).await?;
            all.extend(page.entries.iter().map(|entry| entry.report.id));
            match page.next {
                Some(next) => browse.after = Some(next),
                None => break,
            }
        }
    }
    let mut seen = BTreeSet::new();
    all.retain(|report| seen.insert(*report));
    Ok(all)
}

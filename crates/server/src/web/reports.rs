//! `/`: how full the storage is, and the list of reports.

mod listing;
mod overview;
mod paging;
mod row;
mod state_group;
mod volume;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use http::StatusCode;
use runstow_catalog::CatalogError;
use runstow_lifecycle::Category;

use super::failure;
use super::frame::{self, Frame};
use super::visitor::Visitor;
use crate::app::App;
use listing::{LIMITS, Listing, Sort, Wanted};
use overview::Overview;
pub(crate) use overview::Overviews;
use paging::Paging;
use row::Row;
pub(super) use row::{Cell, category_name, megabytes, named};
pub(super) use state_group::StateGroup;
use volume::VolumeBar;

#[derive(Template)]
#[template(path = "reports.html")]
struct Page {
    frame: Frame,
    listing: Listing,
    volumes: Vec<VolumeBar>,
    overview: std::sync::Arc<Overview>,
    rows: Vec<Row>,
    paging: Paging,
    filters: Vec<CategoryField>,
    columns: Vec<Vec<Head>>,
    orders: Vec<Order>,
}

/// The fields that narrow the list by one category.
struct CategoryField {
    name: &'static str,
    label: &'static str,
    wanted: Wanted,
}

/// A column's head that sorts.
struct Head {
    label: &'static str,
    address: String,
    /// `ascending` or `descending` when the list is sorted by it.
    order: Option<&'static str>,
}

/// A choice of order.
struct Order {
    value: &'static str,
    label: &'static str,
    chosen: bool,
}

/// `/`
pub(super) async fn show(visitor: Visitor, State(app): State<App>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let pairs = pairs(&query);
    let listing = Listing::read(&pairs);
    // A submitted form sends its empty fields too; the address that people keep and share is the short one.
    if pairs.iter().any(|(_, value)| value.is_empty()) {
        return Redirect::to(&listing.address()).into_response();
    }
    match page(&app, visitor, listing).await {
        Ok(response) => response,
        Err(error) => failure::of_catalog(&error),
    }
}

async fn page(app: &App, visitor: Visitor, listing: Listing) -> Result<Response, CatalogError> {
    let version = visitor.identity.version;
    let found = app.catalog().list_at(version, &listing.query()?).await?;
    let last = paging::last_page(&listing, found.total);
    if listing.page > last {
        return Ok(Redirect::to(&listing.at_page(last).address()).into_response());
    }
    let page = Page {
        frame: Frame::of(&visitor),
        volumes: volume::bars(app).await?,
        overview: app.overviews().at(app, version).await?,
        paging: Paging::of(&listing, found.total, found.rows.len()),
        rows: found.rows.into_iter().map(Row::of).collect(),
        filters: fields(&listing),
        columns: columns(&listing),
        orders: orders(&listing),
        listing,
    };
    Ok(frame::page(StatusCode::OK, &page))
}

fn fields(listing: &Listing) -> Vec<CategoryField> {
    let field = |category: Category| CategoryField {
        name: category.api_prefix(),
        label: category_name(category),
        wanted: listing.wanted[category.index()],
    };
    Category::ALL.map(field).into()
}

/// The columns that sort; the report's also by its run.
fn columns(listing: &Listing) -> Vec<Vec<Head>> {
    let head = |label, sort| Head {
        label,
        address: listing.sorted_by(sort).address(),
        order: (listing.sort == sort).then_some(if listing.descending { "descending" } else { "ascending" }),
    };
    vec![
        vec![head("No.", Sort::Id)],
        vec![head("Report", Sort::Report), head("Run", Sort::Run)],
        vec![head("Date", Sort::Date)],
        vec![head("Size", Sort::Size)],
    ]
}

/// The orders that the form offers where the table has no heads.
fn orders(listing: &Listing) -> Vec<Order> {
    let current = listing.sort_value();
    let offered = [
        ("-id", "Number, last first"),
        ("id", "Number, first first"),
        ("-date", "Date, newest first"),
        ("date", "Date, oldest first"),
        ("-size", "Size, largest first"),
        ("size", "Size, smallest first"),
        ("report", "Report, A to Z"),
        ("-report", "Report, Z to A"),
        ("run", "Run, A to Z"),
        ("-run", "Run, Z to A"),
    ];
    offered.map(|(value, label)| Order { value, label, chosen: value == current }).into()
}

/// The parameters of a query, in order.
fn pairs(query: &str) -> Vec<(String, String)> {
    let text = |part: &str| {
        percent_encoding::percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().into_owned()
    };
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}

//! `runstow ls`

use std::process::ExitCode;

use anyhow::Result;
use runstow_engine::catalog::{ReportQuery, ReportRow, times};
use runstow_lifecycle::{Category, State};
use serde_json::{Map, Value, json};

use super::meant;
use crate::cli::Ls;
use crate::context::Context;
use crate::terminal::{
    self,
    table::{size, table},
};

/// Reports read in one go; a long list is printed page by page.
const PAGE: u64 = 500;

/// Lists reports, newest id first.
///
/// # Errors
/// When the search is no pattern, or the catalog does not answer.
pub async fn run(context: &Context, options: &Ls) -> Result<ExitCode> {
    let (_, catalog) = context.existing().await?;
    let mut filter = options.filter.clone();
    filter.matching = filter.matching.or_else(|| options.search.clone());
    let query = meant::query(&filter)?;
    let wanted = if options.limit == 0 { u64::MAX } else { options.limit };
    let mut rows: Vec<ReportRow> = Vec::new();
    let mut shown = 0;
    let total = loop {
        let limit = PAGE.min(wanted - shown);
        let page = catalog.reports(&ReportQuery { limit, offset: shown, ..query.clone() }).await?;
        shown += page.rows.len() as u64;
        let last = page.rows.is_empty() || shown >= wanted || shown >= page.total;
        if options.json {
            page.rows.iter().for_each(|row| terminal::line(&as_json(row).to_string()));
        } else {
            rows.extend(page.rows);
        }
        if last {
            break page.total;
        }
    };
    catalog.close().await;
    if options.json {
        return Ok(ExitCode::SUCCESS);
    }
    if rows.is_empty() {
        terminal::line(match filter.is_empty() {
            true => "no reports yet; `runstow scan` finds them",
            false => "no report matches",
        });
        return Ok(ExitCode::SUCCESS);
    }
    let head = ["ID", "REPORT", "DATE", "SIGPROC", "", "BASECALL", "", "OUTPUT", "", "MISC", ""];
    terminal::line(&table(&head, &[0, 3, 5, 7, 9], rows.iter().map(cells).collect()));
    if shown < total {
        terminal::line(&format!("{shown} of {total} reports; -n 0 shows all"));
    }
    if rows.iter().any(|row| (0..4).any(|category| row.kept(category) == Some(true))) {
        terminal::line("K: Keep is set");
    }
    Ok(ExitCode::SUCCESS)
}

fn cells(row: &ReportRow) -> Vec<String> {
    let date = times::timestamp(row.time_stamp_us).strftime("%Y-%m-%d").to_string();
    let mut cells = vec![row.id.to_string(), row.results_name.clone(), date];
    for (index, category) in row.categories.iter().enumerate() {
        let (size, mut state) = match category {
            Some(category) => (size(category.diskspace), label(&category.state)),
            None => (String::new(), "no record".to_owned()),
        };
        if row.kept(index) == Some(true) {
            state.push_str(" K");
        }
        cells.extend([size, state]);
    }
    cells
}

/// The state's name; a code that Runstow does not know is shown as it is (spec api.md rule 6).
fn label(code: &str) -> String {
    code.parse::<State>().map_or_else(|_| code.to_owned(), |state| state.label().to_owned())
}

fn as_json(row: &ReportRow) -> Value {
    let mut object = Map::new();
    object.insert("id".into(), json!(row.id));
    object.insert("resultsName".into(), json!(row.results_name));
    object.insert("timeStamp".into(), json!(times::timestamp(row.time_stamp_us).to_string()));
    object.insert("thumbnail".into(), json!(row.thumbnail));
    object.insert("expName".into(), json!(row.exp_name));
    object.insert("expDir".into(), json!(row.exp_dir));
    for (index, category) in Category::ALL.iter().enumerate() {
        let prefix = category.api_prefix();
        if let Some(record) = &row.categories[index] {
            object.insert(format!("{prefix}_state"), json!(label(&record.state)));
            object.insert(format!("{prefix}_keep"), json!(row.kept(index)));
            object.insert(format!("{prefix}_diskspace"), json!(record.diskspace));
        }
    }
    Value::Object(object)
}

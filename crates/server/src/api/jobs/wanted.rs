//! What a request for moves says.

use runstow_engine::moves::{Agreed, Digest, copies};
use runstow_lifecycle::JobAction;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::body::{self, Faults};
use super::super::codes::{CategoryName, ConfirmationName, HashName, JobActionName};
use super::super::problem::{Kind, Problem};
use super::super::reports::filter::ReportFilter;
use super::meant;

/// What is to be done with which categories of which reports.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct AskBody {
    /// What to do.
    pub(super) action: JobActionName,
    /// Numbers of reports. Either these or `filter` must be given; with both, all of them are meant.
    #[serde(default, deserialize_with = "body::wholes")]
    #[schema(value_type = Option<Vec<i64>>, min_items = 1)]
    pub(super) reports: Option<Vec<i64>>,
    /// Reports by what they are like. One that narrows nothing is refused.
    pub(super) filter: Option<ReportFilter>,
    /// Which categories; all four by default.
    #[schema(min_items = 1)]
    pub(super) categories: Option<Vec<CategoryName>>,
    /// Where copies go, for `archive` and `export` only: the name or the path of a configured destination. Any other path takes the right `storage`.
    #[schema(
        examples("tape"),
        min_length = 1,
        max_length = 4000,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub(super) destination: Option<String>,
    /// `false`, for `delete` only: do not keep the files in the trash; they are gone for good, and the room is free at once.
    pub(super) trash: Option<bool>,
    /// What to note in the history.
    #[schema(
        min_length = 1,
        max_length = 1000,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub(super) comment: Option<String>,
    /// What is confirmed.
    pub(super) confirm: Option<Vec<ConfirmationName>>,
    /// How contents are hashed; blake3 by default.
    pub(super) checksums: Option<HashName>,
    /// Only plan. Nothing is written anywhere.
    #[serde(default)]
    pub(super) dry_run: bool,
    /// Look at the files, so that sums are exact and plans have digests. Takes its time; what could not be looked at in the
    /// server's time has `exact: false`.
    #[serde(default)]
    pub(super) files: bool,
    /// The most files that the whole request may remove; more than the server's own limit takes the right `policy`. A request that would
    /// remove more is refused as a whole. Where there is a limit, files are looked at.
    #[serde(default, deserialize_with = "body::whole")]
    #[schema(minimum = 0)]
    pub(super) max_delete: Option<i64>,
    /// The same in MB of 2^20 bytes.
    #[serde(default, deserialize_with = "body::whole")]
    #[schema(minimum = 0)]
    pub(super) max_delete_size_mb: Option<i64>,
    /// Do exactly what a dry run with `files` has shown: only these, and only if their files are still the same.
    #[schema(min_items = 1)]
    pub(super) plan: Option<Vec<AgreedPlan>>,
}

/// A plan that a dry run has shown.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AgreedPlan {
    /// The report that was asked for.
    #[serde(deserialize_with = "body::one")]
    #[schema(minimum = 1)]
    pub(super) report: i64,
    /// The category.
    pub(super) category: CategoryName,
    /// The `digest` of its plan.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub(super) digest: String,
}

impl AskBody {
    /// Looks at what the fields say by themselves.
    pub(super) fn check(&self) -> Result<Option<Agreed>, Problem> {
        let mut faults = Faults::default();
        meant::check(&mut faults, self.reports.as_deref(), self.filter.as_ref(), self.categories.as_deref());
        if self.plan.as_ref().is_some_and(Vec::is_empty) {
            faults.add("plan", "name at least one, or leave it out");
        }
        if let Some(destination) = &self.destination {
            faults.line("destination", destination, 4000);
        }
        if let Some(comment) = &self.comment {
            faults.text("comment", comment);
        }
        for (field, limit) in
            [("max_delete", self.max_delete), ("max_delete_size_mb", self.max_delete_size_mb)]
        {
            if limit.is_some_and(|limit| limit < 0) {
                faults.add(field, "give 0 or more");
            }
        }
        let mut agreed = Agreed::new();
        for (at, plan) in self.plan.iter().flatten().enumerate() {
            match plan.digest.parse::<Digest>() {
                Ok(digest) => {
                    agreed.insert((plan.report, plan.category.0), digest);
                }
                Err(error) => faults.add(&format!("plan[{at}].digest"), error.to_string()),
            }
        }
        faults.none()?;
        Ok(self.plan.is_some().then_some(agreed))
    }

    /// Do the fields go together with the action?
    pub(super) fn fits(&self) -> Result<(), Problem> {
        let action = self.action.0;
        let refused = |field: &str, text: String| Err(Problem::new(Kind::ActionRefused, text).about(field));
        if copies(action) && self.destination.is_none() {
            return refused("destination", format!("To {action} files takes a destination: name it."));
        }
        if !copies(action) && self.destination.is_some() {
            return refused("destination", format!("To {action} files takes no destination: leave it out."));
        }
        if action != JobAction::Delete && self.trash.is_some() {
            return refused("trash", format!("To {action} files does not go by the trash: leave it out."));
        }
        if action == JobAction::Restore && self.plan.is_some() {
            let text = "A restore brings back what the list of the archive names, and its plan has no digest: leave it out.";
            return refused("plan", text.into());
        }
        Ok(())
    }
}

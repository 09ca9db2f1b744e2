//! Plans of an export of what is archived: it is copied out of its archive, which stays as it is.

use std::sync::Arc;

use runstow_lifecycle::State;
use runstow_storage::plan::Totals;

use super::back::{Listed, listed, marked_root};
use super::{Plan, Request, Way, judge};
use crate::moves::circumstances::Circumstances;
use crate::moves::gate::{GateName, Gates, Verdict};
use crate::moves::room::Need;
use crate::moves::subject::Subject;
use crate::moves::task::ArchivedAt;
use crate::{EngineError, blocking};

pub(super) fn is_archived(subject: &Subject) -> bool {
    subject.found.report.category(subject.category).is_some_and(|known| known.state == State::Archived)
}

/// Judges the remaining gates.
pub(super) async fn draw(
    request: Request,
    subject: Subject,
    known: &Arc<Circumstances>,
    mut gates: Gates,
) -> Result<Plan, EngineError> {
    let known = Arc::clone(known);
    blocking(move || {
        let archive = subject.found.report.category(subject.category).and_then(|known| known.archive_path.clone());
        let Some(archive) = archive else {
            gates.add(GateName::State, Verdict::Failed, "the catalog does not know where its archive is");
            return Plan::begin(request, &subject, Way::Copy { from: None }).judged(gates, None);
        };
        let folder = archive.to_path();
        gates.add(GateName::State, Verdict::Passed, format!("it is archived, and copied from {folder:?}"));
        let mut warnings = Vec::new();
        let listed = listed(&folder, request.category, &mut gates, &mut warnings);
        if !warnings.is_empty() {
            let why = "the archive has no list of Runstow, so nothing would prove the copies; restore it, and export it then";
            gates.add(GateName::Files, Verdict::Failed, why);
        }
        let inside = known.destination.as_ref().is_some_and(|place| place.place.root.starts_with(&folder));
        let from = ArchivedAt { root: marked_root(&folder), folder };
        let mut plan = Plan::begin(request, &subject, Way::Copy { from: Some(from) });
        if let Some(Listed { size: Need { bytes, files }, digest }) = listed {
            plan.totals = Totals { bytes, files, ..Totals::default() };
            (plan.exact, plan.digest) = (true, Some(digest));
        }
        plan.folder = judge::destination(&mut gates, &subject, &plan.request, &known, plan.need());
        if inside {
            gates.add(GateName::Destination, Verdict::Failed, "it lies in the archive that would be copied");
        }
        plan.judged(gates, None)
    })
    .await
}

//! The plan of a transfer: the one in the journal, or a new one.

use crate::failure::Failure;
use crate::journal::{Head, Journal, PlanFile, PlanReader};
use crate::plan::{Selected, select};
use crate::skipped::SkipReason;
use crate::survey::Presence;
use crate::target::OpenTarget;
use crate::transfer::Transfer;
use crate::watch::{Phase, Watch};

/// The plan that is carried out. One that is in the journal whole is taken: its copies may be there already.
pub(super) fn plan(
    transfer: &Transfer<'_>,
    target: &OpenTarget<'_>,
    journal: &Journal,
    watch: &dyn Watch,
) -> Result<Head, Failure> {
    if let Some((_, head)) = PlanReader::open(journal)? {
        return Ok(head);
    }
    if journal.is_complete()? {
        // All copies are in their place, and sources may be gone: they can not be planned anew.
        let why = "the plan of a move whose copies are complete can not be read; compare the archive's list with the \
                   sources, and delete what is in both"
            .into();
        return Err(Failure::BadRecord { path: journal.path().join("plan"), why });
    }
    let selection = &transfer.selection;
    super::still_free(target, transfer.folder, selection.category, &transfer.description, true)?;
    watch.go_on()?;
    watch.advance(Phase::Plan, 0, 0);
    let mut file = PlanFile::begin(journal)?;
    let selected = select(selection, &mut |planned, _| file.add(planned));
    let left_alone = check(&selected)?;
    if transfer.agreed.as_ref().is_some_and(|agreed| !agreed.allows(&selected)) {
        return Err(Failure::changed_plan(selected.totals));
    }
    let head = Head {
        entries: file.entries(),
        bases: selected.bases,
        trash: Vec::new(),
        totals: selected.totals,
        digest: selected.digest,
        made_by: journal.fence,
        left_alone,
        record: None,
    };
    file.finish(journal, head)
}

/// Is the plan whole? What may be left alone is returned as text.
///
/// # Errors
/// When something can not be read: then a move would leave a part behind without a word.
pub fn check(selected: &Selected) -> Result<Vec<String>, Failure> {
    let presences = &selected.presences;
    for presence in [&presences.report_dir, &presences.run_dir, &presences.archive] {
        if let Presence::Failed(error) = presence {
            return Err(error.clone().into());
        }
    }
    let text =
        |(start, skipped): &(std::path::PathBuf, crate::Skipped)| format!("{}: {skipped}", start.display());
    let (refused, alone): (Vec<_>, Vec<_>) = selected
        .skipped
        .iter()
        .partition(|(_, skipped)| matches!(skipped.why, SkipReason::Refused(_) | SkipReason::Vanished));
    if let Some(first) = refused.first() {
        return Err(Failure::Unreadable { count: refused.len(), first: text(first) });
    }
    Ok(alone.into_iter().map(text).collect())
}

//! Gates that only the engine can judge again when a job begins: those for which disks must be looked at.

use std::path::PathBuf;

use runstow_catalog::{Job, Told};
use runstow_lifecycle::{JobAction, State};

use super::super::rooted::untouchable;
use super::super::subject::Subject;
use super::super::task::Task;
use super::Worker;
use crate::keep_file;
use crate::{EngineError, blocking};

impl Worker {
    /// Why a job may not be carried out any more, as far as the catalog does not see to it in the transaction that begins it.
    pub(super) async fn shut(&self, job: &Job, task: &Task) -> Result<Option<Told>, EngineError> {
        let takes = matches!(job.action, JobAction::Archive | JobAction::Delete);
        if !takes || job.published() || job.course.from().place() != State::Local {
            return Ok(None);
        }
        let Some(subject) = Subject::find(&self.catalog, job.report_id, job.category).await? else {
            return Ok(None);
        };
        if subject.keep_file && !job.kept_confirmed {
            let dir = subject.dirs().1.unwrap_or_default();
            return Ok(Some(Told::new("kept", keep_file::reason(&dir))));
        }
        // A folder may lead elsewhere by now.
        let volumes = self.catalog.volumes().await?;
        let folders: Vec<PathBuf> = subject.folders().cloned().collect();
        let outside =
            blocking(move || folders.iter().find_map(|folder| untouchable(&volumes, folder))).await?;
        if let Some(why) = outside {
            return Ok(Some(Told::new("ground", format!("{why}. Nothing was done"))));
        }
        let Task::Delete(order) = task else { return Ok(None) };
        // Also reports that use the instrument's results, which only their folders tell.
        let Some(confirmed) = order.linked.as_ref().filter(|_| !job.begun()) else { return Ok(None) };
        let new: Vec<String> =
            subject.also.iter().filter(|id| !confirmed.contains(id)).map(i64::to_string).collect();
        Ok((!new.is_empty()).then(|| {
            let text = format!(
                "report {} came since this was asked for and uses these files too, and nothing was done: plan again",
                new.join(", ")
            );
            Told::new("linked", text)
        }))
    }
}

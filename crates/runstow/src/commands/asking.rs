//! From what was asked for to its end: archive, export, delete and restore go the same way.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, bail};
use runstow_engine::catalog::{Catalog, Enqueued};
use runstow_engine::files::Classifiers;
use runstow_engine::moves::{Batch, Confirmation, Limits, Plan, Terms, Wish, ask};
use runstow_lifecycle::manifest::HashKind;
use runstow_lifecycle::{Category, JobAction, JobStatus, Megabytes};

use super::{follow, jobs, meant, plans, worker};
use crate::cli::{Removal, Wanted};
use crate::config::Config;
use crate::terminal;

/// Something asked for was not done.
pub const LEFT_OUT: u8 = 3;

/// A request of the command line.
pub struct Asking<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The catalog.
    pub catalog: &'a Catalog,
    /// The file sets.
    pub classifiers: &'a Arc<Classifiers>,
    /// What is the same for all.
    pub terms: Terms,
    /// List every file of the plans.
    pub files: bool,
    /// Carry them out.
    pub yes: bool,
    /// How much may be removed, instead of what the configuration says.
    pub removal: Removal,
    /// How contents are hashed.
    pub checksums: HashKind,
    /// For the history.
    pub comment: &'a str,
}

impl<'a> Asking<'a> {
    /// What archive, export and delete say in the same words.
    pub fn of(
        wanted: &'a Wanted,
        terms: Terms,
        config: &'a Config,
        catalog: &'a Catalog,
        classifiers: &'a Arc<Classifiers>,
    ) -> Self {
        Self {
            config,
            catalog,
            classifiers,
            terms,
            files: wanted.files,
            yes: wanted.yes && !wanted.dry_run,
            removal: Removal::default(),
            checksums: HashKind::default(),
            comment: &wanted.comment,
        }
    }
}

/// The reports that are meant, with the categories that were named or else all.
///
/// # Errors
/// When a report is not there, or none is found.
pub async fn reports(catalog: &Catalog, wanted: &Wanted) -> Result<Vec<(i64, Vec<Category>)>> {
    let categories =
        if wanted.category.is_empty() { Category::ALL.to_vec() } else { wanted.category.clone() };
    let reports = meant::reports(catalog, &wanted.reports, &wanted.filter).await?;
    Ok(reports.into_iter().map(|report| (report, categories.clone())).collect())
}

/// The confirmations that were given.
pub fn confirmed<const N: usize>(said: [(bool, Confirmation); N]) -> Vec<Confirmation> {
    said.into_iter().filter_map(|(said, what)| said.then_some(what)).collect()
}

/// How a request ended.
pub struct Answer {
    /// Its plans.
    pub plans: Vec<Plan>,
    /// Everything was planned, or with `yes` done.
    pub complete: bool,
}

impl Answer {
    /// For whoever called the program.
    pub fn code(&self) -> ExitCode {
        if self.complete { ExitCode::SUCCESS } else { ExitCode::from(LEFT_OUT) }
    }
}

impl Asking<'_> {
    /// Plans and shows these categories of these reports, and carries out what nothing speaks against if that is asked for.
    ///
    /// # Errors
    /// When a report is not there any more, too much would be removed, or the catalog does not answer.
    pub async fn run(self, reports: Vec<(i64, Vec<Category>)>) -> Result<Answer> {
        let Self { config, catalog, classifiers, .. } = self;
        let action = self.terms.action;
        let mut batch = Batch::begin(catalog, classifiers, self.terms).await?;
        for (report, categories) in reports {
            for category in categories {
                let list = self.files;
                let made = batch.plan(report, category, move |planned| plans::tell_entry(list, planned));
                match made.await? {
                    Some(made) => plans::tell(made),
                    None => bail!("report {report} was removed just now"),
                }
            }
        }
        let plans = batch.into_plans();
        let site = config.move_settings().limits;
        let size = self.removal.max_delete_size.map(|mb| mb.saturating_mul(Megabytes::BYTES));
        let limits = Limits { files: self.removal.max_delete.or(site.files), bytes: size.or(site.bytes) };
        limits.check(&plans)?;
        let possible = plans.iter().filter(|plan| plan.is_possible()).count();
        let together = plans.iter().filter(|plan| plan.with.is_some()).count();
        let mut complete = possible + together == plans.len();
        if !self.yes {
            let what = match action {
                JobAction::Delete => "deletes",
                JobAction::Restore => "restores",
                _ => "moves",
            };
            terminal::line(&format!(
                "Nothing was done: this is the plan of {possible} of {} {what}. Add --yes to carry it out.",
                plans.len() - together
            ));
            return Ok(Answer { plans, complete });
        }
        let who = jobs::who();
        let wish = Wish { comment: self.comment, user: &who, hash: self.checksums, limits };
        let asked = ask(catalog, &plans, action, wish).await?;
        let about = |plan: &Plan| format!("{} {}", plan.owner, plan.request.category.ts_name());
        let about = plans.iter().filter(|plan| plan.is_possible()).map(about).collect::<Vec<_>>();
        complete &= carry_out(config, catalog, classifiers, asked, &about).await?;
        Ok(Answer { plans, complete })
    }
}

/// Works on what was asked for until each job has ended, waits or needs a decision, and tells how. Was all of it done?
/// `about`: what each job is about, for those that are left out.
///
/// # Errors
/// When the catalog does not answer.
pub async fn carry_out(
    config: &Config,
    catalog: &Catalog,
    classifiers: &Arc<Classifiers>,
    asked: Enqueued,
    about: &[String],
) -> Result<bool> {
    let mut complete = true;
    let mut queued = Vec::new();
    for (outcome, about) in asked.jobs.iter().zip(about) {
        match outcome {
            Ok(id) => queued.push(*id),
            Err(refusal) => {
                complete = false;
                terminal::note(&format!("left out: {about}: {refusal}"));
            }
        }
    }
    if let Some(batch) = asked.batch_id {
        let hand = worker::hand(config, catalog, Arc::clone(classifiers));
        complete &= follow::carry_out(catalog, hand, batch).await?;
    }
    let (all, mut done) = (queued.len(), 0);
    for id in queued {
        if let Some(job) = catalog.job(id).await? {
            jobs::show(&job);
            done += usize::from(job.status == JobStatus::Done);
            complete &= !jobs::has_kept(&job);
        }
    }
    if all > 1 {
        terminal::line(&format!("{done} of {all} jobs done"));
    }
    Ok(complete && done == all)
}

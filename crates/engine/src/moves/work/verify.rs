//! A worker carries out a verification: nothing is moved, and there is nothing to take back.

use std::sync::Arc;
use std::time::Duration;

use runstow_catalog::{
    Job, JobFilter, LONGEST_PAUSE, Outcome, Start, StoredPath, Told, VerificationFound, times,
};
use runstow_lifecycle::{JobAction, JobStatus, Wholeness};
use runstow_storage::verify::{Finding, Verification, Verified, verify};
use runstow_storage::{Cure, Failure, Stop, Whose};

use super::{LEASE, Worker, ending};
use crate::moves::hand::Hand;
use crate::moves::verify::{FINDINGS, VerifyOrder, result, summary};
use crate::{EngineError, blocking};

impl Worker {
    /// Carries a verification out.
    pub(super) async fn verify(&self, job: &Job) -> Result<(), EngineError> {
        let order = match serde_json::from_str::<VerifyOrder>(&job.options) {
            Ok(order) => order,
            Err(error) => return self.not_understood(job, &error).await,
        };
        let ticket = job.ticket();
        let hand = Arc::new(Hand::new(&self.catalog, ticket, LEASE, Arc::clone(&self.ending)));
        let cancelled = Outcome::Cancelled { result: None };
        match self.catalog.begin_job(ticket, times::now_us()).await? {
            Start::Begun { .. } if job.decision.as_deref() == Some(ending::CANCEL) => {
                self.catalog.finish_job(ticket, cancelled, times::now_us()).await?;
                return Ok(());
            }
            Start::Begun { .. } => {}
            Start::Lost => return Ok(()),
            Start::Wait(told) => return self.wait(job, &told, ending::LOOK_AGAIN).await,
            Start::CancelAsked => {
                self.catalog.finish_job(ticket, cancelled, times::now_us()).await?;
                return Ok(());
            }
            Start::Refused(reason) => {
                self.catalog.fail_job(ticket, reason, times::now_us()).await?;
                return Ok(());
            }
        }
        tracing::info!(job = job.id, report = job.report_id, category = %job.category, "verification begun");
        let extras = !self.something_comes(job).await?;
        let described = self.catalog.describe(job.report_id).await?;
        let (watch, order_of_job, category) = (Arc::clone(&hand), order.clone(), job.category);
        let reading = blocking(move || {
            let folder = order_of_job.path();
            let target = order_of_job.on.as_ref().map(|on| on.target());
            let choice = order_of_job.choice;
            let whose = described.as_ref().map(|known| Whose { report: &known.report, run: &known.run });
            let verification = Verification { folder: &folder, target, category, whose, choice, extras };
            let mut findings = Vec::new();
            let verified = verify(&verification, &*watch, &mut |finding| {
                if findings.len() < FINDINGS {
                    findings.push(finding);
                }
            });
            verified.map(|verified| (verified, findings))
        });
        let outcome = tokio::select! {
            outcome = reading => outcome?,
            // Ends only when the job is lost. The thread finds out at its next step, and nobody waits for it.
            () = hand.renew() => return Ok(()),
        };
        match outcome {
            Ok((verified, findings)) => self.verified(job, &order, &verified, &findings).await,
            Err(failure) => self.not_verified(job, &failure).await,
        }
    }

    /// Is something being put into the run's archive folders, so that files are there before their record?
    async fn something_comes(&self, job: &Job) -> Result<bool, EngineError> {
        let statuses = JobStatus::ALL.into_iter().filter(|status| status.live()).collect();
        let filter = JobFilter { run: Some(job.run_id), statuses, ..JobFilter::default() };
        let jobs = self.catalog.jobs(&filter).await?;
        Ok(jobs
            .iter()
            .any(|other| other.begun() && !matches!(other.action, JobAction::Verify | JobAction::Purge)))
    }

    async fn verified(
        &self,
        job: &Job,
        order: &VerifyOrder,
        verified: &Verified,
        findings: &[Finding],
    ) -> Result<(), EngineError> {
        let folder = StoredPath::from_bytes(order.folder.0.clone());
        let state = job.course.from();
        let outcome = match verified {
            _ if verified.unproven => Wholeness::Unproven,
            _ if verified.whole() => Wholeness::Whole,
            _ => Wholeness::Damaged,
        };
        let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let found = VerificationFound {
            folder: folder.clone(),
            outcome,
            // What has nothing to be compared with does not come to its turn again before the others.
            complete: verified.complete || verified.unproven || verified.files == 0,
            findings: signed(verified.findings()),
            files: signed(verified.read_files),
            bytes: signed(verified.read_bytes),
        };
        let result = result(&folder.text(), job.category, verified, findings, state).to_string();
        let told = summary(verified, findings, state);
        match outcome {
            Wholeness::Damaged => {
                tracing::error!(job = job.id, folder = %folder.text(), "archive damaged: {told}")
            }
            _ => tracing::info!(job = job.id, folder = %folder.text(), "verification done: {told}"),
        }
        self.catalog.finish_verification(job.ticket(), found, result, told, times::now_us()).await?;
        Ok(())
    }

    async fn not_verified(&self, job: &Job, failure: &Failure) -> Result<(), EngineError> {
        tracing::warn!(job = job.id, %failure, "verification has not come to its end");
        let text = failure.to_string();
        match failure.cure() {
            Cure::Stop(Stop::Displaced) => Ok(()),
            Cure::Stop(Stop::Ending) => self.wait(job, &Told::new("stopped", text), Duration::ZERO).await,
            Cure::Stop(Stop::Cancelled) => {
                let outcome = Outcome::Cancelled { result: None };
                self.catalog.finish_job(job.ticket(), outcome, times::now_us()).await?;
                Ok(())
            }
            Cure::Wait => self.wait(job, &Told::new("waits", text), ending::LOOK_AGAIN).await,
            Cure::Retry => {
                let pause = Duration::from_secs(10 << job.attempts.clamp(0, 8)).min(LONGEST_PAUSE);
                self.wait(job, &Told::new("retry", text), pause).await
            }
            Cure::PlanAgain | Cure::Decide => {
                self.catalog.fail_job(job.ticket(), Told::new("refused", text), times::now_us()).await?;
                Ok(())
            }
        }
    }
}

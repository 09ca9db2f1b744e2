//! A worker gives its job back without an end: to go on later, or when a person has decided.

use runstow_lifecycle::JobStatus;
use sea_query::{Expr, ExprTrait};

use super::finish::{self, Outcome};
use super::job::{self, Choice, Ticket, Told};
use super::lease::Lease;
use super::marks;
use crate::Catalog;
use crate::error::{CatalogError, Result};
use crate::events::without_nul;
use crate::tables::Jobs;
use crate::times::now_us;

impl Catalog {
    /// Puts a job aside until a time; it then goes on by itself. Its category keeps showing the pending state, or the
    /// running state once it has begun. A job that a user wants cancelled and that has not begun is cancelled instead.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn wait_job(&self, ticket: Ticket, reason: &Told, not_before_us: i64) -> Result<Lease> {
        let mut tx = self.db.write_aside().await?;
        let settled = Expr::col(Jobs::CancelBy).is_null().or(Expr::col(Jobs::BegunUs).is_not_null());
        let wait = job::update(ticket.job)
            .values(laid_down(JobStatus::Waiting, reason))
            .value(Jobs::NotBeforeUs, not_before_us)
            .and_where(Expr::col(Jobs::Fence).eq(ticket.fence))
            .and_where(Expr::col(Jobs::Status).eq(JobStatus::Running.name()))
            .and_where(settled)
            .returning_col(Jobs::CancelBy)
            .to_owned();
        let held = tx.first(&wait).await?.map(|row| row.get::<Option<String>>(0)).transpose()?;
        tx.commit().await?;
        match held {
            Some(cancel_by) => Ok(Lease::of(cancel_by.is_some())),
            None => self.cancel_unbegun(ticket).await,
        }
    }

    /// Lets people decide how a job goes on: its category shows `E` and each report gets an event. Only for what no
    /// waiting can mend. A job that a user wants cancelled and that has not begun is cancelled instead.
    ///
    /// # Errors
    /// When the catalog can not be written; without any choice [`CatalogError::Invalid`].
    pub async fn ask_decision(&self, ticket: Ticket, reason: &Told, choices: &[Choice]) -> Result<Lease> {
        if choices.is_empty() {
            return Err(CatalogError::Invalid(format!(
                "job {} asks for a decision without choices",
                ticket.job
            )));
        }
        let text =
            serde_json::to_string(choices).map_err(|error| CatalogError::Invalid(error.to_string()))?;
        let mut tx = self.db.write().await?;
        let Some(row) = job::lock_held(&mut tx, ticket).await? else {
            tx.abandon().await?;
            return Ok(Lease::Lost);
        };
        if row.cancel_by.is_some() && row.begun_us.is_none() {
            tx.abandon().await?;
            return self.cancel_unbegun(ticket).await;
        }
        let marks = marks::of_job(&mut tx, &row).await?;
        marks::show(&mut tx, &row, &marks, JobStatus::NeedsDecision, row.begun_us.is_some()).await?;
        let ask = job::update(row.id)
            .values(laid_down(JobStatus::NeedsDecision, reason))
            .value(Jobs::Choices, without_nul(&text))
            .value(Jobs::Decision, None::<String>)
            .to_owned();
        tx.run(&ask).await?;
        let told = format!("{} needs a decision: {}", marks::title(&row)?, reason.text);
        marks::tell(&mut tx, &marks, &told, &row.username).await?;
        tx.commit().await?;
        Ok(Lease::of(row.cancel_by.is_some()))
    }

    /// Cancels a job of this worker if that was asked for and it has not begun.
    async fn cancel_unbegun(&self, ticket: Ticket) -> Result<Lease> {
        let mut tx = self.db.write().await?;
        let Some(row) = job::lock_held(&mut tx, ticket).await? else {
            tx.abandon().await?;
            return Ok(Lease::Lost);
        };
        if row.cancel_by.is_none() || row.begun_us.is_some() {
            return Err(CatalogError::Unavailable(format!("job {} was changed at the same time", row.id)));
        }
        finish::end(&mut tx, &row, Outcome::Cancelled { result: None }, now_us()).await?;
        tx.commit().await?;
        Ok(Lease::CancelAsked)
    }
}

/// The columns of a job that nobody is at any more and that has not ended.
fn laid_down(status: JobStatus, reason: &Told) -> [(Jobs, Expr); 5] {
    [
        (Jobs::Status, Expr::val(status.name())),
        (Jobs::ReasonKind, Expr::val(without_nul(&reason.kind))),
        (Jobs::Reason, Expr::val(without_nul(&reason.text))),
        (Jobs::LeaseUntilUs, Expr::val(None::<i64>)),
        (Jobs::Worker, Expr::val(None::<String>)),
    ]
}

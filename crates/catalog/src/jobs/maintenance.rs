//! Maintenance: no job is handed out, running ones may end. No dump carries it and no load ends it.

use sea_query::Query;

use crate::Catalog;
use crate::error::Result;
use crate::events::without_nul;
use crate::tables::JobControl;

/// Who has stopped the handing out of jobs, when and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maintenance {
    /// Who.
    pub by: String,
    /// Why; may be empty.
    pub reason: String,
    /// Since when, in microseconds since 1970 UTC.
    pub since_us: i64,
}

impl Catalog {
    /// Is maintenance on?
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn maintenance(&self) -> Result<Option<Maintenance>> {
        let query = Query::select()
            .columns([JobControl::Maintenance, JobControl::Username])
            .columns([JobControl::Reason, JobControl::SinceUs])
            .from(JobControl::Table)
            .to_owned();
        let Some(row) = self.db.first(&query).await?.filter(|row| row.get(0).unwrap_or(true)) else {
            return Ok(None);
        };
        let since_us = row.get::<Option<i64>>(3)?.unwrap_or_default();
        Ok(Some(Maintenance { by: row.get(1)?, reason: row.get(2)?, since_us }))
    }

    /// Switches maintenance on or off. Once this has returned, no job is handed out any more.
    ///
    /// # Errors
    /// When the catalog can not be written.
    pub async fn set_maintenance(&self, maintenance: Option<&Maintenance>) -> Result<()> {
        let mut tx = self.db.write_aside().await?;
        let text =
            |text: fn(&Maintenance) -> &str| maintenance.map_or_else(String::new, |m| without_nul(text(m)));
        let query = Query::update()
            .table(JobControl::Table)
            .value(JobControl::Maintenance, maintenance.is_some())
            .value(JobControl::Username, text(|m| &m.by))
            .value(JobControl::Reason, text(|m| &m.reason))
            .value(JobControl::SinceUs, maintenance.map(|m| m.since_us))
            .to_owned();
        tx.run(&query).await?;
        tx.commit().await
    }
}

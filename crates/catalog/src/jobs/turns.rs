//! Whose turn it is: of several users the one whose jobs were last taken longest ago.

use std::collections::HashMap;

use crate::db::Tx;
use crate::error::Result;
use crate::records::{self, JobTurnRow};

/// The number of the last claim of each user's jobs. Numbers, not times: several claims may fall into one instant.
#[derive(Default)]
pub(super) struct Turns(HashMap<String, i64>);

impl Turns {
    pub(super) async fn read(tx: &mut Tx) -> Result<Self> {
        let rows = tx.all(&records::select::<JobTurnRow>()).await?;
        let rows = records::read_all::<JobTurnRow>(&rows)?;
        Ok(Self(rows.into_iter().map(|row| (row.username, row.turn)).collect()))
    }

    /// Of the users who were ever served.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, i64)> {
        self.0.iter().map(|(user, turn)| (user.as_str(), *turn))
    }

    /// A job of this user is taken.
    pub(super) async fn take(&self, tx: &mut Tx, user: &str) -> Result<()> {
        let turn = self.0.values().max().map_or(1, |last| last.saturating_add(1));
        records::upsert(tx, &[JobTurnRow { username: user.to_owned(), turn }]).await
    }
}

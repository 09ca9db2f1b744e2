//! A planned move on the wire, and what it takes to plan one for somebody.

use runstow_engine::moves::{self, Destination, Limits, Named, able};
use runstow_lifecycle::{JobAction, Megabytes, Right};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::caller::Caller;
use super::super::codes::{CategoryName, ConfirmationName, GateWord, VerdictName};
use super::super::gate;
use super::super::instant::Instant;
use super::super::problem::{Kind, Problem};
use super::super::rights::Access;
use crate::app::App;

/// What can not be looked at is named up to this number.
const MOST_LEFT_ALONE: usize = 100;

/// What would be done with one category of one report.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct Planned {
    /// The report that was asked for.
    report: i64,
    /// The report whose files these are: another one where basecalling input is linked.
    owner: i64,
    /// Its name.
    name: String,
    /// Its run.
    run: i64,
    /// The category. Signal files are those of the whole run.
    category: CategoryName,
    /// Other reports that show what becomes of the files, because they link to them.
    also: Vec<i64>,
    /// Can it be asked for?
    possible: bool,
    /// What each gate says.
    gates: Vec<Gate>,
    /// The folder of copies below the destination's root.
    folder: Option<String>,
    /// Where copies or what is deleted would go, or from where files would come back.
    place: Option<String>,
    /// The files were looked at, or for a restore the list that tells them. If not, all sums are those of the last scan, which
    /// does not know what stays.
    exact: bool,
    /// Files.
    files: u64,
    /// Links to files.
    links: u64,
    /// Size of all files in bytes.
    bytes: u64,
    /// Files and links that are not removed, because something else needs them; an archive copies them all the same.
    stay_files: u64,
    /// Their size in bytes.
    stay_bytes: u64,
    /// The plan in 32 bytes, to ask for exactly these files; null where they were not looked at.
    digest: Option<String>,
    /// What can not be moved and stays where it is, at most 100 of them.
    left_alone: Vec<String>,
}

/// What a gate says.
#[derive(Serialize, ToSchema)]
pub(super) struct Gate {
    /// Which gate.
    gate: GateWord,
    /// What it says.
    verdict: VerdictName,
    /// Why.
    reason: String,
    /// What has to be confirmed before it opens.
    confirm: Option<ConfirmationName>,
    /// When the verdict changes by itself, as far as that is known.
    changes: Option<Instant>,
}

impl Planned {
    /// As the engine made it.
    pub(in super::super) fn of(plan: &moves::Plan) -> Self {
        let gates = plan.gates.iter().map(|gate| Gate {
            gate: GateWord(gate.name),
            verdict: VerdictName(gate.verdict),
            reason: gate.reason.clone(),
            confirm: gate.wants().map(ConfirmationName),
            changes: gate.changes_us.map(Instant),
        });
        let totals = plan.totals;
        Self {
            report: plan.request.report,
            owner: plan.owner,
            name: plan.name.clone(),
            run: plan.run,
            category: CategoryName(plan.request.category),
            also: plan.also.clone(),
            possible: plan.is_possible(),
            gates: gates.collect(),
            folder: plan.folder.clone(),
            place: plan.place().map(|place| place.to_string_lossy().into_owned()),
            exact: plan.exact,
            files: totals.files,
            links: totals.links,
            bytes: totals.bytes,
            stay_files: totals.stay_files,
            stay_bytes: totals.stay_bytes,
            digest: plan.digest.map(|digest| digest.to_string()),
            left_alone: plan.left_alone.iter().take(MOST_LEFT_ALONE).cloned().collect(),
        }
    }
}

/// Plans for somebody.
pub(in super::super) struct Planning<'a> {
    app: &'a App,
    caller: &'a Caller,
}

impl<'a> Planning<'a> {
    pub(in super::super) const fn new(app: &'a App, caller: &'a Caller) -> Self {
        Self { app, caller }
    }

    /// Can it be asked for?
    ///
    /// # Errors
    /// 409 for what is not about reports with gates.
    pub(in super::super) fn able(&self, action: JobAction) -> Result<(), Problem> {
        able(action)
            .map_err(|not_yet| Problem::new(Kind::ActionRefused, super::sentence(&not_yet.to_string())))
    }

    /// The most that a request may remove: what the site says, or what this one says.
    ///
    /// # Errors
    /// 403 when that is more than the site allows, and who asks does not set its rules.
    pub(in super::super) fn limits(
        &self,
        files: Option<i64>,
        megabytes: Option<i64>,
    ) -> Result<Limits, Problem> {
        let site = self.app.moves.limits;
        let own = Limits {
            files: files.map(i64::unsigned_abs).or(site.files),
            bytes: megabytes.map(|mb| mb.unsigned_abs().saturating_mul(Megabytes::BYTES)).or(site.bytes),
        };
        if own.exceeds(&site) {
            gate::allowed(self.app, Access::Needs(Right::Policy), self.caller)
                .map_err(|problem| problem.about("max_delete"))?;
        }
        Ok(own)
    }

    /// The destination that somebody named. Where no configuration allows copies only those may send them who may
    /// configure destinations.
    ///
    /// # Errors
    /// 403 for another path, 409 when it can not be used.
    pub(in super::super) async fn destination(
        &self,
        text: &str,
        not_mounted: bool,
    ) -> Result<Destination, Problem> {
        let refused =
            |why: String| Problem::new(Kind::ActionRefused, super::sentence(&why)).about("destination");
        let settings = self.app.moves.clone();
        let named = settings.destinations.named(text).map_err(|error| refused(error.to_string()))?;
        if matches!(named, Named::Elsewhere(_)) {
            gate::allowed(self.app, Access::Needs(Right::Storage), self.caller)
                .map_err(|problem| problem.about("destination"))?;
        }
        let (settings, text) = (settings.clone(), text.to_owned());
        let looked = tokio::task::spawn_blocking(move || {
            let named = settings.destinations.named(&text).map_err(|error| error.to_string())?;
            named.look_at(not_mounted)
        });
        let looked = looked.await.map_err(|error| {
            tracing::error!(%error, "looking at a destination was cut short");
            Problem::new(Kind::Internal, "The destination could not be looked at; the server's log says why.")
        })?;
        looked.map_err(refused)
    }
}

//! `runstow explain`

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, bail};
use runstow_engine::catalog::times;
use runstow_engine::files::Classifiers;
use runstow_engine::moves::{Gate, Plan, Request, able, outline, plan};
use runstow_lifecycle::Category;

use super::{files, moves, plans, scan};
use crate::cli::Explain;
use crate::context::Context;
use crate::terminal;

/// Some gate is closed.
const CLOSED: u8 = 3;

/// Shows every gate before an action.
///
/// # Errors
/// When the report is not there, this version can not do that, or the destination can not be used.
pub async fn run(context: &Context, options: &Explain) -> Result<ExitCode> {
    let (config, catalog) = context.existing().await?;
    let classifiers = Arc::new(Classifiers::new(scan::settings(&config)?.file_sets())?);
    able(options.action)?;
    let settings = config.move_settings();
    let destination = match &options.to {
        Some(to) => Some(moves::destination(&settings, to, false)?),
        None => None,
    };
    let found = files::named(&catalog, &options.report).await?;
    let mut open = true;
    for category in Category::ALL {
        if !options.category.is_empty() && !options.category.contains(&category) {
            continue;
        }
        let request = Request {
            destination: destination.clone(),
            ..Request::new(options.action, found.report.id, category)
        };
        let made = if options.files {
            plan(&catalog, &classifiers, request, |_| ()).await?
        } else {
            outline(&catalog, &classifiers, request).await?
        };
        let Some(made) = made else { bail!("report {:?} was removed just now", options.report) };
        tell(&made);
        open &= made.objections.is_empty();
    }
    catalog.close().await;
    Ok(if open { ExitCode::SUCCESS } else { ExitCode::from(CLOSED) })
}

fn tell(plan: &Plan) {
    plans::title(plan, "");
    for gate in &plan.gates {
        terminal::line(&format!("  {:11} {:9}  {}", gate.name, gate.verdict, sentence(gate)));
    }
    plans::tell_sums(plan);
}

/// The reason of a gate, with what opens it and when it changes.
pub fn sentence(gate: &Gate) -> String {
    let mut text = terminal::harmless(&gate.reason);
    if let Some(confirmation) = gate.wants() {
        text += &format!(" (--{})", confirmation.name().replace('_', "-"));
    }
    if let Some(us) = gate.changes_us {
        text += &format!("; until {}", times::timestamp(us));
    }
    text
}

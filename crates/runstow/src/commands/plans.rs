//! Plans as people read them.

use runstow_engine::moves::{Plan, PlannedEntry, copies};
use runstow_lifecycle::{JobAction, Megabytes};

use super::explain;
use crate::terminal::{self, table::size};

/// Prints an entry of a plan, if that is asked for.
pub fn tell_entry(list: bool, planned: &PlannedEntry) {
    if list {
        let stays = planned.stays.map_or(String::new(), |why| format!("  (stays: {why})"));
        terminal::line(&format!("    {}{stays}", planned.path));
    }
}

/// A plan, what speaks against it, what a person should know, and what stays where it is.
pub fn tell(plan: &Plan) {
    let place = match plan.place() {
        Some(place) => terminal::harmless(&place.to_string_lossy()),
        None => "?".to_owned(),
    };
    let way = match plan.request.action {
        JobAction::Delete if !plan.request.stays_in_trash => " for good".to_owned(),
        JobAction::Delete => format!(" into the trash {place}"),
        JobAction::Restore => format!(" from {place}"),
        _ => format!(" to {place}"),
    };
    title(plan, &way);
    for dir in plan.back_into() {
        terminal::line(&format!("  into {}", terminal::harmless(&dir.to_string_lossy())));
    }
    tell_sums(plan);
    if let Some(first) = plan.with {
        return terminal::line(&format!("  done together with report {first} of this request"));
    }
    for gate in plan.gates.iter().filter(|gate| gate.verdict.objects()) {
        terminal::line(&format!("  not possible: {}", explain::sentence(gate)));
    }
    for warning in &plan.warnings {
        terminal::line(&format!("  note: {}", terminal::harmless(warning)));
    }
    for left in &plan.left_alone {
        terminal::line(&format!("  left alone: {}", terminal::harmless(left)));
    }
}

/// What a plan is about.
pub fn title(plan: &Plan, way: &str) {
    terminal::line(&format!(
        "{} {}: {} of {}{way}",
        plan.owner,
        terminal::harmless(&plan.name),
        plan.request.action,
        plan.request.category.ts_name(),
    ));
}

/// How much a plan is about.
pub fn tell_sums(plan: &Plan) {
    let (totals, action) = (plan.totals, plan.request.action);
    let stay = format!("{} files ({}) stay", totals.stay_files, bytes(totals.stay_bytes));
    terminal::line(&match (plan.exact, action) {
        (true, JobAction::Delete) => format!(
            "  {} files and links, {} are deleted; {stay}",
            (totals.files + totals.links).saturating_sub(totals.stay_files),
            bytes(totals.bytes.saturating_sub(totals.stay_bytes)),
        ),
        (true, JobAction::Restore) => format!("  {} files, {}", totals.files, bytes(totals.bytes)),
        (true, _) => {
            format!("  {} files, {} links, {}; {stay}", totals.files, totals.links, bytes(totals.bytes))
        }
        (false, action) if copies(action) || action == JobAction::Delete => {
            format!("  {} files, {} when they were measured last", totals.files, bytes(totals.bytes))
        }
        (false, _) => "  no list tells how many files".to_owned(),
    });
}

/// A number of bytes, for people.
pub fn bytes(bytes: u64) -> String {
    size(Some(Megabytes::from_bytes(bytes).0))
}

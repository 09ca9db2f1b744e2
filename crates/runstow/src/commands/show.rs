//! `runstow show`

use std::process::ExitCode;

use anyhow::Result;
use runstow_engine::catalog::query::HistoryEntry;
use runstow_engine::catalog::registry::ReportWithRun;
use runstow_engine::catalog::{Verification, times};
use runstow_lifecycle::{Category, Wholeness};
use serde_json::{Value, json};

use super::files::named;
use crate::cli::Show;
use crate::context::Context;
use crate::terminal::{
    self, harmless,
    table::{size, table},
};

/// Shows one report.
///
/// # Errors
/// When there is none, or several have the name.
pub async fn run(context: &Context, options: &Show) -> Result<ExitCode> {
    let (_, catalog) = context.existing().await?;
    let found = named(&catalog, &options.report).await?;
    let most = if options.history == 0 { u64::from(u32::MAX) } else { options.history };
    // One more than is shown, to know whether there are more.
    let detail = catalog.report_detail(found.report.id, most.saturating_add(1)).await?;
    let mut events = detail.map(|detail| detail.events).unwrap_or_default();
    let more = events.len() as u64 > most;
    events.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    let verified = catalog.verifications_of(found.report.id).await?;
    if options.json {
        terminal::line(&serde_json::to_string_pretty(&as_json(&found, &events, &verified))?);
    } else {
        people(&found, &events, &verified);
        if more {
            terminal::line("  older events are not shown; --history 0 shows all");
        }
    }
    catalog.close().await;
    Ok(ExitCode::SUCCESS)
}

fn day(us: i64) -> String {
    times::timestamp(us).strftime("%Y-%m-%d %H:%M").to_string()
}

fn people(found: &ReportWithRun, events: &[HistoryEntry], verified: &[Verification]) {
    let ReportWithRun { report, run } = found;
    let put = |name: &str, value: &str| {
        if !value.is_empty() {
            terminal::line(&format!("{name:<14}{}", harmless(value)));
        }
    };
    put("Report", &format!("{} {}", report.id, report.results_name));
    put("Analysed", &day(report.time_stamp_us));
    put("Directory", &report.report_dir.text());
    put("", &absent(report.absent_scans, report.absent_since_us));
    put("Kind", if report.thumbnail { "thumbnail" } else { "" });
    put(
        "Parent",
        &report.parent_id.map(|id| format!("report {id} (linked basecalling input)")).unwrap_or_default(),
    );
    put("Version", report.ts_version.as_deref().unwrap_or("unknown"));
    terminal::line("");
    put("Run", &run.exp_name);
    put("Started", &day(run.date_us));
    put("Directory", &run.exp_dir.text());
    put("", &absent(run.absent_scans, run.absent_since_us));
    put("Chip", &[run.chip_type.as_str(), run.platform.as_str(), run.instrument.as_str()].join(" "));
    put("Finished", if run.finished { "yes" } else { &run.finished_reason });
    put("Keep", if run.keep_marker { "yes, by its marker file .runstow-keep" } else { "" });

    let rows = Category::ALL
        .iter()
        .map(|category| {
            let Some(known) = report.category(*category) else {
                return vec![
                    category.ts_name().to_owned(),
                    String::new(),
                    String::new(),
                    "no record".to_owned(),
                ];
            };
            let keep = if *category == Category::Sigproc { run.is_kept() } else { known.keep };
            vec![
                category.ts_name().to_owned(),
                size(known.diskspace),
                known.files.map(|files| files.to_string()).unwrap_or_default(),
                known.state.label().to_owned(),
                if keep { "Keep" } else { "" }.to_owned(),
                day(known.created_us),
                known.archive_path.as_ref().map(|path| path.text().into_owned()).unwrap_or_default(),
            ]
        })
        .collect();
    terminal::line("");
    terminal::line(&table(
        &["CATEGORY", "SIZE", "FILES", "STATE", "KEEP", "DATED", "ARCHIVE"],
        &[1, 2],
        rows,
    ));
    if !verified.is_empty() {
        terminal::line("\nArchives read again");
    }
    for known in verified {
        let extent = if known.complete_us == Some(known.verified_us) { "all of it" } else { "a sample" };
        let what = match known.outcome {
            Wholeness::Whole => "whole".to_owned(),
            Wholeness::Unproven => "nothing to compare with".to_owned(),
            Wholeness::Damaged => format!("DAMAGED, {} findings in job {}", known.findings, known.job_id),
        };
        terminal::line(&format!(
            "  {}  {}: verified ({extent}), {what}: {}",
            day(known.verified_us),
            known.category.ts_name(),
            harmless(&known.folder.text())
        ));
    }
    if !events.is_empty() {
        terminal::line("\nHistory");
        for event in events {
            terminal::line(&format!(
                "  {}  {}  {}",
                day(event.created_us),
                harmless(&event.username),
                harmless(&event.text)
            ));
        }
    }
}

fn absent(scans: i64, since: Option<i64>) -> String {
    match since {
        Some(since) if scans > 0 => {
            format!("missing since {} ({scans} scans in a row did not find it)", day(since))
        }
        _ => String::new(),
    }
}

fn as_json(found: &ReportWithRun, events: &[HistoryEntry], verified: &[Verification]) -> Value {
    let ReportWithRun { report, run } = found;
    let time = |us: i64| times::timestamp(us).to_string();
    let categories: serde_json::Map<String, Value> = Category::ALL
        .iter()
        .filter_map(|category| {
            let known = report.category(*category)?;
            let keep = if *category == Category::Sigproc { run.is_kept() } else { known.keep };
            let value = json!({"state": known.state.label(), "code": known.state.code(), "keep": keep,
                "diskspace_mb": known.diskspace, "report_mb": known.report_mb, "run_mb": known.run_mb,
                "linked_mb": known.linked_mb, "files": known.files, "archive_path": known.archive_path.as_ref().map(|path| path.text()),
                "created": time(known.created_us), "measured": known.measured_us.map(time)});
            Some((category.api_prefix().to_owned(), value))
        })
        .collect();
    json!({
        "id": report.id, "resultsName": report.results_name, "timeStamp": time(report.time_stamp_us),
        "report_dir": report.report_dir.text(), "thumbnail": report.thumbnail, "parent": report.parent_id,
        "version": report.ts_version, "missing_since": report.absent_since_us.map(time),
        "run": {"id": run.id, "expName": run.exp_name, "expDir": run.exp_dir.text(), "date": time(run.date_us),
            "chipType": run.chip_type, "platform": run.platform, "instrument": run.instrument,
            "finished": run.finished, "finished_reason": run.finished_reason,
            "missing_since": run.absent_since_us.map(time)},
        "categories": categories,
        "verifications": verified.iter().map(|known| json!({"category": known.category.api_prefix(),
            "folder": known.folder.text(), "outcome": known.outcome, "verified": time(known.verified_us),
            "all_read": known.complete_us.map(time), "findings": known.findings, "files": known.files,
            "bytes": known.bytes, "job": known.job_id})).collect::<Vec<_>>(),
        "events": events.iter().map(|event| json!({"created": time(event.created_us), "username": event.username,
            "text": event.text})).collect::<Vec<_>>(),
    })
}

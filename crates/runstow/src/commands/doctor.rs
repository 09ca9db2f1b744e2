//! `runstow doctor`

use std::process::ExitCode;

use anyhow::Result;
use runstow_engine::doctor::{Finding, Level, configuration, examine};

use super::scan;
use crate::cli::Doctor;
use crate::context::Context;
use crate::terminal;

/// Something is wrong.
const PROBLEMS: u8 = 3;

/// Examines everything; what can not even be opened is a finding, not a failure.
///
/// # Errors
/// When the catalog stops answering in between.
pub async fn run(context: &Context, options: &Doctor) -> Result<ExitCode> {
    let findings = findings(context).await?;
    if options.json {
        terminal::line(&serde_json::to_string_pretty(&findings)?);
    } else {
        for finding in &findings {
            let mark = match finding.level {
                Level::Ok => "ok     ",
                Level::Note => "note   ",
                Level::Problem => "PROBLEM",
            };
            terminal::line(&format!("{mark}  {}: {}", finding.what, terminal::harmless(&finding.found)));
            if !finding.advice.is_empty() {
                terminal::line(&format!("         → {}", finding.advice));
            }
        }
        let problems = findings.iter().filter(|finding| finding.level == Level::Problem).count();
        terminal::line(&match problems {
            0 => "\nno problems".to_owned(),
            1 => "\n1 problem".to_owned(),
            more => format!("\n{more} problems"),
        });
    }
    let bad = findings.iter().any(|finding| finding.level == Level::Problem);
    Ok(if bad { ExitCode::from(PROBLEMS) } else { ExitCode::SUCCESS })
}

async fn findings(context: &Context) -> Result<Vec<Finding>> {
    let config = match context.config() {
        Ok(config) => config,
        Err(error) => {
            let advice = "correct the file; nothing else was examined";
            return Ok(vec![Finding::new(Level::Problem, "configuration", format!("{error:#}"), advice)]);
        }
    };
    let mut findings = vec![configuration(config.source.as_deref())];
    let settings = match scan::settings(&config) {
        Ok(settings) => settings,
        Err(error) => {
            findings.push(Finding::new(
                Level::Problem,
                "file sets",
                format!("{error:#}"),
                "correct the file",
            ));
            return Ok(findings);
        }
    };
    match context.existing().await {
        Ok((_, catalog)) => {
            findings.extend(examine(&catalog, &settings.roots, config.server.anonymous_read).await?);
            catalog.close().await;
        }
        Err(error) => {
            let advice = "see RUNSTOW_DATABASE_URL or [catalog] url";
            findings.push(Finding::new(Level::Problem, "catalog", format!("{error:#}"), advice));
        }
    }
    Ok(findings)
}

//! `runstow demo`

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use runstow_engine::catalog::{Catalog, DatabaseUrl, NewUser, passwords};
use runstow_engine::demo::make_demo_storage;
use runstow_engine::files::Classifiers;
use runstow_engine::roots::{RootKind, StorageRoot};
use runstow_engine::scan::{ScanSettings, scan};
use runstow_lifecycle::Role;
use runstow_server::{App, ServerConfig};

use super::worker::Crew;
use super::{scan::tell, serve};
use crate::cli::Demo;
use crate::config::Config;
use crate::context::Context;
use crate::terminal::{self, progress::TerminalProgress};

/// Makes (or finds) the demo storage, scans it and serves it.
///
/// # Errors
/// When the folder holds something else, can not be written, or the address is taken.
pub async fn run(_: &Context, options: &Demo) -> Result<ExitCode> {
    // First, so that nothing is made when the port is taken.
    let listener = serve::bind(options.listen).await?;
    let dir = std::path::absolute(&options.dir).context("no absolute path for --dir")?;
    let storage = make_demo_storage(&dir, Timestamp::now())?;
    let verb = if storage.reused { "found" } else { "made" };
    terminal::line(&format!("{verb} a demo storage in {}", dir.display()));

    // The demo has a catalog of its own, whatever is configured.
    let catalog = Catalog::open(&DatabaseUrl::Sqlite(storage.catalog.clone())).await?;
    catalog.ensure_defaults().await?;
    let root = |name: &str, path, kind: RootKind| StorageRoot {
        name: name.to_owned(),
        path,
        kind,
        depth: kind.usual_depth(),
        mark: true,
    };
    let settings = ScanSettings::new(vec![
        root("results", storage.file_server.clone(), RootKind::Runs),
        root("Home", storage.report_storage.clone(), RootKind::Reports),
    ]);
    let outcome = scan(&catalog, &settings, Arc::new(TerminalProgress::default())).await?;
    tell(&outcome);

    let admin = first_admin(&catalog).await?;
    let stop = serve::stop_signal()?;
    let address = listener.local_addr()?;
    let base = format!("http://{address}");
    let who = if address.ip().is_loopback() {
        "anyone on this machine"
    } else {
        "ANYONE who can reach this machine"
    };
    terminal::line(&format!(
        "\n{admin}\nruns until Ctrl-C; {who} may read:\n\n    {base}/\n    \
         curl '{base}/rundb/api/v1/compositedatamanagement/?format=json&limit=1'\n\n\
         from Python:\n\n    import requests\n\n    base_url = \"{base}\"\n    \
         resp = requests.get(f\"{{base_url}}/rundb/api/v1/compositedatamanagement/\", params={{\"format\": \"json\", \"limit\": 1}})\n    \
         for report in resp.json()[\"objects\"]:\n        \
         print(report[\"resultsName\"], report[\"sigproc_state\"], report[\"sigproc_diskspace\"])\n\n\
         from the shell, on the demo's catalog:\n\n    export RUNSTOW_DATABASE_URL={}\n    runstow ls\n",
        catalog.url()
    ));
    let server = ServerConfig { anonymous_read: true, ..ServerConfig::default() };
    let classifiers = Arc::new(Classifiers::new(settings.file_sets())?);
    let crew = Crew::start(&Config::default(), &catalog, &classifiers, 1);
    let stop = async move {
        stop.await;
        let _ = tokio::time::timeout(serve::SAFE_POINT, crew.end()).await;
    };
    serve::serve(listener, App::new(catalog, server).with_classifiers(classifiers), None, stop).await
}

/// Makes the account that may change things, if there is none, and says how to sign in. Its password is shown this once.
async fn first_admin(catalog: &Catalog) -> Result<String> {
    const NAME: &str = "admin";
    if !catalog.users().await?.is_empty() {
        return Ok(format!("to sign in: {NAME}, with the password that the first start has shown"));
    }
    let password = format!("{:032x}", rand::random::<u128>());
    let hash = passwords::hash(&password);
    let username = NAME.to_owned();
    let new =
        NewUser { username, role: Role::Admin, api_write: false, active: true, password_hash: Some(hash) };
    catalog.add_user(new).await?;
    Ok(format!(
        "to sign in: {NAME}, password {password} (shown this once; `runstow user passwd {NAME}` sets another)"
    ))
}

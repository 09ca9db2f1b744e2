//! `runstow serve`

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use runstow_engine::catalog::Catalog;
use runstow_engine::files::Classifiers;
use runstow_engine::moves::purge::empty_on_schedule;
use runstow_engine::scan::ScanSettings;
use runstow_engine::schedule::scan_on_schedule;
use runstow_server::{App, Tls};
use tokio::net::TcpListener;

use super::worker::Crew;
use crate::cli::Serve;
use crate::config::{Config, ServerSection};
use crate::context::Context;
use crate::terminal;

/// Serves until told to stop.
///
/// # Errors
/// When the configuration is not valid, the catalog can not be opened or the address is taken.
pub async fn run(context: &Context, options: &Serve) -> Result<ExitCode> {
    let (config, catalog) = context.both().await?;
    let mut server = config.server.http()?;
    server.anonymous_read |= options.anonymous_read;
    server.tls = tls(&config.server, options)?;
    let listener = bind(options.listen.unwrap_or(config.server.listen)).await?;
    if catalog.users().await?.is_empty() && !server.anonymous_read {
        tracing::warn!(
            "nobody can sign in yet: add the first user with `runstow user add NAME --role admin`"
        );
    }
    let stop = stop_signal()?;
    let scheme = if server.tls.is_some() { "https" } else { "http" };
    if let Some(tls) = server.tls.clone() {
        renew_on_hang_up(tls)?;
    }
    terminal::line(&format!("runstow serves on {scheme}://{}/", listener.local_addr()?));
    let settings = super::scan::settings(&config)?;
    let classifiers = Arc::new(Classifiers::new(settings.file_sets())?);
    let scans = start_scans(&config, &catalog, settings, options.no_scan);
    let crew = Crew::start(&config, &catalog, &classifiers, config.moves.workers);
    let emptying = tokio::spawn(empty_on_schedule(catalog.clone(), config.trash.limits()));
    let verifying = super::verify::Verifying::begin(&config, &catalog, Arc::clone(&classifiers));
    let stop = async move {
        stop.await;
        emptying.abort();
        // A job in hand comes to a safe point first; what does not get there is taken up again when its lease is over.
        let _ = tokio::time::timeout(SAFE_POINT, async { tokio::join!(crew.end(), verifying.end()) }).await;
    };
    let app = App::new(catalog, server).with_classifiers(classifiers).with_moves(config.move_settings());
    serve(listener, app, scans, stop).await
}

/// How long a stop waits for a job in hand.
pub const SAFE_POINT: Duration = Duration::from_secs(10);

/// Serves on an open listener until `stop` completes; ends scans with it.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    app: App,
    scans: Option<tokio::task::JoinHandle<()>>,
    stop: impl Future<Output = ()>,
) -> Result<ExitCode> {
    let catalog = app.catalog().clone();
    runstow_server::serve(listener, app, stop).await.context("serving")?;
    if let Some(scans) = scans {
        scans.abort();
    }
    catalog.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Binds an address.
///
/// # Errors
/// Says what to do when it is taken.
pub async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("can not listen on {address}; is another server there? try --listen with another port")
    })
}

/// The certificate of the command line, else of the file.
fn tls(section: &ServerSection, options: &Serve) -> Result<Option<Arc<Tls>>> {
    let given = options.tls_cert.as_deref().zip(options.tls_key.as_deref());
    let configured = section.tls_cert.as_deref().zip(section.tls_key.as_deref());
    let Some((certificate, key)) = given.or(configured) else { return Ok(None) };
    Ok(Some(Arc::new(Tls::open(certificate, key)?)))
}

/// Reads the certificate again on SIGHUP, as tools that renew certificates ask for it.
fn renew_on_hang_up(tls: Arc<Tls>) -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hang_up = signal(SignalKind::hangup()).context("can not listen for SIGHUP")?;
    tokio::spawn(async move {
        while hang_up.recv().await.is_some() {
            let tls = tls.clone();
            match tokio::task::spawn_blocking(move || tls.renew()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::error!(%error, "SIGHUP: the new TLS certificate can not be used; the old one stays in use");
                }
                Err(error) => tracing::error!(%error, "SIGHUP: reading the TLS certificate was cut short"),
            }
        }
    });
    Ok(())
}

fn start_scans(
    config: &Config,
    catalog: &Catalog,
    settings: ScanSettings,
    off: bool,
) -> Option<tokio::task::JoinHandle<()>> {
    if off || settings.roots.is_empty() {
        return None;
    }
    let minutes = u64::from(config.scan.every_minutes);
    let every = (minutes > 0).then(|| Duration::from_secs(minutes * 60));
    Some(tokio::spawn(scan_on_schedule(catalog.clone(), settings, every)))
}

/// Completes on SIGTERM or Ctrl-C. From the moment this returns neither ends the program by itself, so it comes before
/// the address is told.
///
/// # Errors
/// When the system takes no handler.
pub fn stop_signal() -> Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("can not listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("can not listen for Ctrl-C")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

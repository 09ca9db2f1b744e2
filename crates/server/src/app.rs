//! What every request shares.

use std::sync::Arc;

use runstow_catalog::Catalog;
use runstow_engine::moves;

use crate::api;
use crate::auth::Gatekeeper;
use crate::config::ServerConfig;
use crate::operations::Operations;
use crate::request::Rates;
use crate::rundb_api;
use crate::web::Overviews;

/// The server's state. Cloning is cheap: clones share everything.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
    /// What the compatible API remembers between requests.
    pub(crate) rundb: Arc<rundb_api::Cache>,
    /// What the native API shares between requests.
    pub(crate) api: Arc<api::Shared>,
    /// What the site says about moves.
    pub(crate) moves: Arc<moves::Settings>,
}

struct Inner {
    catalog: Catalog,
    config: ServerConfig,
    gatekeeper: Gatekeeper,
    operations: Operations,
    overviews: Overviews,
    rates: Rates,
}

impl App {
    /// A server over a catalog.
    pub fn new(catalog: Catalog, config: ServerConfig) -> Self {
        let rates = Rates::new(config.requests_per_second, config.request_burst);
        let inner = Inner {
            catalog,
            config,
            gatekeeper: Gatekeeper::new(),
            operations: Operations::new(),
            overviews: Overviews::default(),
            rates,
        };
        Self { inner: Arc::new(inner), rundb: Arc::default(), api: Arc::default(), moves: Arc::default() }
    }

    /// Lists files by these file sets, in place of the built-in ones.
    #[must_use]
    pub fn with_classifiers(mut self, classifiers: Arc<runstow_engine::files::Classifiers>) -> Self {
        self.api = Arc::new(api::Shared::new(classifiers));
        self
    }

    /// Asks for moves as the site's configuration says.
    #[must_use]
    pub fn with_moves(mut self, settings: moves::Settings) -> Self {
        self.moves = Arc::new(settings);
        self
    }

    /// What is known of runs and reports.
    pub fn catalog(&self) -> &Catalog {
        &self.inner.catalog
    }

    /// How this server behaves.
    pub fn config(&self) -> &ServerConfig {
        &self.inner.config
    }

    /// Who may come in.
    pub(crate) fn gatekeeper(&self) -> &Gatekeeper {
        &self.inner.gatekeeper
    }

    /// Sums over the catalog.
    pub(crate) fn overviews(&self) -> &Overviews {
        &self.inner.overviews
    }

    /// How many requests each client may send.
    pub(crate) fn rates(&self) -> &Rates {
        &self.inner.rates
    }

    /// What is counted.
    pub(crate) fn operations(&self) -> &Operations {
        &self.inner.operations
    }
}

//! Every route of the server, each with what it takes ([`rights::TABLE`]).
//!
//! Faces register their routes in [`Routes`], which makes axum's router and keeps a list, so that the two can not differ. The
//! compatible API looks at raw paths; its part of the list comes from its own kinds of paths and verbs. A route that is
//! not in the table is listed without an access, and the gates of the faces answer nobody there.

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use http::Method;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::operations::RouteClass;
use crate::rights::{self, Access};
use crate::{api, operations, rundb_api, web};

/// A route of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method. Where GET is answered HEAD is too.
    pub method: Method,
    /// The path; what varies stands in braces.
    pub path: String,
    /// What it takes to be answered; none: nobody is, because the table of rights does not have it.
    pub access: Option<Access>,
}

/// Every route of the server, of every face, as its router has them.
#[must_use]
pub fn routes() -> Vec<Route> {
    let mut all = pages().list();
    all.extend(api::routes().list());
    all.extend(rundb_api::routes());
    all
}

/// The router of every path but those of the compatible API.
pub(crate) fn router(app: &App) -> Router {
    assemble(app, pages(), api::routes())
}

fn pages() -> Routes {
    operations::routes().merge(web::routes())
}

/// Puts the gates before the routes.
fn assemble(app: &App, pages: Routes, native: Routes) -> Router {
    let pages = pages
        .router
        .route_layer(from_fn_with_state(app.clone(), web::pass))
        .layer(map_response(web::headers));
    let native = native
        .router
        .route_layer(from_fn_with_state(app.clone(), api::pass))
        .layer(map_response(api::headers));
    pages.merge(native).fallback(nowhere).with_state(app.clone())
}

/// Every path without a route.
async fn nowhere(request: Request) -> Response {
    match RouteClass::of(request.uri().path()) {
        RouteClass::NativeApi => api::headers(api::nowhere()).await,
        _ => web::headers(web::nowhere()).await,
    }
}

/// Routes of a face: the router and its list grow together.
#[derive(Default)]
pub(crate) struct Routes {
    router: Router<App>,
    known: Vec<(Method, String)>,
}

impl Routes {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Those that the OpenAPI document describes.
    pub(crate) fn described(router: OpenApiRouter<App>) -> Self {
        let (router, document) = router.split_for_parts();
        let mut known = Vec::new();
        for (path, item) in document.paths.paths {
            for (method, operation) in [
                (Method::GET, &item.get),
                (Method::POST, &item.post),
                (Method::PUT, &item.put),
                (Method::PATCH, &item.patch),
                (Method::DELETE, &item.delete),
                (Method::HEAD, &item.head),
                (Method::OPTIONS, &item.options),
                (Method::TRACE, &item.trace),
            ] {
                known.extend(operation.as_ref().map(|_| (method, path.clone())));
            }
        }
        Self { router, known }
    }

    /// One more, for GET and HEAD.
    pub(crate) fn get<H: Handler<T, App>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.add(Method::GET, MethodFilter::GET, path, handler)
    }

    /// One more, for POST.
    pub(crate) fn post<H: Handler<T, App>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.add(Method::POST, MethodFilter::POST, path, handler)
    }

    fn add<H: Handler<T, App>, T: 'static>(
        mut self,
        method: Method,
        filter: MethodFilter,
        path: &str,
        handler: H,
    ) -> Self {
        self.known.push((method, path.to_owned()));
        Self { router: self.router.route(path, on(filter, handler)), known: self.known }
    }

    /// With those of another face.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.known.extend(other.known);
        Self { router: self.router.merge(other.router), known: self.known }
    }

    fn list(self) -> Vec<Route> {
        let route = |(method, path): (Method, String)| {
            let access = rights::access(&method, &path);
            Route { method, path, access }
        };
        self.known.into_iter().map(route).collect()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::StatusCode;
    use runstow_catalog::Catalog;
    use runstow_testkit::TestDatabase;
    use tower::ServiceExt as _;

    use super::*;
    use crate::config::ServerConfig;

    async fn secret() -> &'static str {
        "secret"
    }

    fn unlisted() -> (Routes, Routes) {
        (
            pages().get("/secret", secret).post("/reports/{id}", secret),
            api::routes().get("/api/v1/secret", secret),
        )
    }

    #[tokio::test]
    async fn a_route_that_is_not_in_the_table_answers_nobody() {
        let database = TestDatabase::sqlite();
        let catalog = Catalog::open(&database.url().parse().unwrap()).await.unwrap();
        let app = App::new(catalog, ServerConfig { anonymous_read: true, ..ServerConfig::default() });
        let (pages, native) = unlisted();
        let router = assemble(&app, pages, native);
        for (method, path, status) in [
            ("GET", "/secret", StatusCode::NOT_FOUND),
            ("POST", "/reports/1", StatusCode::METHOD_NOT_ALLOWED),
            ("GET", "/api/v1/secret", StatusCode::NOT_FOUND),
            ("GET", "/healthz", StatusCode::OK),
        ] {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            let answer = router.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), status, "{method} {path}");
        }
    }

    #[test]
    fn a_route_that_is_not_in_the_table_is_listed_without_an_access() {
        let (pages, native) = unlisted();
        let bare: Vec<Route> =
            pages.list().into_iter().chain(native.list()).filter(|route| route.access.is_none()).collect();
        assert_eq!(bare.len(), 3, "{bare:?}");
        assert!(routes().iter().all(|route| route.access.is_some()));
    }

    #[test]
    fn the_table_has_no_line_for_what_is_not_there() {
        let all = routes();
        for (method, path, _) in rights::TABLE {
            let resource = path.replace("{resource}", "message");
            let known = all.iter().any(|route| route.method == *method && route.path == resource);
            assert!(known, "{method} {path}");
        }
    }
}

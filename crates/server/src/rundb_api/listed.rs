//! The routes of the compatible API, from its own kinds of paths and verbs.

use http::{HeaderMap, Method, StatusCode};

use super::route::{Name, ROOT, Target};
use super::verb;
use crate::rights;
use crate::routes::Route;

const METHODS: [Method; 6] =
    [Method::GET, Method::OPTIONS, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// All of them.
pub(crate) fn routes() -> Vec<Route> {
    let route = |method: &Method, path: String, template: &str| Route {
        method: method.clone(),
        access: rights::access(method, template),
        path,
    };
    let mut all: Vec<Route> = METHODS.iter().map(|method| route(method, ROOT.to_owned(), ROOT)).collect();
    for name in Name::ALL {
        for target in Target::KINDS {
            let path = target.template().replace("{resource}", name.as_str());
            let answered =
                METHODS.iter().filter(|method| match verb::read(method, &HeaderMap::new(), target) {
                    Ok(_) => true,
                    Err(verbs) => verbs.status == StatusCode::OK,
                });
            all.extend(answered.map(|method| route(method, path.clone(), target.template())));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::route::Route as Path;
    use super::*;

    #[test]
    fn each_listed_path_means_what_it_is_listed_as() {
        for name in Name::ALL {
            for target in Target::KINDS {
                let path = target.template().replace("{resource}", name.as_str());
                assert_eq!(Path::of(&path), Path::Resource(name, target), "{path}");
            }
        }
        assert_eq!(Path::of(ROOT), Path::Root);
    }
}

//! A client that writes.

use runstow_catalog::{Direction, EventFilter, LoggedEvent};
use serde_json::Value;
use tokio::runtime::Handle;

use super::super::server::{Answer, Server};

/// A user of the data set at work.
pub(super) struct Client<'s> {
    pub(super) server: &'s Server,
    pub(super) runtime: Handle,
    pub(super) user: &'static str,
}

impl Client<'_> {
    pub(super) fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let key = match self.user {
            "ionadmin" => "a",
            "ionuser" => "b",
            _ => "c",
        };
        let headers = vec![("Authorization".to_owned(), format!("ApiKey {}:{}", self.user, key.repeat(40)))];
        let body = body.map(ToString::to_string);
        self.server.send(
            method,
            &format!("/rundb/api/v1/{path}"),
            &headers,
            body.as_deref().map(str::as_bytes),
        )
    }

    pub(super) fn status(&self, method: &str, path: &str, body: &Value) -> u16 {
        self.send(method, path, Some(body)).status
    }

    /// The text of a refusal.
    pub(super) fn refused(&self, method: &str, path: &str, body: &Value) -> (u16, String) {
        let answer = self.send(method, path, Some(body));
        let text = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
        (answer.status, text["error"].as_str().unwrap_or_default().to_owned())
    }

    pub(super) fn get(&self, path: &str) -> Value {
        let answer = self.send("GET", path, None);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        serde_json::from_slice(&answer.body).unwrap()
    }

    pub(super) fn total(&self, resource: &str) -> u64 {
        self.get(&format!("{resource}/?limit=1"))["meta"]["total_count"].as_u64().unwrap()
    }

    pub(super) fn last_event(&self) -> LoggedEvent {
        let filter = EventFilter {
            report: None,
            accounts: false,
            direction: Direction::Descending,
            after: None,
            limit: 1,
        };
        self.runtime.block_on(self.server.catalog.logged_events(&filter)).unwrap().remove(0)
    }

    pub(super) fn version(&self) -> i64 {
        self.runtime.block_on(self.server.catalog.version()).unwrap()
    }
}

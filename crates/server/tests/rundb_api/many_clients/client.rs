//! One client, which knows exactly what must be there of its own.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use runstow_catalog::About;
use serde_json::{Value, json};

use super::super::server::Connection;

/// A report that all clients change.
pub(super) const SHARED_REPORT: i64 = 6;
/// A message that all clients change.
pub(super) const SHARED_MESSAGE: i64 = 1;
/// Own records of each kind at most, so that all reports together fit on a page.
const MOST: usize = 40;

/// A client and its model.
pub(super) struct Client {
    /// Of its account; also what the names of its records begin with.
    pub(super) name: String,
    /// Its reports: id, name and disk use.
    pub(super) reports: BTreeMap<i64, (String, Option<i64>)>,
    /// Its messages: id and body.
    pub(super) messages: BTreeMap<i64, String>,
    /// Each record written, in order: each must have left one event.
    pub(super) written: Vec<(About, i64)>,
    /// Each record made.
    pub(super) made: Vec<(About, i64)>,
    /// Requests sent.
    pub(super) requests: u64,
    random: StdRng,
    connection: Connection,
    key: (String, String),
    names: u64,
}

impl Client {
    pub(super) fn new(name: String, key: &str, address: SocketAddr, seed: u64) -> Self {
        Self {
            reports: BTreeMap::new(),
            messages: BTreeMap::new(),
            written: Vec::new(),
            made: Vec::new(),
            requests: 0,
            random: StdRng::seed_from_u64(seed),
            connection: Connection::open(address),
            key: ("Authorization".to_owned(), format!("ApiKey {name}:{key}")),
            names: 0,
            name,
        }
    }

    /// Does one thing of those that clients do.
    pub(super) fn act(&mut self) {
        match self.random.random_range(0..18) {
            0 | 1 if self.reports.len() < MOST => self.make_report(),
            2 | 3 if self.messages.len() < MOST => self.make_message(),
            4 | 5 => self.change_report(),
            6 => self.change_messages(),
            7 => self.remove_report(),
            8 => self.remove_message(),
            9 | 10 => self.change_shared(),
            11..=13 => self.list_reports(),
            14 => self.list_messages(),
            15 => self.list_everything(),
            _ => self.look(),
        }
    }

    /// Looks at all that is its own.
    pub(super) fn compare(&mut self) {
        self.list_reports();
        self.list_messages();
    }

    fn make_report(&mut self) {
        let name = self.new_name();
        let run = self.random.random_range(0..5);
        let body = json!({"resultsName": name, "expDir": format!("/results/shared_{run}")});
        let id = self.post("compositedatamanagement", &body);
        self.wrote(About::Record, id, true);
        self.reports.insert(id, (name, None));
    }

    fn make_message(&mut self) {
        let text = self.new_name();
        let id = self.post("message", &json!({ "body": text }));
        self.wrote(About::Message, id, true);
        self.messages.insert(id, text);
    }

    fn change_report(&mut self) {
        let Some(id) = self.one_of(|own| own.reports.keys().copied().collect()) else { return };
        let path = format!("compositedatamanagement/{id}/");
        let new_name = self.new_name();
        let size = self.random.random_range(0..1_000_000_000);
        // Some requests change one field and some the other: what is not given must stay.
        let (method, status) = if self.random.random_bool(0.5) { ("PATCH", 202) } else { ("PUT", 204) };
        let mut body = json!({});
        let (name, diskusage) = self.reports.get_mut(&id).expect("one of them");
        if size % 3 != 0 {
            body["resultsName"] = json!(new_name);
            *name = new_name;
        }
        if size % 3 != 1 {
            body["diskusage"] = json!(size);
            *diskusage = Some(size);
        }
        self.send(method, &path, Some(&body), status);
        self.wrote(About::Record, id, false);
    }

    /// One PATCH of the list changes a message, makes one and removes one.
    fn change_messages(&mut self) {
        let ids: Vec<i64> = self.messages.keys().copied().take(2).collect();
        let &[changed, gone] = ids.as_slice() else { return };
        let (new, text) = (self.new_name(), self.new_name());
        let uri = |id: i64| format!("/rundb/api/v1/message/{id}/");
        let objects = json!([{"resource_uri": uri(changed), "body": text}, {"body": new}]);
        let body = json!({"objects": objects, "deleted_objects": [uri(gone)]});
        self.send("PATCH", "message/", Some(&body), 202);
        let found = self.get(&format!("message/?body={new}"));
        assert_eq!(found["meta"]["total_count"], 1, "{new}: {found}");
        let made = found["objects"][0]["id"].as_i64().unwrap();
        self.wrote(About::Message, changed, false);
        self.wrote(About::Message, made, true);
        self.wrote(About::Message, gone, false);
        self.messages.insert(changed, text);
        self.messages.insert(made, new);
        self.messages.remove(&gone);
    }

    fn remove_report(&mut self) {
        let Some(id) = self.one_of(|own| own.reports.keys().copied().collect()) else { return };
        let (name, _) = self.reports.remove(&id).expect("one of them");
        // By its address, or by a filter that only it matches.
        let path =
            if self.random.random_bool(0.5) { format!("{id}/") } else { format!("?resultsName={name}") };
        self.send("DELETE", &format!("compositedatamanagement/{path}"), None, 204);
        self.wrote(About::Record, id, false);
        self.send("GET", &format!("compositedatamanagement/{id}/"), None, 404);
    }

    fn remove_message(&mut self) {
        let Some(id) = self.one_of(|own| own.messages.keys().copied().collect()) else { return };
        self.messages.remove(&id);
        self.send("DELETE", &format!("message/{id}/"), None, 204);
        self.wrote(About::Message, id, false);
    }

    /// Changes one field of a record that is everybody's; the others must not notice.
    fn change_shared(&mut self) {
        let text = self.new_name();
        let (about, path, field) = match self.random.random_range(0..3) {
            0 => (About::Record, format!("compositedatamanagement/{SHARED_REPORT}/"), "resultsName"),
            1 => (About::Message, format!("message/{SHARED_MESSAGE}/"), "body"),
            _ => (About::Message, format!("message/{SHARED_MESSAGE}/"), "tags"),
        };
        self.send("PATCH", &path, Some(&json!({ field: text })), 202);
        self.wrote(about, if about == About::Record { SHARED_REPORT } else { SHARED_MESSAGE }, false);
    }

    fn list_reports(&mut self) {
        let limit = self.random.random_range(1..MOST + 5);
        // The shared report may begin with this client's name too; so may the shared message, below.
        let (name, after) = (&self.name, SHARED_REPORT);
        let path =
            format!("compositedatamanagement/?resultsName__startswith={name}.&id__gt={after}&limit={limit}");
        let shown = self.pages(&path, self.reports.len());
        let shown: BTreeMap<i64, (String, Option<i64>)> =
            shown.iter().map(|report| (id_of(report), report_of(report))).collect();
        assert_eq!(shown, self.reports, "{}", self.name);
    }

    fn list_messages(&mut self) {
        let limit = self.random.random_range(1..MOST + 5);
        let path = format!("message/?body__startswith={}.&id__gt={SHARED_MESSAGE}&limit={limit}", self.name);
        let shown = self.pages(&path, self.messages.len());
        let shown: BTreeMap<i64, String> = shown
            .iter()
            .map(|message| (id_of(message), message["body"].as_str().unwrap().to_owned()))
            .collect();
        assert_eq!(shown, self.messages, "{}", self.name);
    }

    /// One page of all reports shows as many as it counts, this client's among them.
    fn list_everything(&mut self) {
        let list = self.get("compositedatamanagement/?limit=0");
        let objects = list["objects"].as_array().unwrap();
        let ids: BTreeMap<i64, &Value> = objects.iter().map(|report| (id_of(report), report)).collect();
        assert_eq!(ids.len(), objects.len());
        assert_eq!(list["meta"]["total_count"], objects.len());
        for (id, own) in &self.reports {
            assert_eq!(ids.get(id).map(|report| report_of(report)).as_ref(), Some(own), "{id}");
        }
    }

    fn look(&mut self) {
        let Some(id) = self.one_of(|own| own.reports.keys().copied().collect()) else { return };
        let shown = self.get(&format!("compositedatamanagement/{id}/"));
        assert_eq!(report_of(&shown), self.reports[&id], "{id}");
    }

    /// All pages from the first; each must count what there is.
    fn pages(&mut self, path: &str, total: usize) -> Vec<Value> {
        let (mut next, mut all) = (path.to_owned(), Vec::new());
        while !next.is_empty() {
            let list = self.get(&next);
            assert_eq!(list["meta"]["total_count"], total, "{next}");
            all.extend(list["objects"].as_array().unwrap().iter().cloned());
            let more = list["meta"]["next"].as_str().unwrap_or_default();
            next = more.trim_start_matches("/rundb/api/v1/").to_owned();
        }
        assert_eq!(all.len(), total, "{path}");
        all
    }

    fn post(&mut self, resource: &str, body: &Value) -> i64 {
        let location = self.send("POST", &format!("{resource}/"), Some(body), 201).0;
        location.rsplit('/').nth(1).unwrap().parse().unwrap()
    }

    fn get(&mut self, path: &str) -> Value {
        serde_json::from_slice(&self.send("GET", path, None, 200).1).unwrap()
    }

    /// Sends a request that must be answered so, and gives `Location` and the body.
    fn send(&mut self, method: &str, path: &str, body: Option<&Value>, status: u16) -> (String, Vec<u8>) {
        let text = body.map(ToString::to_string);
        let path = format!("/rundb/api/v1/{path}");
        let headers = [self.key.clone()];
        let answer = self.connection.send(method, &path, &headers, text.as_deref().map(str::as_bytes));
        assert_eq!(answer.status, status, "{} {method} {path} {text:?}: {}", self.name, answer.text());
        self.requests += 1;
        (answer.header("location").unwrap_or_default().to_owned(), answer.body)
    }

    fn wrote(&mut self, about: About, id: i64, made: bool) {
        self.written.push((about, id));
        if made {
            self.made.push((about, id));
        }
    }

    fn one_of(&mut self, ids: impl Fn(&Self) -> Vec<i64>) -> Option<i64> {
        let ids = ids(self);
        (!ids.is_empty()).then(|| ids[self.random.random_range(0..ids.len())])
    }

    /// A name that nobody has had.
    fn new_name(&mut self) -> String {
        self.names += 1;
        format!("{}.{}", self.name, self.names)
    }
}

fn id_of(object: &Value) -> i64 {
    object["id"].as_i64().unwrap()
}

fn report_of(object: &Value) -> (String, Option<i64>) {
    (object["resultsName"].as_str().unwrap().to_owned(), object["diskusage"].as_i64())
}

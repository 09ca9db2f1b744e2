//! What writing leaves behind: an event for each record and verb, and nothing of a report that has gone.

use runstow_catalog::registry::Observation;
use runstow_catalog::{About, HoldNarrowing, HoldOn, KeepWish, NewHold};
use runstow_lifecycle::Category;
use serde_json::json;

use super::client::Client;

written! {
    every_verb_on_every_resource_leaves_an_event_with_the_users_name(client) {
        let reports = "compositedatamanagement";
        let uri = |resource: &str, id: i64| format!("/rundb/api/v1/{resource}/{id}/");
        let ordinary = Client { server: client.server, runtime: client.runtime.clone(), user: "ionuser" };
        let new_report = json!({"resultsName": "New", "expDir": "/results/new"});
        let settings = json!({"selected": true});
        for (method, path, body, about, id) in [
            ("POST", "compositedatamanagement/", new_report.clone(), About::Record, 105),
            ("PUT", "compositedatamanagement/200/", new_report.clone(), About::Record, 200),
            ("PUT", "compositedatamanagement/5/", json!({"diskusage": 1}), About::Record, 5),
            ("PATCH", "compositedatamanagement/5/", json!({"resultsName": "x"}), About::Record, 5),
            ("PATCH", "compositedatamanagement/", json!({"objects": [{"resource_uri": uri(reports, 6)}]}), About::Record, 6),
            ("PATCH", "compositedatamanagement/", json!({"objects": [new_report]}), About::Record, 106),
            ("PATCH", "compositedatamanagement/", json!({"objects": [], "deleted_objects": [uri(reports, 106)]}), About::Record, 106),
            ("PUT", "compositedatamanagement/?id=6", json!({"objects": [{"id": 6}]}), About::Record, 6),
            ("PUT", "compositedatamanagement/?id=6", json!({"objects": []}), About::Record, 6),
            ("DELETE", "compositedatamanagement/5/", json!(null), About::Record, 5),
            ("DELETE", "compositedatamanagement/?id=200", json!(null), About::Record, 200),
            ("PUT", "datamanagementhistory/59/", json!({"text": "t"}), About::Event, 59),
            ("PATCH", "datamanagementhistory/59/", json!({}), About::Event, 59),
            ("PATCH", "datamanagementhistory/", json!({"objects": [], "deleted_objects": [uri("datamanagementhistory", 59)]}), About::Event, 59),
            ("PUT", "datamanagementhistory/?created__lt=2011-04-01", json!({"objects": []}), About::Event, 1),
            ("DELETE", "datamanagementhistory/31/", json!(null), About::Event, 31),
            ("PUT", "fileserver/1/", json!({"name": "n"}), About::FileServer, 1),
            ("PATCH", "fileserver/1/", json!({"name": "m"}), About::FileServer, 1),
            ("PATCH", "fileserver/", json!({"objects": [{"resource_uri": uri("fileserver", 2)}]}), About::FileServer, 2),
            ("PUT", "fileserver/?id=2", json!({"objects": []}), About::FileServer, 2),
            ("DELETE", "fileserver/1/", json!(null), About::FileServer, 1),
            ("DELETE", "fileserver/?id=3", json!(null), About::FileServer, 3),
            ("POST", "message/", json!({}), About::Message, 8),
            ("PUT", "message/20/", json!({}), About::Message, 20),
            ("PUT", "message/1/", json!({}), About::Message, 1),
            ("PATCH", "message/1/", json!({"body": "b"}), About::Message, 1),
            ("PUT", "message/?id=1", json!({"objects": [{"body": "only"}]}), About::Message, 9),
            ("DELETE", "message/2/", json!(null), About::Message, 2),
            ("DELETE", "message/?id=3", json!(null), About::Message, 3),
            ("POST", "globalconfig/", settings.clone(), About::GlobalConfig, 2),
            ("PUT", "globalconfig/9/", settings.clone(), About::GlobalConfig, 9),
            ("PUT", "globalconfig/1/", json!({"realign": true}), About::GlobalConfig, 1),
            ("PATCH", "globalconfig/1/", json!({"auto_archive_enable": true}), About::GlobalConfig, 1),
            ("PUT", "globalconfig/?id=9", json!({"objects": [settings]}), About::GlobalConfig, 3),
            ("DELETE", "globalconfig/1/", json!(null), About::GlobalConfig, 1),
            ("DELETE", "globalconfig/?id=2", json!(null), About::GlobalConfig, 2),
        ] {
            let before = client.last_event().id;
            let answer = ordinary.send(method, path, Some(&body));
            assert!((200..300).contains(&answer.status), "{method} {path} {body}: {}", answer.text());
            let event = client.last_event();
            assert!(event.id > before, "{method} {path} {body}");
            assert_eq!((event.about, event.object_id), (about, id), "{method} {path} {body}");
            assert_eq!(event.username, "ionuser", "{method} {path}");
        }
    }

    what_belonged_to_a_deleted_report_was_found_again_on_the_next_one_of_its_id(client) {
        let catalog = &client.server.catalog;
        let wait = &client.runtime;
        for (deleted, body) in [
            ("DELETE compositedatamanagement/5/", None),
            ("DELETE compositedatamanagement/?id=5", None),
            ("PUT compositedatamanagement/?id=5", Some(json!({"objects": []}))),
        ] {
            let hold = NewHold { on: HoldOn::Report(5), who: "me".into(), reason: "study".into(), expires_us: None };
            assert!(wait.block_on(catalog.add_hold(hold, "me")).unwrap().is_some());
            let wish = KeepWish { owner: "me".into(), reason: "study".into(), expires_us: None };
            wait.block_on(catalog.change_keep(5, Category::Output, Some(wish), "me", |_| true)).unwrap();
            let seen = Observation { newest_us: 1, walked_us: 2 };
            wait.block_on(catalog.note_observed(&[(5, seen), (6, seen)])).unwrap();
            let (method, path) = deleted.split_once(' ').unwrap();
            assert_eq!(client.send(method, path, body.as_ref()).status, 204, "{deleted}");
            let again = json!({"resultsName": "Another", "expDir": "/results/another"});
            assert_eq!(client.status("PUT", "compositedatamanagement/5/", &again), 201, "{deleted}");

            let held = HoldNarrowing { report: Some(5), run: None };
            assert!(wait.block_on(catalog.holds(held, 0, 10)).unwrap().is_empty(), "{deleted}");
            let keep = wait.block_on(catalog.keep(5, Category::Output)).unwrap().unwrap();
            assert!(!keep.kept() && keep.details.is_none(), "{deleted}: {keep:?}");
            let observed = wait.block_on(catalog.observations()).unwrap();
            assert!(!observed.contains_key(&5) && observed.contains_key(&6), "{deleted}: {observed:?}");
        }
    }
}

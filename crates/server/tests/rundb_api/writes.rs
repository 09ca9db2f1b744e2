//! What the recorded cases can not show of writing: the differences D3 to D10, and what writing leaves behind.

mod client;
#[macro_use]
mod written;
mod cross_site;
mod odd_values;
mod traces;

use runstow_catalog::{About, Direction, EventFilter};
use serde_json::{Value, json};

use client::Client;

const REPORTS: &str = "compositedatamanagement";

written! {
    a_report_is_registered_from_its_name_and_its_runs_directory(client) {
        let body = json!({"resultsName": "Fresh", "expDir": "/results/R_new/", "timeStamp": "2019-05-06T07:08:09Z"});
        let answer = client.send("POST", &format!("{REPORTS}/"), Some(&body));
        assert_eq!((answer.status, answer.text().as_str()), (201, ""));
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        let address = format!("http://{}/rundb/api/v1/{REPORTS}/105/", client.server.address);
        assert_eq!(answer.header("location"), Some(address.as_str()));
        let report = client.get(&format!("{REPORTS}/105/"));
        let shown = |name: &str| report[name].clone();
        assert_eq!((shown("resultsName"), shown("expName")), (json!("Fresh"), json!("R_new")));
        assert_eq!((shown("expDir"), shown("diskusage")), (json!("/results/R_new"), Value::Null));
        for category in ["sigproc", "basecall", "output", "misc"] {
            assert_eq!(shown(&format!("{category}_state")), "Local");
            assert_eq!(shown(&format!("{category}_keep")), false);
            assert!(report.get(format!("{category}_diskspace")).is_some_and(Value::is_null), "{category}");
        }
        assert_eq!(client.total(REPORTS), 99);
        let event = client.last_event();
        assert_eq!((event.about, event.object_id, event.username.as_str()), (About::Record, 105, "ionadmin"));
        assert!(event.text.contains("\"Fresh\"") && event.text.contains("/results/R_new"), "{}", event.text);

        // The same run, found again by its directory.
        let body = json!({"resultsName": "Second", "expDir": "/results/R_new", "reportDir": "/reports/second"});
        assert_eq!(client.status("POST", &format!("{REPORTS}/"), &body), 201);
        let runs = client.runtime.block_on(client.server.catalog.all_runs()).unwrap();
        assert_eq!(runs.iter().filter(|run| run.exp_name == "R_new").count(), 1);
        let (status, said) = client.refused("POST", &format!("{REPORTS}/"), &body);
        assert!(status == 409 && said.contains("registered as 106"), "{status} {said}");

        // An id of the client's own choice, by PUT.
        let body = json!({"resultsName": "Chosen", "expDir": "/results/R_new", "diskusage": "7"});
        assert_eq!(client.status("PUT", &format!("{REPORTS}/108/"), &body), 201);
        assert_eq!(client.status("PUT", &format!("{REPORTS}/108/"), &json!({"resultsName": "Again"})), 204);
        assert_eq!(client.get(&format!("{REPORTS}/108/"))["diskusage"], 7);
        for id in [107, 109] {
            let answer = client.send("POST", &format!("{REPORTS}/"), Some(&body));
            assert!(answer.header("location").unwrap().ends_with(&format!("/{id}/")), "{answer:?}");
        }
    }

    what_is_missing_to_register_a_report_is_named(client) {
        let before = client.version();
        for (body, word) in [
            (json!({"resultsName": "x"}), "'expDir'"),
            (json!({"expDir": "/results/x"}), "'resultsName'"),
            (json!({"resultsName": "", "expDir": "/results/x"}), "'resultsName'"),
            (json!({"resultsName": "x", "expDir": "results/x"}), "'expDir'"),
            (json!({"resultsName": "x", "expDir": "/results/../x"}), "'expDir'"),
            (json!({"resultsName": "x", "expDir": 5}), "'expDir'"),
            (json!({"resultsName": "x", "expDir": "/x", "reportDir": "y"}), "'reportDir'"),
            (json!({"resultsName": "x", "expDir": "/x", "diskusage": "much"}), "'diskusage'"),
            (json!({"resultsName": "x", "expDir": "/x", "timeStamp": 5}), "'timeStamp'"),
            (json!({"resultsName": "x", "expDir": "/x", "id": 5000}), "'id'"),
        ] {
            let (status, said) = client.refused("POST", &format!("{REPORTS}/"), &body);
            assert!(status == 400 && said.contains(word), "{body}: {status} {said}");
        }
        assert_eq!(client.version(), before);
    }

    a_new_report_shares_the_state_of_its_runs_signal_files(client) {
        let run = client.get(&format!("{REPORTS}/30/"));
        let body = json!({"resultsName": "Sibling", "expDir": run["expDir"]});
        assert_eq!(client.status("POST", &format!("{REPORTS}/"), &body), 201);
        let report = client.get(&format!("{REPORTS}/105/"));
        assert_eq!(report["expName"], run["expName"]);
        assert_eq!(report["sigproc_state"], run["sigproc_state"]);
    }

    putting_back_what_get_showed_leaves_the_disk_use(client) {
        for id in [5, 6, 63, 36] {
            let path = format!("{REPORTS}/{id}/");
            let shown = client.get(&path);
            for method in ["PUT", "PATCH"] {
                let mut body = shown.clone();
                body.as_object_mut().unwrap().remove("timeStamp");
                assert!(client.status(method, &path, &body) < 300, "{body}");
                assert_eq!(client.get(&path), shown, "{method}");
            }
        }
        assert_eq!(client.status("PATCH", &format!("{REPORTS}/6/"), &json!({"diskusage": 10})), 202);
        assert_eq!(client.get(&format!("{REPORTS}/6/"))["diskusage"], 394);
        let event = client.last_event();
        assert_eq!((event.about, event.object_id), (About::Record, 6));
        assert!(event.text.contains("diskusage 393 → 10"), "{}", event.text);
    }

    a_body_can_not_be_about_another_record_than_the_address(client) {
        let before = client.version();
        for method in ["PUT", "PATCH"] {
            for id in [json!(6), json!("6"), json!(6.5), json!("abc"), json!([]), json!(5000)] {
                let (status, said) = client.refused(method, &format!("{REPORTS}/5/"), &json!({"id": id, "diskusage": 1}));
                assert!(status == 400 && said.contains("'id'"), "{id}: {status} {said}");
            }
        }
        let list = json!({"objects": [{"resource_uri": "/rundb/api/v1/message/1/", "id": 2, "body": "x"}]});
        assert_eq!(client.status("PATCH", "message/", &list), 400);
        assert_eq!(client.version(), before);
        for id in [json!(5), json!("5"), json!(null)] {
            assert_eq!(client.status("PUT", &format!("{REPORTS}/5/"), &json!({ "id": id })), 204, "{id}");
        }
    }

    everything_goes_only_when_that_is_said(client) {
        let before = client.version();
        for path in [
            "message/",
            "message/?nosuch=1",
            "message/?confirm=yes",
            "message/?body__contains=",
            "message/?order_by=id&limit=1",
            "datamanagementhistory/?resultsName=",
            "compositedatamanagement/?search_name=&sigproc_filter=",
        ] {
            for (method, body) in [("DELETE", None), ("PUT", Some(json!({"objects": []})))] {
                let answer = client.send(method, path, body.as_ref());
                assert_eq!(answer.status, 400, "{method} {path}");
                assert!(answer.text().contains("?confirm=all"), "{}", answer.text());
            }
        }
        assert_eq!(client.version(), before);
        assert_eq!(client.send("DELETE", "message/?confirm=all", None).status, 204);
        assert_eq!(client.total("message"), 0);
        let list = json!({"objects": [{"body": "one"}, {"body": "two"}]});
        assert_eq!(client.status("PUT", "message/?confirm=all", &list), 204);
        assert_eq!(client.status("PUT", "message/?confirm=all", &list), 204);
        let ids: Vec<Value> =
            client.get("message/")["objects"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect();
        assert_eq!(ids, [11, 10]);
        // Reports that are being worked on keep all the others from going.
        let answer = client.send("DELETE", &format!("{REPORTS}/?confirm=all"), None);
        assert_eq!(answer.status, 409, "{}", answer.text());
        assert_eq!(client.total(REPORTS), 98);
    }

    a_replaced_list_of_reports_keeps_what_is_known_of_those_that_stay(client) {
        let shown = client.get(&format!("{REPORTS}/6/"));
        let new = json!({"resultsName": "New one", "expDir": "/results/n"});
        let body = json!({"objects": [{"id": 6, "resultsName": "Kept"}, new]});
        assert_eq!(client.status("PUT", &format!("{REPORTS}/?id__in=5,6"), &body), 204);
        let mut wanted = shown;
        wanted["resultsName"] = json!("Kept");
        assert_eq!(client.get(&format!("{REPORTS}/6/")), wanted);
        assert_eq!(client.send("GET", &format!("{REPORTS}/5/"), None).status, 404);
        assert_eq!(client.get(&format!("{REPORTS}/105/"))["resultsName"], "New one");
    }

    a_list_is_changed_wholly_or_not_at_all(client) {
        let before = client.version();
        let first = json!({"resource_uri": "/rundb/api/v1/compositedatamanagement/5/", "resultsName": "lost"});
        for (second, deleted, status) in [
            (json!({"resultsName": "no run"}), json!([]), 400),
            (json!("x"), json!([]), 400),
            (json!({"resource_uri": "garbage"}), json!([]), 404),
            (json!({"resource_uri": "/rundb/api/v1/compositedatamanagement/7/"}), json!([]), 409),
            (first.clone(), json!(["/rundb/api/v1/compositedatamanagement/33/"]), 404),
            (first.clone(), json!(["/rundb/api/v1/compositedatamanagement/7/"]), 409),
            (first.clone(), json!([7]), 404),
            (first.clone(), json!("text"), 404),
            (first.clone(), json!(true), 400),
        ] {
            let body = json!({"objects": [first, second], "deleted_objects": deleted});
            assert_eq!(client.status("PATCH", &format!("{REPORTS}/"), &body), status, "{body}");
        }
        assert_eq!(client.version(), before);
    }

    who_may_not_write_is_told_so_and_changes_nothing(client) {
        let viewer = Client { server: client.server, runtime: client.runtime.clone(), user: "viewer" };
        let before = client.version();
        for (method, path, body) in [
            ("DELETE", "message/", json!(null)),
            ("DELETE", "message/?id=1", json!(null)),
            ("DELETE", "message/1/", json!(null)),
            ("PUT", "message/", json!({"objects": []})),
            ("PUT", "message/1/", json!({"id": 2})),
            ("PUT", "message/900/", json!({})),
            ("PUT", "compositedatamanagement/7/", json!({})),
            ("PATCH", "message/", json!({"objects": []})),
            ("PATCH", "message/1/", json!({"level": "high"})),
            ("POST", "message/", json!({"level": "high"})),
            ("PATCH", "globalconfig/1/", json!({"auto_archive_enable": true})),
        ] {
            assert_eq!(viewer.status(method, path, &body), 401, "{method} {path}");
        }
        assert_eq!(client.version(), before);
        let ordinary = Client { server: client.server, runtime: client.runtime.clone(), user: "ionuser" };
        assert_eq!(ordinary.status("PATCH", "message/1/", &json!({"status": "read"})), 202);
        assert_eq!(ordinary.last_event().username, "ionuser");
    }

    automatic_actions_are_switched_as_clients_expect(client) {
        for (given, stored) in [
            (json!(false), false), (json!(true), true), (json!(0), false), (json!("false"), true), (json!(""), false),
        ] {
            assert_eq!(client.status("PATCH", "globalconfig/1/", &json!({"auto_archive_enable": given})), 202);
            assert_eq!(client.get("globalconfig/1/")["auto_archive_enable"], stored, "{given}");
        }
        let event = client.last_event();
        assert_eq!((event.about, event.object_id), (About::GlobalConfig, 1));
        assert!(event.text.contains("auto_archive_enable true → false"), "{}", event.text);
        let body = json!({"majorPlatform": null, "site_name": null, "records_to_display": "50"});
        assert_eq!(client.status("PUT", "globalconfig/1/", &body), 204);
        let config = client.get("globalconfig/1/");
        assert_eq!((&config["majorPlatform"], &config["site_name"]), (&json!(""), &json!("Torrent Server")));
        assert_eq!(config["records_to_display"], 50);
    }

    an_id_that_a_client_chose_is_passed_over_later(client) {
        assert_eq!(client.status("PUT", "message/9/", &json!({"body": "chosen"})), 201);
        for id in [8, 10] {
            let answer = client.send("POST", "message/", Some(&json!({"body": "next"})));
            assert!(answer.header("location").unwrap().ends_with(&format!("/message/{id}/")), "{answer:?}");
        }
        assert_eq!(client.status("PUT", "message/2147483648/", &json!({})), 400);
        assert_eq!(client.status("PUT", "message/0/", &json!({})), 400);
        assert_eq!(client.status("PUT", "message/abc/", &json!({})), 400);
        assert_eq!(client.total("message"), 10);
    }

    a_report_that_goes_leaves_its_history_and_shows_no_event_more(client) {
        let shown = client.total("datamanagementhistory");
        let about_it = format!("{REPORTS}/6/");
        assert_eq!(client.send("DELETE", &about_it, None).status, 204);
        let event = client.last_event();
        assert_eq!((event.about, event.object_id), (About::Record, 6));
        assert!(event.text.contains("no file was touched"), "{}", event.text);
        assert_eq!(client.total("datamanagementhistory"), shown);
        let events = client.get("datamanagementhistory/?limit=0");
        let of_it: Vec<&Value> =
            events["objects"].as_array().unwrap().iter().filter(|event| event["object_pk"] == 6).collect();
        assert!(!of_it.is_empty() && of_it.iter().all(|event| event["resultsName"].is_null()), "{of_it:?}");
    }

    every_record_of_a_request_has_its_event(client) {
        let before = client.runtime.block_on(client.server.catalog.last_event()).unwrap();
        let body = json!({
            "objects": [
                {"body": "new"},
                {"resource_uri": "/rundb/api/v1/message/1/", "status": "read"},
                {"resource_uri": "/rundb/api/v1/message/3/"},
            ],
            "deleted_objects": ["/rundb/api/v1/message/2/"],
        });
        assert_eq!(client.status("PATCH", "message/", &body), 202);
        let filter = EventFilter {
            report: None, accounts: false, direction: Direction::Ascending, after: Some(before), limit: 100,
        };
        let events = client.runtime.block_on(client.server.catalog.logged_events(&filter)).unwrap();
        let ids: Vec<i64> = events.iter().map(|event| event.object_id).collect();
        assert_eq!(ids, [8, 1, 3, 2]);
        assert!(events.iter().all(|event| event.about == About::Message && event.username == "ionadmin"));
    }
}

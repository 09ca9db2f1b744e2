//! Moves are asked for: planned, left out with reasons, queued, carried out exactly.
#![allow(clippy::disallowed_methods, reason = "tests make the files they look at")]

use std::path::Path;

use runstow_catalog::registry::Change;
use runstow_catalog::times::now_us;
use runstow_catalog::{Catalog, HoldOn, KeepWish, NewHold, VolumeFacts, VolumeKind};
use runstow_engine::moves::Limits;
use runstow_lifecycle::{Category, JobStatus, Role};
use runstow_testkit::on_both_databases;
use serde_json::{Value, json};

use crate::asking_site::{Site, report_facts};

async fn keep(catalog: &Catalog, report: i64) {
    let wish =
        KeepWish { owner: "eve".into(), reason: "trial".into(), expires_us: Some(4_000_000_000_000_000) };
    catalog.change_keep(report, Category::Sigproc, Some(wish), "eve", |_| true).await.unwrap();
}

/// What a gate of an item says.
fn gate<'v>(item: &'v Value, name: &str) -> &'v Value {
    let gates = item["plan"]["gates"].as_array().unwrap_or_else(|| item["gates"].as_array().unwrap());
    gates.iter().find(|gate| gate["gate"] == name).unwrap_or_else(|| panic!("no gate {name}: {item}"))
}

fn entries(dir: &Path) -> usize {
    std::fs::read_dir(dir).unwrap().count()
}

on_both_databases! {
    async fn a_dry_run_writes_nothing_and_its_plan_is_done_exactly(database: &TestDatabase) {
        let site = Site::new(database, 1).await;
        let version = site.server.catalog.version().await.unwrap();
        let shown = site.asked(200, &site.body(json!({"dry_run": true, "files": true}))).await;
        let plan = &shown["items"][0]["plan"];
        assert_eq!((&shown["possible"], &shown["exact"], &plan["files"], &plan["bytes"]), (&json!(1), &json!(true), &json!(25), &json!(25000)), "{shown}");
        assert_eq!((site.jobs().await, entries(&site.tape())), (0, 0), "a dry run wrote something");
        assert_eq!(site.server.catalog.version().await.unwrap(), version, "a dry run wrote something");
        let agreed = json!([{"report": site.reports[0], "category": "sigproc", "digest": plan["digest"]}]);
        let answer = site.post(Role::Operator, &site.body(json!({"plan": agreed, "comment": "to make room"}))).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let job = answer.json()["items"][0]["job"].as_i64().unwrap();
        let listed = site.server.get(answer.header("location").unwrap()).await;
        assert_eq!((&listed["items"][0]["id"], &listed["items"][0]["comment"]), (&json!(job), &json!("to make room")));
        site.work().await;
        let done = site.server.get(&format!("/api/v1/jobs/{job}")).await;
        assert_eq!((&done["status"], &done["result"]["removed"]), (&json!("done"), &json!(25)), "{done}");
        assert!(site.tape().join("run0/acq_0024.dat").exists() && !site.dir.path().join("run0/acq_0024.dat").exists());
    }

    async fn what_is_deleted_comes_back_and_both_are_asked_for_like_other_moves(database: &TestDatabase) {
        let site = Site::new(database, 1).await;
        let file = site.dir.path().join("run0/acq_0024.dat");
        let delete = |more: Value| {
            let mut body = site.body(json!({"action": "delete", "destination": null}));
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        let shown = site.post(Role::Admin, &delete(json!({"dry_run": true, "files": true}))).await.json();
        let plan = &shown["items"][0]["plan"];
        assert_eq!((&shown["possible"], &plan["files"], &shown["destination"]), (&json!(1), &json!(25), &Value::Null), "{shown}");
        assert!(plan["place"].as_str().unwrap().ends_with(".runstow-trash"), "{plan}");
        assert!(file.exists() && site.jobs().await == 0, "a dry run wrote something");
        let agreed = json!([{"report": site.reports[0], "category": "sigproc", "digest": plan["digest"]}]);
        let asked = site.post(Role::Admin, &delete(json!({"plan": agreed}))).await;
        assert_eq!(asked.status, 201, "{}", asked.body);
        site.work().await;
        let done = site.server.get(&format!("/api/v1/jobs/{}", asked.json()["items"][0]["job"])).await;
        assert_eq!((&done["status"], &done["result"]["files"]), (&json!("done"), &json!(25)), "{done}");
        assert!(!file.exists());
        let back = json!({"action": "restore", "reports": site.reports, "categories": ["sigproc"]});
        let asked = site.asked(201, &back).await;
        let plan = &asked["items"][0]["plan"];
        assert_eq!((&plan["files"], &plan["exact"], &plan["digest"]), (&json!(25), &json!(true), &Value::Null), "{plan}");
        site.work().await;
        assert!(file.exists());
        let again = site.asked(200, &back).await;
        assert!(gate(&again["items"][0], "state")["reason"].as_str().unwrap().contains("nothing is to be restored"), "{again}");
    }

    async fn what_is_deleted_for_good_warns_and_leaves_no_trash(database: &TestDatabase) {
        let site = Site::new(database, 1).await;
        let body = site.body(json!({"action": "delete", "destination": null, "trash": false}));
        assert_eq!(site.post(Role::Admin, &body).await.status, 201);
        site.work().await;
        site.work().await;
        assert_eq!(entries(&site.dir.path().join("run0")), 0);
        let back = json!({"action": "restore", "reports": site.reports, "categories": ["sigproc"]});
        let gone = site.asked(200, &back).await;
        assert!(gate(&gone["items"][0], "state")["reason"].as_str().unwrap().contains("trash does not hold it"), "{gone}");
    }

    async fn what_is_archived_is_exported_only_as_its_list_was_agreed_to(database: &TestDatabase) {
        let site = Site::new(database, 1).await;
        site.asked(201, &site.body(json!({}))).await;
        site.work().await;
        let export = |more: Value| {
            let mut body = site.body(json!({"action": "export"}));
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        let shown = site.asked(200, &export(json!({"dry_run": true}))).await;
        let digest = &shown["items"][0]["plan"]["digest"];
        let agreed = |digest: &Value| json!([{"report": site.reports[0], "category": "sigproc", "digest": digest}]);
        let other = site.asked(200, &export(json!({"plan": agreed(&json!("0".repeat(64)))}))).await;
        assert_eq!(gate(&other["items"][0], "files")["verdict"], "failed", "{other}");
        let asked = site.asked(201, &export(json!({"plan": agreed(digest)}))).await;
        site.work().await;
        let job = site.server.get(&format!("/api/v1/jobs/{}", asked["items"][0]["job"])).await;
        assert_eq!((&job["status"], &job["result"]["files"]), (&json!("done"), &json!(25)), "{job}");
        // The archive took the run's name already.
        assert!(site.tape().join("run0.2/acq_0024.dat").exists());
    }

    async fn a_file_that_came_after_the_dry_run_refuses_the_job(database: &TestDatabase) {
        let site = Site::new(database, 1).await;
        let shown = site.asked(200, &site.body(json!({"dry_run": true, "files": true}))).await;
        std::fs::write(site.dir.path().join("run0/acq_0025.dat"), b"late").unwrap();
        let agreed = json!([{"report": site.reports[0], "category": "sigproc", "digest": shown["items"][0]["plan"]["digest"]}]);
        // It is seen before anything is queued.
        let looked = site.asked(200, &site.body(json!({"plan": agreed}))).await;
        assert_eq!(gate(&looked["items"][0], "files")["verdict"], "failed", "{looked}");
        assert_eq!(site.jobs().await, 0);
        // And once more when the job begins.
        let asked = site.asked(201, &site.body(json!({"files": true}))).await;
        std::fs::write(site.dir.path().join("run0/acq_0026.dat"), b"later").unwrap();
        site.work().await;
        let job = site.server.get(&format!("/api/v1/jobs/{}", asked["items"][0]["job"])).await;
        assert_eq!((&job["status"], &job["reason"]["kind"]), (&json!("failed"), &json!("plan-changed")), "{job}");
        assert!(site.dir.path().join("run0/acq_0000.dat").exists());
    }

    async fn what_is_not_possible_is_left_out_with_its_reason(database: &TestDatabase) {
        let site = Site::new(database, 5).await;
        let [kept, agreed, used, other, twice] = site.reports[..] else { panic!("five reports") };
        keep(&site.server.catalog, kept).await;
        let hold = NewHold { on: HoldOn::Report(used), who: "pipeline".into(), reason: "reads".into(), expires_us: None };
        site.server.catalog.add_hold(hold, "eve").await.unwrap();
        let shown = site.asked(200, &site.body(json!({"reports": [kept, agreed, used], "files": true, "dry_run": true}))).await;
        let plan: Vec<Value> = shown["items"].as_array().unwrap().iter()
            .map(|item| json!({"report": item["plan"]["report"], "category": "sigproc", "digest": item["plan"]["digest"]})).collect();
        let dry = site.asked(200, &site.body(json!({"plan": plan, "reports": [kept, agreed, used, other, 987654321], "dry_run": true}))).await;
        assert_eq!((&dry["possible"], &dry["left_out"], &dry["missing"]), (&json!(2), &json!(2), &json!([987_654_321])), "{dry}");
        let items = &dry["items"];
        let keep = gate(&items[0], "keep");
        assert_eq!((&keep["verdict"], &keep["confirm"], &keep["changes"]), (&json!("confirm"), &json!("kept"), &json!("2096-10-02T07:06:40Z")));
        assert_eq!(gate(&items[2], "holds")["verdict"], "waits");
        assert!(gate(&items[3], "files")["reason"].as_str().unwrap().contains("not in the plan"), "{items}");
        let asked = site.asked(201, &site.body(json!({"reports": [kept, twice, twice], "confirm": ["kept"]}))).await;
        assert_eq!((&asked["possible"], &asked["items"].as_array().unwrap().len(), &gate(&asked["items"][0], "keep")["verdict"]),
            (&json!(2), &2, &json!("confirmed")), "{asked}");
        let again = site.asked(200, &site.body(json!({"reports": [kept, twice]}))).await;
        assert!(again["batch"].is_null() && gate(&again["items"][1], "job")["reason"].as_str().unwrap().contains("already"), "{again}");
        assert_eq!(site.jobs().await, 2);
    }

    async fn reports_of_one_run_share_their_signal_files_and_ask_once(database: &TestDatabase) {
        let site = Site::new(database, 1).await;
        let (run, second) = (site.dir.path().join("run0"), site.dir.path().join("second"));
        std::fs::create_dir(&second).unwrap();
        let made = site.server.catalog.apply(&[Change::Report(report_facts(&second, &run))]).await.unwrap();
        let asked = site.asked(201, &site.body(json!({"reports": [site.reports[0], made[0].id]}))).await;
        assert_eq!((&asked["possible"], &asked["left_out"]), (&json!(1), &json!(1)), "{asked}");
        let reason = gate(&asked["items"][1], "job")["reason"].as_str().unwrap();
        assert!(reason.contains(&format!("report {} of this request", site.reports[0])), "{reason}");
    }

    async fn a_filter_finds_what_the_list_shows(database: &TestDatabase) {
        let site = Site::new(database, 3).await;
        let wanted = json!({"filter": {"q": "REPORT1", "sigproc": ["L"]}, "reports": null, "dry_run": true});
        let found = site.asked(200, &site.body(wanted)).await;
        assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
        assert_eq!(found["items"][0]["plan"]["report"], site.reports[1]);
        let every = site.post(Role::Operator, &site.body(json!({"filter": {"q": ""}}))).await.is_problem(409, "action-refused");
        assert_eq!(every["errors"][0]["field"], "filter");
        let wrong = site.post(Role::Operator, &site.body(json!({"filter": {"run": 0}}))).await.is_problem(400, "bad-request");
        assert_eq!(wrong["errors"][0]["field"], "filter.run");
        site.post(Role::Operator, &site.body(json!({"filter": {"colour": "red"}}))).await.is_problem(400, "bad-request");
    }

    async fn who_may_ask_for_what_and_where_to(database: &TestDatabase) {
        let site = Site::new(database, 1).await;
        site.post(Role::Viewer, &site.body(json!({}))).await.is_problem(403, "not-allowed");
        site.post(Role::Operator, &site.body(json!({"action": "delete"}))).await.is_problem(403, "not-allowed");
        for (wrong, field) in [
            (json!({"action": "delete"}), "destination"),
            (json!({"action": "restore"}), "destination"),
            (json!({"trash": false}), "trash"),
            (json!({"action": "restore", "destination": null, "plan": [{"report": 1, "category": "misc", "digest": "0".repeat(64)}]}), "plan"),
        ] {
            let refused = site.post(Role::Admin, &site.body(wrong)).await.is_problem(409, "action-refused");
            assert_eq!(refused["errors"][0]["field"], field, "{refused}");
        }
        let other = site.post(Role::Admin, &site.body(json!({"action": "purge"}))).await.is_problem(409, "action-refused");
        let detail = other["detail"].as_str().unwrap();
        assert!(detail.contains("only archive, export, delete, restore; use the command `runstow trash empty`"), "{detail}");
        let elsewhere = site.dir.path().join("elsewhere");
        std::fs::create_dir(&elsewhere).unwrap();
        let path = site.body(json!({"destination": elsewhere, "dry_run": true}));
        site.post(Role::Operator, &path).await.is_problem(403, "not-allowed");
        let unmounted = site.post(Role::Admin, &path).await;
        let verdict = gate(&unmounted.json()["items"][0], "destination").clone();
        assert_eq!((&verdict["verdict"], &verdict["confirm"]), (&json!("confirm"), &json!("not_mounted")), "{verdict}");
        let mut confirmed = path.clone();
        confirmed["confirm"] = json!(["not_mounted"]);
        assert_eq!(site.post(Role::Admin, &confirmed).await.json()["possible"], 1);
        // What is no longer the archive that was there is an admin's to judge.
        let new = site.body(json!({"confirm": ["new_archive"], "dry_run": true}));
        let refused = site.post(Role::Operator, &new).await.is_problem(403, "not-allowed");
        assert_eq!(refused["errors"][0]["field"], "confirm", "{refused}");
        assert_eq!(site.post(Role::Admin, &new).await.json()["possible"], 1);
        for nowhere in ["disk", "/no/such/place"] {
            site.post(Role::Admin, &site.body(json!({"destination": nowhere}))).await.is_problem(409, "action-refused");
        }
        site.post(Role::Admin, &site.body(json!({"destination": null}))).await.is_problem(409, "action-refused");
        let digest = json!([{"report": 1, "category": "misc", "digest": "short"}]);
        for wrong in [json!({"reports": null}), json!({"reports": []}), json!({"reports": [1.5]}), json!({"categories": []}),
            json!({"plan": digest}), json!({"comment": " "}), json!({"action": "erase"}), json!({"colour": "red"})] {
            site.post(Role::Admin, &site.body(wrong)).await.is_problem(400, "bad-request");
        }
        assert_eq!((site.jobs().await, entries(&elsewhere), entries(&site.tape())), (0, 0, 0));
    }

    async fn a_request_that_is_sent_again_asks_once(database: &TestDatabase) {
        let site = Site::new(database, 2).await;
        let body = site.body(json!({})).to_string();
        let key = [("Idempotency-Key", "a-key-of-this-test")];
        let first = site.server.send(Role::Operator, "POST", "/api/v1/jobs", &key, &body).await;
        let again = site.server.send(Role::Operator, "POST", "/api/v1/jobs", &key, &body).await;
        assert_eq!((first.status, again.status, &first.body), (201, 201, &again.body));
        assert_eq!(site.jobs().await, 2);
    }

    async fn five_hundred_reports_are_one_request(database: &TestDatabase) {
        let site = Site::new(database, 500).await;
        let shown = site.asked(200, &site.body(json!({"categories": null, "dry_run": true}))).await;
        assert_eq!(shown["items"].as_array().unwrap().len(), 2000);
        assert_eq!((&shown["possible"], &shown["exact"]), (&json!(2000), &json!(false)));
        let asked = site.asked(201, &site.body(json!({}))).await;
        assert_eq!(asked["possible"], 500);
        assert_eq!(site.server.catalog.job_counts(i64::MAX).await.unwrap().of(JobStatus::Queued), 500);
    }

    async fn every_gate_is_explained_to_a_viewer(database: &TestDatabase) {
        let site = Site::new(database, 1).await;
        keep(&site.server.catalog, site.reports[0]).await;
        let path = format!("/api/v1/reports/{}/categories/sigproc/explain", site.reports[0]);
        let plain = site.server.get(&path).await;
        let names: Vec<&str> = plain["gates"].as_array().unwrap().iter().map(|gate| gate["gate"].as_str().unwrap()).collect();
        assert_eq!(names, ["state", "job", "holds", "finished", "keep", "linked", "source", "vanished", "files", "destination", "room"]);
        assert_eq!((&gate(&plain, "keep")["verdict"], &gate(&plain, "destination")["verdict"]), (&json!("confirm"), &json!("open")));
        assert_eq!((&plain["exact"], &plain["possible"]), (&json!(false), &json!(false)));
        let whole = site.server.get(&format!("{path}?action=export&destination=tape&files=true")).await;
        assert_eq!((&whole["possible"], &whole["files"], &gate(&whole, "keep")["verdict"]), (&json!(true), &json!(25), &json!("passed")), "{whole}");
        let elsewhere = format!("{path}?destination={}", site.dir.path().display());
        site.server.send(Role::Viewer, "GET", &elsewhere, &[], "").await.is_problem(403, "not-allowed");
        site.server.send(Role::Viewer, "GET", &format!("{path}?action=erase"), &[], "").await.is_problem(400, "bad-request");
        site.server.send(Role::Viewer, "GET", &format!("{path}?action=purge"), &[], "").await.is_problem(409, "action-refused");
        let nowhere = "/api/v1/reports/987654321/categories/misc/explain";
        site.server.send(Role::Viewer, "GET", nowhere, &[], "").await.is_problem(404, "not-found");
    }

    async fn a_request_that_would_remove_more_than_it_may_is_refused_as_a_whole(database: &TestDatabase) {
        let site = Site::limited(database, 2, Limits { files: Some(30), bytes: None }).await;
        let refused = site.post(Role::Operator, &site.body(json!({}))).await.is_problem(409, "action-refused");
        let told = refused["detail"].as_str().unwrap();
        assert!(told.contains("remove 50 files") && told.contains("at most 30"), "{told}");
        let dry = site.asked(200, &site.body(json!({"dry_run": true}))).await;
        assert!(dry["too_much"].as_str().is_some_and(|why| why.contains("50 files")), "{dry}");
        assert_eq!((&dry["exact"], site.jobs().await), (&json!(true), 0));
        site.post(Role::Operator, &site.body(json!({"max_delete": 50}))).await.is_problem(403, "not-allowed");
        site.post(Role::Operator, &site.body(json!({"max_delete": -1}))).await.is_problem(400, "bad-request");
        let small = site.body(json!({"max_delete_size_mb": 0}));
        let told = site.post(Role::Operator, &small).await.is_problem(409, "action-refused");
        assert!(told["detail"].as_str().unwrap().contains("50 files"), "the site's own limit still holds: {told}");
        let small = site.body(json!({"max_delete_size_mb": 0, "reports": [site.reports[0]]}));
        let told = site.post(Role::Operator, &small).await.is_problem(409, "action-refused");
        assert!(told["detail"].as_str().unwrap().contains("25000 bytes"), "{told}");
        assert_eq!(told["errors"][0]["field"], "max_delete_size_mb", "{told}");
        assert_eq!(site.asked(201, &site.body(json!({"action": "export", "reports": [site.reports[0]]}))).await["possible"], 1);
        assert_eq!(site.post(Role::Admin, &site.body(json!({"max_delete": 50}))).await.status, 201);
    }

    async fn nothing_is_removed_where_much_vanished_until_an_admin_has_looked(database: &TestDatabase) {
        let site = Site::new(database, 5).await;
        let volume = VolumeFacts::new("rawdata", VolumeKind::Runs, site.dir.path().to_string_lossy());
        let volume = site.server.catalog.upsert_volume(volume).await.unwrap();
        let first = site.asked(201, &site.body(json!({"reports": [site.reports[0]]}))).await["items"][0]["job"].as_i64().unwrap();
        let lost = |count: usize| site.reports[5 - count..].to_vec();
        site.server.catalog.note_absent(&[], &lost(1), now_us()).await.unwrap();
        assert_eq!(site.asked(200, &site.body(json!({"reports": [site.reports[1]], "dry_run": true}))).await["possible"], 1, "one may be missed anywhere");
        site.server.catalog.note_absent(&[], &lost(2), now_us()).await.unwrap();
        let refused = site.asked(200, &site.body(json!({"reports": [site.reports[1]]}))).await;
        let told = gate(&refused["items"][0], "vanished");
        assert_eq!(told["verdict"], "failed", "{refused}");
        assert!(told["reason"].as_str().unwrap().contains("2 of 10"), "{told}");
        assert_eq!(site.asked(200, &site.body(json!({"action": "export", "reports": [site.reports[1]], "dry_run": true}))).await["possible"], 1);
        site.work().await;
        let waits = site.server.get(&format!("/api/v1/jobs/{first}")).await;
        assert_eq!((&waits["status"], &waits["reason"]["kind"]), (&json!("waiting"), &json!("vanished")), "{waits}");
        let path = format!("/api/v1/volumes/{}", volume.id);
        assert!(site.server.get(&path).await["vanished"].is_string());
        let acknowledge = format!("{path}/acknowledge-missing");
        site.server.send(Role::Operator, "POST", &acknowledge, &[], "").await.is_problem(403, "not-allowed");
        let known = site.server.send(Role::Admin, "POST", &acknowledge, &[], "").await;
        assert_eq!((known.status, &known.json()["vanished"]), (200, &Value::Null));
        site.server.send(Role::Admin, "POST", "/api/v1/volumes/987654321/acknowledge-missing", &[], "").await.is_problem(404, "not-found");
        site.server.send(Role::Operator, "POST", &format!("/api/v1/jobs/{first}/retry"), &[], "").await;
        site.work().await;
        assert_eq!(site.server.get(&format!("/api/v1/jobs/{first}")).await["status"], "done");
        // What vanishes after that is not covered.
        site.server.catalog.note_absent(&[], &site.reports[1..3], now_us()).await.unwrap();
        let again = site.server.get(&path).await;
        assert!(again["vanished"].as_str().is_some_and(|why| why.contains("2 of 9")), "{again}");
    }

    async fn maintenance_is_switched_by_admins_and_seen_by_all(database: &TestDatabase) {
        let site = Site::new(database, 1).await;
        assert_eq!(site.server.get("/api/v1/maintenance").await, json!({"on": false, "by": null, "reason": null, "since": null}));
        let on = json!({"on": true, "reason": "new disks"}).to_string();
        site.server.send(Role::Operator, "PUT", "/api/v1/maintenance", &[], &on).await.is_problem(403, "not-allowed");
        assert_eq!(site.server.send(Role::Admin, "PUT", "/api/v1/maintenance", &[], &on).await.status, 200);
        let seen = site.server.get("/api/v1/maintenance").await;
        assert_eq!((&seen["on"], &seen["by"], &seen["reason"]), (&json!(true), &json!("the-admin"), &json!("new disks")));
        let job = site.asked(201, &site.body(json!({}))).await["items"][0]["job"].as_i64().unwrap();
        site.work().await;
        assert_eq!(site.server.get(&format!("/api/v1/jobs/{job}")).await["status"], "queued");
        let off = site.server.send(Role::Admin, "PUT", "/api/v1/maintenance", &[], "{\"on\": false}").await;
        assert_eq!(off.json()["on"], false);
        site.work().await;
        assert_eq!(site.server.get(&format!("/api/v1/jobs/{job}")).await["status"], "done");
    }
}

//! `Idempotency-Key`: a retry does nothing twice.

use runstow_lifecycle::Role;
use runstow_testkit::on_both_databases;

use crate::support::Server;

const KEY: (&str, &str) = ("Idempotency-Key", "4f9c1f8a-6f0e-4b8c-9d7e-1a2b3c4d5e6f");
const HOLD: &str = r#"{"run": 1, "reason": "variant calling"}"#;

on_both_databases! {
    async fn a_retry_gets_the_first_answer_and_does_nothing(database: &TestDatabase) {
        let server = Server::start(database).await;
        let first = server.send(Role::Operator, "POST", "/api/v1/holds", &[KEY], HOLD).await;
        let again = server.send(Role::Operator, "POST", "/api/v1/holds", &[KEY], HOLD).await;
        assert_eq!((first.status, again.status), (201, 201));
        assert_eq!((&first.body, first.header("location")), (&again.body, again.header("location")));
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!(server.get("/api/v1/holds").await["items"].as_array().unwrap().len(), 1);

        let other = HOLD.replace("variant", "base");
        let answer = server.send(Role::Operator, "POST", "/api/v1/holds", &[KEY], &other).await;
        answer.is_problem(409, "idempotency-key-reused");
        let elsewhere = server.send(Role::Operator, "POST", "/api/v1/me/api-keys", &[KEY], r#"{"name": "x"}"#).await;
        elsewhere.is_problem(409, "idempotency-key-reused");
        let admin = server.send(Role::Admin, "POST", "/api/v1/holds", &[KEY], HOLD).await;
        assert_eq!((admin.status, admin.header("idempotency-replayed")), (201, None), "keys are each user's own");
        for bad in ["short", "x y"] {
            let answer = server.send(Role::Operator, "POST", "/api/v1/holds", &[("Idempotency-Key", bad)], HOLD).await;
            answer.is_problem(400, "bad-request");
        }
    }

    async fn many_at_once_make_one(database: &TestDatabase) {
        let server = Server::start(database).await;
        let tries = (0..8).map(|_| server.send(Role::Operator, "POST", "/api/v1/holds", &[KEY], HOLD));
        for answer in futures_util::future::join_all(tries).await {
            assert!([201, 409].contains(&answer.status), "{answer:?}");
        }
        assert_eq!(server.get("/api/v1/holds").await["items"].as_array().unwrap().len(), 1);
    }

    async fn a_key_that_was_lost_on_the_way_is_shown_again_and_stored_nowhere(database: &TestDatabase) {
        let server = Server::start(database).await;
        let first = server.send(Role::Viewer, "POST", "/api/v1/me/api-keys", &[KEY], r#"{"name": "n"}"#).await;
        let again = server.send(Role::Viewer, "POST", "/api/v1/me/api-keys", &[KEY], r#"{"name": "n"}"#).await;
        assert_eq!(first.body, again.body);
        let key = first.json()["key"].as_str().unwrap().to_owned();
        let dump = if database.is_postgres() { "encode(answer, 'hex')" } else { "hex(answer)" };
        let kept = database.sql(&format!("SELECT key_hash, {dump} FROM remembered_answers")).to_lowercase();
        let hex: String = key.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(!kept.contains(&hex) && !kept.contains(KEY.1), "{kept}");
    }
    async fn a_key_with_a_blank_or_tab_inside_is_refused_as_the_document_says(database: &TestDatabase) {
        let server = Server::start(database).await;
        for bad in ["4f9c1f8a 6f0e4b8c9d7e", "4f9c1f8a\t6f0e4b8c9d7e"] {
            let answer = server.send(Role::Operator, "POST", "/api/v1/holds", &[("Idempotency-Key", bad)], HOLD).await;
            let problem = answer.is_problem(400, "bad-request");
            assert!(problem["errors"].to_string().contains("without blanks"), "{problem}");
        }
        assert_eq!(server.get("/api/v1/holds").await["items"], serde_json::json!([]));
    }
}

//! Values that the recorded cases do not show, and what went wrong with them.

use serde_json::{Value, json};

const MESSAGE: &str = "/rundb/api/v1/message/2/";

written! {
    a_deleted_list_in_another_form_than_a_list_was_a_400_or_deleted_nothing(client) {
        for (deleted, status, left) in [
            (json!("text"), 404, 7),
            (json!(MESSAGE), 404, 7),
            (json!({"no address": 1}), 404, 7),
            (json!({}), 202, 7),
            (json!(""), 202, 7),
            (json!(0), 202, 7),
            (json!(5), 400, 7),
            (json!({MESSAGE: 1}), 202, 6),
        ] {
            let body = json!({"objects": [], "deleted_objects": deleted});
            assert_eq!(client.status("PATCH", "message/", &body), status, "{body}");
            assert_eq!(client.total("message"), left, "{body}");
        }
        for (method, path) in [("PATCH", "message/"), ("PUT", "message/?id=1")] {
            let (status, said) = client.refused(method, path, &json!("text"));
            assert!(status == 400 && said.starts_with("Invalid data sent"), "{method}: {status} {said}");
        }
    }

    a_new_message_was_refused_for_a_time_that_does_not_count(client) {
        for time in [json!(""), json!(0), json!(false), json!([]), json!(null), json!("2001-02-03")] {
            let answer = client.send("POST", "message/", Some(&json!({"body": "new", "time": time})));
            assert_eq!(answer.status, 201, "{time}: {}", answer.text());
        }
        assert_eq!(client.status("PUT", "message/500/", &json!({"time": ""})), 201);
        assert_eq!(client.get("message/?time__lt=2018-01-01")["meta"]["total_count"], 0);
        assert_eq!(client.status("POST", "message/", &json!({"time": "whenever"})), 400);
        assert_eq!(client.status("PUT", "message/3/", &json!({"time": ""})), 400);
    }

    an_unknown_fill_was_found_as_the_text_0_on_sqlite(client) {
        for (lookup, found) in [
            ("contains=0", json!([2, 1])),
            ("contains=", json!([2, 1])),
            ("icontains=0", json!([2, 1])),
            ("iexact=0", json!([2])),
            ("startswith=0", json!([2])),
            ("endswith=0", json!([2])),
            ("regex=.", json!([2, 1])),
            ("regex=", json!([2, 1])),
        ] {
            let list = client.get(&format!("fileserver/?percentfull__{lookup}"));
            assert_eq!(ids(&list), found, "{lookup}");
        }
    }

    small_and_large_numbers_had_another_text_on_postgresql(client) {
        for (number, text) in [
            (json!(0.000_012_34), "1.234e-05"),
            (json!(-1.5e-7), "-1.5e-07"),
            (json!(0.0001), "0.0001"),
            (json!(0.000_099_999_999_999_999_95), "0.0001"),
            (json!(5e-324), "4.94065645841247e-324"),
            (json!(123_456_789_012_345.6), "123456789012346"),
            (json!(999_999_999_999_999.9), "1e%2B15"),
            (json!(1e20), "1e%2B20"),
            (json!(1.0 / 3.0), "0.333333333333333"),
            (json!(100), "100"),
            (json!(0), "0"),
        ] {
            assert_eq!(client.status("PUT", "fileserver/1/", &json!({"percentfull": number})), 204);
            let list = client.get(&format!("fileserver/?id=1&percentfull__iexact={text}"));
            assert_eq!(ids(&list), json!([1]), "{number}");
        }
    }

    a_number_that_fifteen_digits_can_not_hold_broke_the_whole_list(client) {
        for number in [json!(f64::MAX), json!(f64::MIN), json!("1.7976931348623157e308")] {
            let (status, said) = client.refused("PUT", "fileserver/1/", &json!({"percentfull": number}));
            assert!(status == 400 && said.contains("'percentfull'"), "{number}: {status} {said}");
        }
        let largest = json!({"percentfull": 1.797_693_134_862_31e308});
        assert_eq!(client.status("PUT", "fileserver/1/", &largest), 204);
        assert_eq!(client.total("fileserver"), 3);
    }

    the_last_day_of_9999_was_no_time(client) {
        for (query, total) in [
            ("compositedatamanagement/?timeStamp__lt=9999-12-31", 98),
            ("compositedatamanagement/?timeStamp__lte=9999-12-31T23:59:59.999999Z", 98),
            ("compositedatamanagement/?timeStamp__range=0001-01-01,9999-12-31", 98),
            ("compositedatamanagement/?timeStamp__gt=9999-12-31T23:59:59-12:00", 0),
            ("datamanagementhistory/?created__gte=0001-01-01T00:00:00%2B14:00", 34),
            ("message/?time__in=9999-12-31,2018-01-10T09:08:07.001001Z", 1),
        ] {
            assert_eq!(client.get(query)["meta"]["total_count"], total, "{query}");
        }
    }

    what_the_schemas_of_file_servers_and_messages_say(client) {
        for (resource, fields) in [
            ("fileserver", json!({
                "comments": ["string", true, "", false],
                "filesPrefix": ["string", false, "No default provided.", false],
                "name": ["string", false, "No default provided.", false],
                "percentfull": ["float", false, 0, true],
            })),
            ("message", json!({
                "body": ["string", true, "", false],
                "expires": ["string", true, "read", false],
                "level": ["integer", false, 20, false],
                "route": ["string", true, "", false],
                "status": ["string", true, "unread", false],
                "tags": ["string", true, "", false],
                "time": ["datetime", true, true, false],
            })),
        ] {
            let schema = client.get(&format!("{resource}/schema/"));
            let all = schema["fields"].as_object().unwrap();
            assert_eq!(all.len(), fields.as_object().unwrap().len() + 2, "{resource}: with id and resource_uri");
            for (name, wanted) in fields.as_object().unwrap() {
                let field = &all[name];
                let shown = json!([field["type"], field["blank"], field["default"], field["nullable"]]);
                assert_eq!(&shown, wanted, "{resource}.{name}");
                assert_eq!((&field["readonly"], &field["unique"]), (&json!(false), &json!(false)), "{name}");
            }
            let mut listed: Vec<&str> = fields.as_object().unwrap().keys().map(String::as_str).collect();
            listed.extend(if resource == "fileserver" { &["id", "location"][..] } else { &["id"] });
            listed.sort_unstable();
            assert_eq!(schema["ordering"], json!(listed), "{resource}");
            let filtering = schema["filtering"].as_object().unwrap();
            assert!(filtering.keys().eq(listed.iter()) && filtering.values().all(|two| *two == 2), "{resource}");
        }
    }
}

fn ids(list: &Value) -> Value {
    list["objects"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect()
}

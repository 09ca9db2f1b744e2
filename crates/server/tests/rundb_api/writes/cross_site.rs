//! Pages of other sites: browsers send cookies and remembered credentials along with what such a page sends.

use base64::Engine as _;

use super::client::Client;

written! {
    a_page_of_another_site_could_write_with_the_browsers_credentials(client) {
        let basic = base64::engine::general_purpose::STANDARD.encode("ionadmin:ionadmin-pass");
        let basic = ("Authorization", format!("Basic {basic}"));
        let opened = send(&client, "GET", "message/?limit=1", std::slice::from_ref(&basic), "");
        let cookie = opened.1.split(';').next().unwrap().to_owned();
        assert!(cookie.starts_with("sessionid="), "{cookie}");
        assert!(opened.1.contains("SameSite=Lax") && opened.1.contains("httponly"), "{}", opened.1);
        let own = format!("http://{}", client.server.address);
        for credentials in [basic, ("Cookie", cookie)] {
            // A page needs nobody's leave for this: no type counts as JSON, and any text can be sent without one.
            let from = |site: &[(&'static str, &str)]| -> u16 {
                let mut headers = vec![credentials.clone()];
                headers.extend(site.iter().map(|(name, value)| (*name, (*value).to_owned())));
                send(&client, "POST", "message/", &headers, r#"{"body": "forged"}"#).0
            };
            let before = client.total("message");
            for site in [
                &[("Origin", "http://evil.example")][..],
                &[("Origin", "null")],
                &[("Origin", "http://127.0.0.1:1")],
                &[("Sec-Fetch-Site", "cross-site")],
                &[("Sec-Fetch-Site", "same-site")],
                &[("Sec-Fetch-Site", "cross-site"), ("Origin", own.as_str())],
            ] {
                assert_eq!(from(site), 403, "{site:?}");
            }
            for kind in ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"] {
                assert_eq!(from(&[("Content-Type", kind)]), 415, "{kind}");
            }
            assert_eq!(client.total("message"), before);
            // Programs say nothing of this, and our own pages say so.
            for site in [&[][..], &[("Origin", own.as_str())], &[("Sec-Fetch-Site", "same-origin")]] {
                assert_eq!(from(site), 201, "{site:?}");
            }
            // Reading is not writing.
            let foreign = [credentials.clone(), ("Sec-Fetch-Site", "cross-site".to_owned())];
            assert_eq!(send(&client, "GET", "message/", &foreign, "").0, 200);
            for (method, path) in [("DELETE", "message/1/"), ("PUT", "message/1/"), ("PATCH", "message/")] {
                assert_eq!(send(&client, method, path, &foreign, "{}").0, 403, "{method}");
            }
        }
        let nobody = [("Sec-Fetch-Site", "cross-site".to_owned())];
        assert_eq!(send(&client, "POST", "message/", &nobody, "{}").0, 401, "who is nobody learns nothing more");
    }
}

/// The status, and the cookie that is set.
fn send(
    client: &Client<'_>,
    method: &str,
    path: &str,
    headers: &[(&'static str, String)],
    body: &str,
) -> (u16, String) {
    let headers: Vec<(String, String)> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let body = (!body.is_empty()).then_some(body.as_bytes());
    let answer = client.server.send(method, &format!("/rundb/api/v1/{path}"), &headers, body);
    (answer.status, answer.header("set-cookie").unwrap_or_default().to_owned())
}

//! Whatever a query says: an answer, and never a failure.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use runstow_server::ServerConfig;
use runstow_testkit::on_both_databases;

use super::server::{Connection, Server};

/// Requests per database.
const REQUESTS: usize = 20_000;

/// Every resource of the API.
pub(super) const RESOURCES: &[&str] =
    &["compositedatamanagement", "datamanagementhistory", "fileserver", "globalconfig", "message"];
const FIELDS: &[&str] = &[
    "id",
    "resultsName",
    "timeStamp",
    "diskusage",
    "expDir",
    "expName",
    "sigproc_state",
    "created",
    "text",
    "username",
    "percentfull",
    "name",
    "level",
    "time",
    "realign",
    "records_to_display",
    "nosuch",
    "resource_uri",
    "body",
    "in_process",
];
const LOOKUPS: &[&str] = &[
    "",
    "__exact",
    "__iexact",
    "__contains",
    "__icontains",
    "__gt",
    "__gte",
    "__lt",
    "__lte",
    "__in",
    "__range",
    "__isnull",
    "__startswith",
    "__istartswith",
    "__endswith",
    "__iendswith",
    "__regex",
    "__iregex",
    "__search",
    "__year",
    "__month",
    "__day",
    "__week_day",
    "__hour",
    "__minute",
    "__second",
    "__exact__gt",
    "__nosuch",
];
const OTHERS: &[&str] = &[
    "limit",
    "offset",
    "order_by",
    "sort_by",
    "search_name",
    "sigproc_filter",
    "basecall_filter",
    "output_filter",
    "misc_filter",
    "format",
    "callback",
    "page",
    "api_key",
    "username",
];
const VALUES: &[&str] = &[
    "",
    "5",
    "-1",
    "+7",
    "%205",
    "1.5",
    "1e400",
    "nan",
    "-inf",
    "99999999999999999999",
    "-99999999999999999999",
    "true",
    "False",
    "None",
    "nil",
    "null",
    "abc",
    "a,b",
    "1,2,3",
    "5,",
    ",",
    "2017-03-18",
    "2017-03-18T06:39:37.203",
    "2017-02-30",
    "9999-12-31T23:59:59.999999-23:59",
    "0001-01-01T00:00:00%2B23:59",
    "L",
    "L,E,K",
    "P,K",
    "id",
    "-id",
    "-expName",
    "--id",
    "id__x",
    "json",
    "jsonp",
    "cb",
    "a-b",
    "%00",
    "%FF%FE",
    "%C3%9C",
    "%F0%9F%A7%AC",
    "(",
    "[a",
    "*",
    "a%7B2,1%7D",
    "(a)%5C1",
    "%5Cw%2B%24",
    "%5Cb",
    "(?!x)",
    "[[:alpha:]]%2B",
    "^%5Cd%7B3%7D",
    "(%5Cw%7B200%7D)%7B200%7D",
    "((((((((((a)))))))))))",
    "a|",
    "(?i)%C3%BC",
    "[^%5CW]",
    "%5Cm.%5CM",
    "%5CA%5CZ",
    "()*",
    "(a*)*",
    "(|a)%2B",
    "[%C3%A4-%C3%BC]",
    "%5CB",
    "(?n)^.%24",
    "***=x",
    "%3Cb%3E",
    "'",
    "%22",
    "%5C",
    "%25",
    "_",
    "%0A",
    "%E2%80%A8",
    "x%20OR%201=1",
    ";",
    "&",
    "=",
];

on_both_databases! {
    async fn no_query_makes_the_server_fail(database: &TestDatabase) {
        let server = Server::with_dataset(database, ServerConfig { anonymous_read: true, ..Default::default() }).await;
        let threads: Vec<_> = (seed()..seed() + 2).map(|seed| {
            let address = server.address;
            tokio::task::spawn_blocking(move || {
                let mut random = StdRng::seed_from_u64(seed);
                let mut connection = Connection::open(address);
                for _ in 0..REQUESTS / 2 {
                    let path = path(&mut random);
                    let answer = connection.send("GET", &path, &[], None);
                    assert!(answer.status < 500, "seed {seed}: {path}: {} {}", answer.status, answer.text());
                    if answer.status == 400 {
                        assert!(answer.text().contains("{\"error\": \""), "{path}: {}", answer.text());
                    }
                }
            })
        }).collect();
        for thread in threads {
            thread.await.unwrap();
        }
    }
}

/// Where randomness begins: `RUNSTOW_TEST_SEED`, or always the same.
pub(super) fn seed() -> u64 {
    std::env::var("RUNSTOW_TEST_SEED").map_or(0, |seed| seed.parse().expect("RUNSTOW_TEST_SEED is a number"))
}

/// An address with a query, of anything that can be read.
pub(super) fn path(random: &mut StdRng) -> String {
    let resource = pick(random, RESOURCES);
    let tail = match random.random_range(0..20) {
        0 => format!("{}/", pick(random, VALUES)),
        1 => format!("set/{};{}/", pick(random, VALUES), pick(random, VALUES)),
        2 => "schema/".to_owned(),
        _ => String::new(),
    };
    let mut path = format!("/rundb/api/v1/{resource}/{tail}?").replace("/[", "/").replace("&", "");
    for _ in 0..random.random_range(0..6) {
        let name = if random.random_bool(0.7) {
            format!("{}{}", pick(random, FIELDS), pick(random, LOOKUPS))
        } else {
            pick(random, OTHERS).to_owned()
        };
        let separator = if random.random_bool(0.1) { ';' } else { '&' };
        path += &format!("{name}={}{separator}", pick(random, VALUES));
    }
    path
}

/// One of these.
pub(super) fn pick<'a>(random: &mut StdRng, from: &[&'a str]) -> &'a str {
    from[random.random_range(0..from.len())]
}

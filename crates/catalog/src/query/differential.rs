//! Patterns mean the same everywhere: random ones are run by SQLite, by PostgreSQL and by the regex crate.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use runstow_testkit::TestDatabase;
use sea_query::{Alias, Expr};

use super::predicate::{list_alias, list_of, matches};
use crate::db::Db;
use crate::pattern::{Pattern, Place};

/// Patterns tried on each database.
const PATTERNS: usize = 600;

const LETTERS: &[&str] = &[
    "a", "A", "b", "z", "ß", "ẞ", "ü", "Ü", "П", "п", "_", "-", " ", "1", "9", ".", "\n", "样", "🧬", "ſ",
    "s", "K", "k",
];

#[tokio::test(flavor = "multi_thread")]
async fn random_patterns_match_the_same_on_sqlite() {
    compare(&TestDatabase::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn random_patterns_match_the_same_on_postgres() {
    compare(&TestDatabase::postgres()).await;
}

async fn compare(database: &TestDatabase) {
    let db = Db::open(&database.url().parse().unwrap()).await.unwrap();
    let mut random = StdRng::seed_from_u64(7);
    let mut tried = 0;
    while tried < PATTERNS {
        let (text, ignore_case) = (branches(&mut random, 3), random.random_bool(0.3));
        let pattern = if random.random_bool(0.2) {
            let places = [Place::Whole, Place::Start, Place::End, Place::Anywhere];
            Pattern::text_ignoring_case(&word(&mut random, 4), places[random.random_range(0..4)])
        } else {
            Pattern::new(&text, ignore_case)
        };
        let Ok(pattern) = pattern else { continue };
        tried += 1;
        let words: Vec<String> = (0..40).map(|_| word(&mut random, 8)).collect();
        let regex = regex::Regex::new(pattern.rust()).unwrap();
        let mut expected: Vec<&String> = words.iter().filter(|word| regex.is_match(word)).collect();

        let value = || Expr::col((list_alias(), Alias::new("value")));
        let mut query = list_of(serde_json::to_string(&words).unwrap(), db.dialect());
        query.expr(value()).and_where(matches(value(), &pattern, db.dialect()));
        let rows = db.all(&query).await.unwrap_or_else(|error| panic!("{text:?} {pattern:?}: {error}"));
        let mut found: Vec<String> = rows.iter().map(|row| row.get(0).unwrap()).collect();
        found.sort();
        expected.sort();
        assert!(found.iter().eq(expected.iter().copied()), "{text:?} {pattern:?}: {found:?} {expected:?}");
    }
    db.close().await;
}

fn word(random: &mut StdRng, most: usize) -> String {
    (0..random.random_range(0..=most)).map(|_| pick(random, LETTERS)).collect()
}

fn branches(random: &mut StdRng, depth: u32) -> String {
    let count = if random.random_bool(0.2) { 2 } else { 1 };
    let branches: Vec<String> =
        (0..count).map(|_| (0..random.random_range(0..4)).map(|_| piece(random, depth)).collect()).collect();
    let head = match random.random_range(0..40) {
        0 if depth == 3 => "(?i)",
        1 if depth == 3 => "(?n)",
        2 if depth == 3 => "(?w)",
        _ => "",
    };
    format!("{head}{}", branches.join("|"))
}

fn piece(random: &mut StdRng, depth: u32) -> String {
    if random.random_bool(0.12) {
        return pick(random, &["^", "$", r"\A", r"\Z", r"\y", r"\Y", r"\m", r"\M", r"\b", "[[:<:]]"])
            .to_owned();
    }
    let atom = match random.random_range(0..10) {
        0 if depth > 0 => format!("({})", branches(random, depth - 1)),
        1 if depth > 0 => format!("(?:{})", branches(random, depth - 1)),
        2 => {
            pick(random, &[r"\d", r"\w", r"\s", r"\D", r"\W", r"\S", ".", r"\.", r"\n", r"\u00fc"]).to_owned()
        }
        3 | 4 => bracket(random),
        _ => match pick(random, LETTERS) {
            "." => r"\.".to_owned(),
            letter => letter.to_owned(),
        },
    };
    let quantifier =
        pick(random, &["", "", "", "", "*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "*?", "+?", "{0}"]);
    atom + quantifier
}

fn bracket(random: &mut StdRng) -> String {
    let mut text = String::from(pick(random, &["[", "[^"]));
    for _ in 0..random.random_range(1..4) {
        let member = match random.random_range(0..4) {
            0 => {
                pick(random, &["[:alpha:]", "[:digit:]", "[:upper:]", "[:space:]", "[:punct:]", r"\w", r"\d"])
            }
            1 => pick(random, &["a-z", "А-я", "0-9", "A-Z", "!-/"]),
            _ => match pick(random, LETTERS) {
                "-" => r"\-",
                letter => letter,
            },
        };
        text.push_str(member);
    }
    text + "]"
}

fn pick<'a>(random: &mut StdRng, from: &[&'a str]) -> &'a str {
    from[random.random_range(0..from.len())]
}

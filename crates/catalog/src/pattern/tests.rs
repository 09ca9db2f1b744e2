use super::*;

fn found(pattern: &str, text: &str) -> bool {
    let pattern = Pattern::new(pattern, false).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    regex::Regex::new(pattern.rust()).unwrap().is_match(text)
}

fn refused(pattern: &str) -> String {
    Pattern::new(pattern, false).unwrap_err().to_string()
}

#[test]
fn the_dialect_of_the_original_is_understood() {
    for (pattern, text) in [
        (r"^\d{3}", "100% pure"),
        ("[[:digit:]]+x", "12x"),
        ("(?i)^alpha", "ALPHA_RUN"),
        (r"\yrun", "a run"),
        (r"\mrun\M", "a run b"),
        ("[[:<:]]run[[:>:]]", "run"),
        (r"\Arun\Z", "run"),
        (r"\w+$", "Größe"),
        (r"a\x41\u0041\U00000041\101\e", "aAAAA\u{1b}"),
        ("a{b", "a{b"),
        ("[]a]+[&&][[][a-]", "]&[-"),
        (r"\<script\>", "<script>"),
        ("a.b", "a\nb"),
        ("***=a.b", "xa.b"),
        ("(?x) a  b # c", "ab"),
        ("(?q)a.*", "a.*"),
        ("(?n)^b$", "a\nb\nc"),
        ("a|", ""),
        ("()", ""),
        ("", "anything"),
        (r"[\d_]-[\w]", "1-x"),
        (r"[^\W\d]", "x"),
        (r"\B", "\\"),
        ("a(?#note)b", "ab"),
        ("ab??c", "ac"),
    ] {
        assert!(found(pattern, text), "{pattern} in {text:?}");
    }
    for (pattern, text) in [("(?n)a.b", "a\nb"), ("(?n)a[^x]b", "a\nb"), ("***=a.b", "axb"), ("^a$", "a\n")] {
        assert!(!found(pattern, text), "{pattern} in {text:?}");
    }
}

#[test]
fn what_the_dialect_refuses_is_refused() {
    for pattern in [
        "([",
        "*",
        "[abc",
        "a{2,1}",
        "abc\\",
        "a**",
        "a*+",
        "^*",
        "a|*",
        "(*a)",
        ")",
        "(a",
        "a{256}",
        "(?P<n>a)",
        "a(?i)b",
        r"\pL",
        "[b-a]",
        "[[:nosuch:]]",
        r"\u12",
        "(?z)a",
        "(?i",
        r"[\q]",
        "a{1",
        "a{1,2,3}",
        r"\y*",
    ] {
        assert!(refused(pattern).contains("not valid"), "{pattern}: {}", refused(pattern));
    }
}

#[test]
fn look_around_and_back_references_are_named() {
    for (pattern, name) in [
        ("^x(?!_)", "look-ahead"),
        ("(?=a)", "look-ahead"),
        ("(?<=a)b", "look-behind"),
        ("(?<!a)b", "look-behind"),
        (r"(.)\1", "back-references"),
        (r"(a)\9", "back-references"),
    ] {
        assert!(refused(pattern).contains(name), "{pattern}: {}", refused(pattern));
    }
}

#[test]
fn huge_patterns_are_refused_in_time() {
    let nested = "(".repeat(100_000);
    let repeated = r"(?:\w{255}){255}";
    for pattern in [nested.as_str(), repeated, "((((a{255}){255}){255}){255}){255}"] {
        assert!(Pattern::new(pattern, true).is_err());
    }
}

#[test]
fn text_is_compared_without_case_one_to_one() {
    let matches = |wanted: &str, place, text: &str| {
        let pattern = Pattern::text_ignoring_case(wanted, place).unwrap();
        regex::Regex::new(pattern.rust()).unwrap().is_match(text)
    };
    assert!(matches("ÜBUNG", Place::Start, "übung_größe"));
    assert!(matches("проба", Place::Whole, "ПРОБА"));
    assert!(matches("(1) [A]+.*", Place::End, "run (1) [a]+.*"));
    assert!(!matches("GRÖSSE", Place::Anywhere, "größe"));
    assert!(!matches("a", Place::Whole, "a\n"));
}

#[test]
fn patterns_for_postgresql_name_no_class() {
    let pattern = Pattern::new(r"^[[:alpha:]]\w\s.(?:é|b)$", true).unwrap();
    let text = pattern.postgres();
    assert!(text.starts_with(r"***:\A"), "{text}");
    assert!(!text.contains(r"\w") && !text.contains("[:"), "{text}");
}

use super::*;

fn takes(pattern: &str, path: &str) -> bool {
    Pattern::read(pattern)
        .unwrap()
        .iter()
        .any(|p| regex::bytes::Regex::new(&format!("^(?:{})", p.regex())).unwrap().is_match(path.as_bytes()))
}

#[test]
fn the_start_is_fixed_and_the_end_is_open() {
    for path in ["debug", "debugger", "debug_more/notes.txt"] {
        assert!(takes("debug", path), "{path}");
    }
    assert!(!takes("debug", "my/debug"));
    assert!(takes("version.txt", "version.txt.bak"));
}

#[test]
fn a_star_is_at_least_one_character_of_one_name() {
    assert!(takes("*.dat", "x.dat") && takes("*.dat", "x.dat.d/inner"));
    assert!(!takes("*.dat", ".dat") && !takes("*.dat", "a/x.dat"));
    assert!(takes("*xplog.txt", "explog.txt") && takes("*xplog.txt", "CalW1Step_explog.txt"));
    assert!(takes("*.bam", "a\nb.bam") && !takes("*.bam", "\n.bam"));
}

#[test]
fn two_stars_cross_folders_but_not_lines() {
    assert!(takes("**NucStep/", "a/b/NucStep/x") && takes("**NucStep/", "NucStep/x"));
    assert!(!takes("**NucStep/", "odd\ndir/NucStep/x"));
    assert!(takes("**", "\n"));
}

#[test]
fn a_dot_is_a_dot_and_a_question_mark_is_any_character() {
    assert!(!takes("report.pdf", "reportXpdf"));
    for path in ["report.pdf", "reportXpdf", "report/pdf", "report\u{b7}pdf", "report\u{1f9ec}pdf"] {
        assert!(takes("report?pdf", path), "{path}");
    }
    assert!(!takes("report?pdf", "report\npdf") && !takes("report?pdf", "reportpdf"));
}

#[test]
fn digits_are_ascii_and_case_counts() {
    assert!(takes("X#_Y#", "X12_Y0") && !takes("X#_Y#", "X_Y0"));
    assert!(!takes("X#_Y#", "X\u{661}_Y\u{662}"));
    assert!(!takes("explog", "Explog"));
}

#[test]
fn signs_can_be_meant_literally() {
    assert!(takes(r"\*\?\#\{a\,b\}\\", r"*?#{a,b}\"));
    assert!(takes("(a|b)[c]+$^", "(a|b)[c]+$^"));
}

#[test]
fn braces_make_several_patterns() {
    let all: Vec<_> =
        Pattern::read("s/{1.wells,*.bin}").unwrap().iter().map(|p| p.notation().to_owned()).collect();
    assert_eq!(all, ["s/1.wells", "s/*.bin"]);
}

#[test]
fn a_regular_expression_has_no_end_either() {
    assert!(takes(r"re:run_\d+/(a|b)", "run_7/back"));
    assert!(!takes(r"re:run_\d+/(a|b)$", "run_7/back"));
    assert!(!takes(r"re:a", "ba"));
}

#[test]
fn what_is_no_pattern_is_named() {
    let why = |text: &str| Pattern::read(text).unwrap_err();
    assert_eq!(why(""), PatternError::Empty);
    assert_eq!(why("re:"), PatternError::Empty);
    assert_eq!(why("a{,b}{").to_string(), PatternError::Brace.to_string());
    assert_eq!(why("/abs"), PatternError::Absolute);
    assert_eq!(why(r"a\d"), PatternError::Escape('d'));
    assert_eq!(why("a\\"), PatternError::LoneBackslash);
    assert!(matches!(why("re:a)|(b"), PatternError::Regex(_)));
}

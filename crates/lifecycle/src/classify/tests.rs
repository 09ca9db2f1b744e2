use proptest::prelude::*;

use super::*;
use crate::{Category, CategorySet, FileSets};

fn classifier(name: &str) -> Classifier {
    Classifier::new(FileSets::built_in().get(name).unwrap()).unwrap()
}

/// The codes of the categories that take a path, joined by `+`.
fn taken_by(classifier: &Classifier, path: &str) -> String {
    let verdict = classifier.classify(path.as_bytes()).unwrap();
    verdict.selected.iter().map(Category::code).collect::<Vec<_>>().join("+")
}

#[test]
fn the_tables_of_categories_4_and_9() {
    let c = classifier("5.18");
    for (path, want) in [
        ("acq_0000.dat", "SIG"),
        ("X0_Y0/acq_0000.dat", "SIG"),
        ("thumbnail/acq_0000.dat", "SIG"),
        ("thumbnail/acq\n0001.dat", "INTR"),
        ("explog.txt", "SIG+BASE"),
        ("CalW1Step_explog.txt", "SIG+BASE"),
        ("thumbnail/explog.txt", ""),
        ("thumbnail/a_histo.dat", ""),
        ("controller.log", "SIG"),
        ("rawInit.txt", "SIG+INTR"),
        ("sigproc_results/1.wells", "BASE"),
        ("sigproc_results/1.wells.bak", "BASE"),
        ("sigproc_results/block_X0_Y0/1.wells", "INTR"),
        ("onboard_results/sigproc_results/block_X0_Y0/1.wells", "BASE"),
        ("onboard_results/sigproc_results/sigproc.log", "INTR"),
        ("sigproc_results/analysis.bfmask.stats", "BASE+OUT"),
        ("rawlib.bam", "OUT"),
        ("x/rawlib.bam", "INTR"),
        ("plugin_out/x_out/a.txt", "OUT"),
        ("plugin_out/x_out/filtered.trimmed/a.txt", ""),
        ("any/depth/NucStep/x", "OUT"),
        ("report.pdf", ""),
        ("pdf/a.pdf", "INTR"),
        ("misc.tmp", "INTR"),
        ("version\u{b7}txt", "OUT"),
    ] {
        assert_eq!(taken_by(&c, path), want, "{path:?}");
    }
}

#[test]
fn old_reports_are_flat() {
    let c = classifier("2.2");
    for (path, want) in [
        ("1.wells", "BASE"),
        ("sigproc.log", "SIG+BASE"),
        ("explog.txt", "SIG"),
        ("explog.json", "OUT"),
        ("deep/step.log", ""),
        ("jpg/x.jpg", ""),
        ("filtered.trimmed.tmp", "INTR"),
        ("sigproc_results/1.wells", "INTR"),
    ] {
        assert_eq!(taken_by(&c, path), want, "{path:?}");
    }
}

#[test]
fn keep_is_separate_from_selection() {
    let c = classifier("5.18");
    let verdict = c.classify(b"pdf/a.pdf").unwrap();
    assert!(verdict.keep.contains(Category::Misc, Category::Output));
    assert!(verdict.keep.with(Category::Sigproc).is_empty());
    let plugin = c.classify(b"plugin_out/x").unwrap();
    assert!(!plugin.selected.contains(Category::Misc));
    assert!(plugin.keep.contains(Category::Misc, Category::Output));
}

#[test]
fn words_are_found_at_any_depth_of_the_relative_path() {
    let c = classifier("5.18");
    let verdict = c.classify(b"a/my_onboard_results.txt").unwrap();
    assert!(verdict.onboard && !verdict.sigproc && !verdict.is_empty());
    assert_eq!(verdict.within_reach(true), Verdict::default());
    assert_eq!(verdict.within_reach(false), verdict);
    assert!(c.classify(b"plugin_out/x/sigproc_results.html").unwrap().sigproc);
}

#[test]
fn names_that_are_not_utf8_have_no_category() {
    assert_eq!(classifier("5.18").classify(b"acq_\xff.dat"), None);
}

#[test]
fn a_scanner_says_the_same_as_the_whole_path() {
    let c = classifier("5.18");
    let mut scanner = c.scanner();
    for folder in ["", "plugin_out/x_out/", "onboard_results/sigproc_results/block_X0_Y0/"] {
        scanner.enter(folder.as_bytes());
        for name in ["1.wells", "explog.txt", "deeper/filtered.trimmed/x"] {
            let whole = c.classify(format!("{folder}{name}").as_bytes()).unwrap();
            assert_eq!(scanner.classify(name.as_bytes()), whole, "{folder}{name}");
        }
    }
}

#[test]
fn an_explanation_names_the_patterns() {
    let found = classifier("5.18").explain(b"sigproc_results/1.wells");
    assert_eq!(found.categories[Category::Basecall.index()].include, ["sigproc_results/1.wells"]);
    assert_eq!(found.categories[Category::Misc.index()].exclude, ["sigproc_results/1.wells"]);
    assert!(found.sigproc && !found.onboard);
}

/// Pieces of names that the patterns speak of.
fn path() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(vec![
        "sigproc_results",
        "onboard_results",
        "block_X0_Y0",
        "X0_Y12",
        "thumbnail",
        "plugin_out",
        "pdf",
        "bc_files",
        "filtered.trimmed",
        "unfiltered_untrimmed",
        "NucStep",
        "dcOffset",
        "explog",
        "xplog",
        "_final",
        "InitLog1",
        "Script_",
        "acq_0000",
        "1.wells",
        "bfmask",
        "analysis",
        "Bead_density_",
        "histo",
        "expMeta",
        "report",
        "version",
        "status",
        "Gain",
        "lsr",
        "debug",
        ".",
        "/",
        "\n",
        "é",
        "\u{661}",
        "txt",
        ".txt",
        ".json",
        ".dat",
        ".bam",
        ".png",
        ".log",
        ".stats",
        ".bin",
        "a",
        "Z",
        "-full.pdf",
        "support.zip",
        " ",
        "jpg/",
        ".jpg",
        ".php",
    ]);
    proptest::collection::vec(piece, 1..7).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// The automaton agrees with the patterns tried one by one, also after its cache was emptied.
    #[test]
    fn the_automaton_agrees_with_the_patterns(path in path(), old in any::<bool>()) {
        thread_local! {
            static BOTH: [Classifier; 2] = [classifier("5.18"), classifier("2.2")];
        }
        BOTH.with(|both| {
            let c = &both[usize::from(old)];
            let want = Verdict::from_bits(explain::bits(c.file_set(), path.as_bytes()));
            prop_assert_eq!(c.classify(path.as_bytes()).unwrap(), want);
            let cut = path.rfind('/').map_or(0, |i| i + 1);
            let mut scanner = c.scanner();
            scanner.enter(&path.as_bytes()[..cut]);
            prop_assert_eq!(scanner.classify(&path.as_bytes()[cut..]), want);
            Ok(())
        })?;
    }

    #[test]
    fn sets_of_categories_survive_their_bits(bits in 0u8..16) {
        let set = CategorySet::from_bits(bits);
        prop_assert_eq!(set.iter().collect::<CategorySet>(), set);
        prop_assert_eq!(set.bits(), bits);
    }
}

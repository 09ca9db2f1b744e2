use super::*;

const SITE: &str = r#"
[lists]
raw = ["*.dat", "re:run_\\d+/"]

[sets.site.sigproc]
age_days = 1
disk_percent = 50
auto_action = "archive"
remove_empty_dirs = false
include = ["@raw"]
keep_with.basecall = ["a.dat"]
"#;

fn site(rest: &str) -> String {
    let plain = "age_days = 9\ndisk_percent = 100\nauto_action = \"off\"\nremove_empty_dirs = true\n";
    let others: String =
        ["basecall", "output"].iter().map(|c| format!("[sets.site.{c}]\n{plain}include = []\n")).collect();
    format!("{SITE}\n{others}\n[sets.site.misc]\n{plain}{rest}\n")
}

#[test]
fn the_built_in_sets_have_the_defaults_of_categories_1() {
    let sets = FileSets::built_in();
    assert_eq!(sets.names().collect::<Vec<_>>(), ["2.2", "5.18"]);
    for set in sets.iter() {
        let ages = Category::ALL.map(|c| set.rules(c).defaults.age_days);
        let limits = Category::ALL.map(|c| set.rules(c).defaults.disk_percent);
        assert_eq!((ages, limits), ([21, 60, 180, 7], [90, 90, 90, 20]));
        for category in Category::ALL {
            let defaults = set.rules(category).defaults;
            assert_eq!((defaults.auto_action, defaults.remove_empty_dirs), (AutoAction::Off, true));
        }
    }
}

#[test]
fn the_version_of_a_report_chooses_its_set() {
    let name = |v| FileSets::built_in().for_version(v).name();
    assert_eq!(name(None), "5.18");
    for v in ["5.18", "5.18.1", "2.3", "3.6.58977", "10.0"] {
        assert_eq!(name(Some(v)), "5.18", "{v}");
    }
    for v in ["2.2", "2.2.1", "1.5", "", "unknown"] {
        assert_eq!(name(Some(v)), "2.2", "{v}");
    }
}

#[test]
fn a_site_adds_its_own() {
    let sets = FileSets::parse(&site("include = [\"**\"]")).unwrap();
    assert_eq!(sets.names().collect::<Vec<_>>(), ["2.2", "5.18", "site"]);
    let rules = sets.get("site").unwrap().rules(Category::Sigproc);
    assert_eq!(rules.include.iter().map(Pattern::notation).collect::<Vec<_>>(), ["*.dat", "re:run_\\d+/"]);
    assert_eq!(rules.defaults.auto_action, AutoAction::Archive);
    assert_eq!(rules.keep_with[&Category::Basecall].len(), 1);
}

#[test]
fn a_bad_pattern_is_named_with_its_place() {
    let text = FileSets::parse(&site("include = []\nexclude = [\"a{b\"]")).unwrap_err().to_string();
    assert!(text.starts_with("file set `site`, misc, exclude: pattern `a{b` cannot be used"), "{text}");
    let text = FileSets::parse(&site("include = [\"@nothing\"]")).unwrap_err().to_string();
    assert!(text.contains("`@nothing` is not a list"), "{text}");
}

#[test]
fn unknown_and_missing_fields_are_refused() {
    assert!(
        FileSets::parse(&site("include = []\nincludes = []")).unwrap_err().to_string().contains("includes")
    );
    assert!(FileSets::parse(SITE).is_err());
    assert!(
        FileSets::parse(&site("include = []").replace("disk_percent = 50", "disk_percent = 101")).is_err()
    );
}

#[test]
fn lists_that_lead_in_a_circle_are_refused() {
    let text = site("include = [\"@a\"]").replace("[lists]", "[lists]\na = [\"@b\"]\nb = [\"@a\"]");
    assert!(FileSets::parse(&text).unwrap_err().to_string().contains("itself"));
}

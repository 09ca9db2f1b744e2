use super::super::composite_data_management::CompositeDataManagement;
use super::super::data_management_history::DataManagementHistory;
use super::super::global_config::GlobalConfig;
use super::*;

fn tested<F: Face>(query: &str) -> String {
    match Filters::<F>::read(&Parameters::parse(query)) {
        Ok(Filters { late: Some(Refusal::BadRequest(text)), .. }) => format!("late: {text}"),
        Ok(filters) => {
            let tests: Vec<_> =
                filters.conditions.iter().map(|one| format!("{:?} {:?}", one.column, one.test)).collect();
            tests.join(", ")
        }
        Err(Refusal::BadRequest(text)) => text,
        Err(other) => format!("{other:?}"),
    }
}

fn report(query: &str) -> String {
    tested::<CompositeDataManagement>(query)
}

#[test]
fn values_are_converted_before_use() {
    assert_eq!(report("id=true"), "Id Equal(Integer(1))");
    assert_eq!(report("id= 5 "), "Id Equal(Integer(5))");
    assert_eq!(report("diskusage=false"), "Diskusage Equal(Integer(0))");
    assert_eq!(report("resultsName=true"), "ResultsName Equal(Text(\"True\"))");
    assert_eq!(report("resultsName__contains=false"), "ResultsName Contains(\"False\")");
    assert_eq!(report("expName=nil"), "ExpName Null(true)");
    assert_eq!(report("expName=null"), "ExpName Equal(Text(\"null\"))");
    assert_eq!(report("expName__in=true,None"), "ExpName In([Text(\"true\"), Text(\"None\")])");
    assert_eq!(report("id__in=5,+6&id__in=7"), "Id In([Integer(5), Integer(6), Integer(7)])");
    assert_eq!(report("id__in=5&id__in="), "Id In([])");
    assert_eq!(report("timeStamp=1970-01-01T00:00:01Z"), "TimeStamp Equal(Time(1000000))");
}

#[test]
fn numbers_beyond_the_column_compare_as_they_would() {
    assert_eq!(report("id=99999999999999999999"), "Id Nothing");
    assert_eq!(report("id__gt=99999999999999999999"), "Id Nothing");
    assert_eq!(report("id__lt=99999999999999999999"), "Id Null(false)");
    assert_eq!(report("id__gte=-99999999999999999999"), "Id Null(false)");
    assert_eq!(report("id__range=5,99999999999999999999"), "Id GreaterOrEqual(Integer(5))");
    assert_eq!(report("id__range=99999999999999999999,5"), "Id Nothing");
    assert_eq!(report("id__in=5,99999999999999999999"), "Id In([Integer(5)])");
}

#[test]
fn isnull_means_null_for_anything_but_false_and_nothing() {
    for (value, null) in [("0", true), ("maybe", true), ("true", true), ("", false), ("False", false)] {
        assert_eq!(report(&format!("id__isnull={value}")), format!("Id Null({null})"));
    }
}

#[test]
fn errors_are_the_originals() {
    let mismatched = "Invalid resource lookup data provided (mismatched type).";
    for query in [
        "id=",
        "id=1.5",
        "id__in=5,abc",
        "timeStamp__month=March",
        "id__gt=None",
        "id__year=abc",
        "id__isnull=None",
    ] {
        assert_eq!(report(query), mismatched, "{query}");
    }
    assert_eq!(report("in_process=1"), "The 'in_process' field does not allow filtering.");
    for query in ["id__nosuch=1", "id__exact__gt=1", "id__experiment__expName=x", "id__=1"] {
        assert_eq!(report(query), "The 'id' field does not support relations.", "{query}");
    }
    assert_eq!(report("nosuch=1&expname=x&pk=5&page=2&sigproc_diskspace=1"), "");
}

#[test]
fn what_crashed_the_original_late_is_told_late() {
    for query in [
        "id__search=x",
        "id__year=2017",
        "expName__regex=(",
        "expName__regex=true",
        "expName__iexact=true",
        "id__in=true",
        "id__range=None",
        "expName__range=a",
        "expName__range=a,b,c",
        "timeStamp__in=",
        "timeStamp__year=0",
        "timeStamp__year=99999",
        "expName=a%00",
        "expName__contains=%00",
        "search_name=(",
        "search_name=%00",
        "sigproc_filter=%00",
    ] {
        assert!(report(query).starts_with("late: Invalid parameter '"), "{query}: {}", report(query));
    }
    assert!(
        report("timeStamp__gt=garbage")
            .starts_with("Invalid parameter 'timeStamp__gt': 'garbage' is not a time")
    );
    assert_eq!(report("expName__regex=(&id=abc"), "Invalid resource lookup data provided (mismatched type).");
}

#[test]
fn of_two_names_for_one_filter_the_one_met_last_counts() {
    assert_eq!(report("id=5&id=6"), "Id Equal(Integer(6))");
    assert_eq!(report("id=5&id__exact=6"), "Id Equal(Integer(6))");
    assert_eq!(report("id__exact=6&id=5"), "Id Equal(Integer(6))");
}

#[test]
fn flags_are_pythons_truth() {
    let config = |value: &str| tested::<GlobalConfig>(&format!("realign={value}"));
    for (value, flag) in
        [("maybe", true), ("1", true), ("True", true), ("0", false), ("", false), ("false", false)]
    {
        assert_eq!(config(value), format!("Realign Equal(Boolean({flag}))"));
    }
}

#[test]
fn the_name_of_an_events_report_is_a_pattern() {
    let narrowing = |query: &str| {
        let filters =
            Filters::<DataManagementHistory>::read(&Parameters::parse(query)).unwrap_or_else(|_| panic!());
        (filters.narrowing.results_name.is_some(), filters.late.is_some())
    };
    assert_eq!(narrowing("resultsName=a.*b"), (true, false));
    assert_eq!(narrowing("resultsName__exact="), (true, false));
    assert_eq!(narrowing("resultsName=None"), (false, false));
    assert_eq!(narrowing("resultsName__icontains=a"), (false, true));
    assert_eq!(narrowing("resultsName=("), (false, true));
}

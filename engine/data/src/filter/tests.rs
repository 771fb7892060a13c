use super::*;

fn row(id: &str, overall: Option<f64>) -> Row {
    Row { id: id.to_owned(), path: format!("{id}.mp4"), frames: 16, fps: 8.0, vqa_overall: overall, ..Row::default() }
}

fn options(limits: &[Limit]) -> FilterOptions {
    FilterOptions { limits: limits.to_vec(), ..FilterOptions::default() }
}

fn kept(rows: &[Row]) -> Vec<&str> {
    rows.iter().filter(|row| row.keep == Some(true)).map(|row| row.id.as_str()).collect()
}

#[test]
fn every_row_has_all_its_reasons_and_none_goes_away() {
    let mut rows = [row("a", Some(50.0)), row("b", Some(39.9)), row("c", None), row("d", Some(f64::NAN))];
    rows[0].jerk = Some(2.0);
    rows[1].jerk = Some(1.3);
    rows[1].reasons = vec!["static".to_owned(), "shake".to_owned()];
    let limits = [Limit::min("vqa_overall=40"), Limit::max("jerk = 1.2")].map(|it| it.expect("a limit"));
    let summary = filter(&mut rows, &options(&limits));
    let reasons: Vec<Vec<&str>> = rows.iter().map(|row| row.reasons.iter().map(String::as_str).collect()).collect();
    let unknown = vec!["vqa_overall unknown", "jerk unknown"];
    let all = vec!["static", "shake", "vqa_overall < 40", "jerk > 1.2"];
    assert_eq!(reasons, [vec!["jerk > 1.2"], all, unknown.clone(), unknown]);
    assert_eq!((summary.rows, summary.kept, summary.dropped), (4, 0, 4));
    let jerk = summary.reasons.iter().find(|it| it.reason == "jerk > 1.2").expect("counted");
    assert_eq!((jerk.rows, jerk.alone), (2, 1));
}

#[test]
fn a_second_filtering_forgets_the_first_and_keeps_what_other_stages_found() {
    let mut rows = [row("a", Some(10.0)), row("b", Some(90.0))];
    rows[1].reasons = vec!["duplicate of a".to_owned()];
    filter(&mut rows, &options(&[Limit::min("vqa_overall=95").expect("a limit")]));
    assert_eq!(kept(&rows), Vec::<&str>::new());
    let summary = filter(&mut rows, &options(&[Limit::best("0.5").expect("a limit")]));
    assert_eq!(rows[0].reasons, ["vqa_overall not in best 0.5"]);
    assert_eq!(rows[1].reasons, ["duplicate of a"]);
    assert_eq!(summary.limits[0].at, Some(90.0));
    let again = rows.clone();
    filter(&mut rows, &options(&[Limit::best("0.5").expect("a limit")]));
    assert_eq!(rows, again, "the same twice");
}

#[test]
fn reasons_can_be_switched_off_each_by_itself() {
    let mut rows = [row("a", None), row("b", None), row("c", None), row("d", None)];
    rows[0].reasons = vec!["duplicate of d".to_owned()];
    rows[1].reasons = vec!["static".to_owned(), "duplicates".to_owned()];
    rows[2].error = Some("it is cut off".to_owned());
    let mut options = FilterOptions::default();
    filter(&mut rows, &options);
    assert_eq!(kept(&rows), ["d"]);
    options.ignored = vec!["duplicate".to_owned(), "static".to_owned()];
    let summary = filter(&mut rows, &options);
    assert_eq!(kept(&rows), ["a", "d"], "a reason of another name that begins alike still drops");
    assert_eq!(rows[0].reasons, ["duplicate of d"], "it stays beside the row");
    assert!(summary.reasons.iter().any(|it| it.reason == "static" && it.ignored));
    options.ignored = vec!["error".to_owned()];
    filter(&mut rows, &options);
    assert_eq!(kept(&rows), ["c", "d"]);
}

#[test]
fn what_a_person_decided_stands_above_the_limits() {
    let mut rows = [row("a", Some(10.0)), row("b", Some(90.0)), row("c", Some(90.0)), row("d", Some(10.0))];
    for (at, decided) in [(0, true), (1, false), (3, true)] {
        rows[at].extra.insert(BY_HAND.to_owned(), decided.into());
    }
    rows[3].error = Some("it is cut off".to_owned());
    let limits = [Limit::min("vqa_overall=40").expect("a limit")];
    filter(&mut rows, &options(&limits));
    assert_eq!(kept(&rows), ["a", "c"], "what cannot be read is never kept");
    assert_eq!(rows[0].reasons, ["vqa_overall < 40"], "the limits are still said");
    assert_eq!(rows[1].reasons, [BY_HAND]);
    // As a table of text has it, and taken back.
    rows[0].extra.insert(BY_HAND.to_owned(), "False".into());
    rows[1].extra.remove(BY_HAND);
    filter(&mut rows, &options(&limits));
    assert_eq!(kept(&rows), ["b", "c"]);
    assert_eq!((rows[0].reasons.len(), rows[1].reasons.len()), (2, 0));
}

#[test]
fn shares_are_exact_and_equal_values_go_by_id() {
    // Orders of the rows, and whether the same are kept in each.
    let values = [5.0, 1.0, 3.0, 3.0, 3.0, 3.0, 9.0, 0.0, 2.0, 4.0];
    let ids = ["e", "a", "z", "b", "y", "c", "f", "g", "h", "i"];
    let make = |order: &[usize]| -> Vec<Row> { order.iter().map(|&it| row(ids[it], Some(values[it]))).collect() };
    let forward: Vec<usize> = (0..10).collect();
    let backward: Vec<usize> = (0..10).rev().collect();
    for (share, expected) in [
        ("0.5", vec!["b", "c", "e", "f", "i"]),
        ("0.51", vec!["b", "c", "e", "f", "i", "y"]),
        ("1", vec!["a", "b", "c", "e", "f", "g", "h", "i", "y", "z"]),
        ("0.01", vec!["f"]),
        ("vqa_overall=0.7", vec!["b", "c", "e", "f", "i", "y", "z"]),
    ] {
        for order in [&forward, &backward] {
            let mut rows = make(order);
            filter(&mut rows, &options(&[Limit::best(share).expect("a share")]));
            let mut found = kept(&rows);
            found.sort_unstable();
            assert_eq!(found, expected, "{share}");
        }
    }
    // 0.07 * 100 is a little more than 7 in f64.
    let mut rows: Vec<Row> = (0..100).map(|it| row(&format!("{it:03}"), Some(f64::from(it)))).collect();
    assert_eq!(filter(&mut rows, &options(&[Limit::best("0.07").expect("a share")])).kept, 7);
    let mut rows: Vec<Row> = (0..10).map(|it| Row { jerk: Some(f64::from(it)), ..row("x", None) }).collect();
    let summary = filter(&mut rows, &options(&[Limit::best("jerk=0.3").expect("a share")]));
    assert_eq!((summary.kept, summary.limits[0].at), (3, Some(2.0)), "of a jerk the smallest are the best");
}

#[test]
fn unknown_values_are_dropped_unless_the_user_says_so() {
    let mut rows = [row("a", None), row("b", Some(1.0))];
    let mut options = options(&[Limit::min("vqa_overall=0.5").expect("a limit")]);
    filter(&mut rows, &options);
    assert_eq!(kept(&rows), ["b"]);
    options.keep_unknown = true;
    filter(&mut rows, &options);
    assert_eq!(kept(&rows), ["a", "b"]);
    assert_eq!(filter(&mut [], &options).kept, 0, "no rows are no fault");
}

#[test]
fn limits_that_make_no_sense_say_why() {
    let fault = |text: &str, detail| Err(FilterError::Limit { text: text.to_owned(), detail });
    assert_eq!(Limit::min("vqa_overall"), fault("vqa_overall", LimitFault::NoValue));
    assert_eq!(Limit::max("jerk=much"), fault("jerk=much", LimitFault::Number));
    assert_eq!(Limit::max("jerk=inf"), fault("jerk=inf", LimitFault::Number));
    for share in ["0", "1.5", "-1", "NaN", "vqa_overall=0"] {
        assert!(Limit::best(share).is_err(), "{share}");
    }
    let error = Limit::min("quality=1").expect_err("no column").to_string();
    assert!(error.contains("\"quality\"") && error.contains("vqa_overall"), "{error}");
}

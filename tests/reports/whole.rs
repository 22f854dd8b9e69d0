//! What holds of all reports: in code as in a file, as JSON and back, over types of a service, in packs; and on real customers.

use crate::common::{instant, load, record};
use segue::insight::{FunnelBuilder, ReportBuilder, ReportError, ReportResult};
use segue::profile::{Model, Record};
use segue::rulebook::{
    BoardDocument, Format, IntervalDocument, PathsDocument, ReportDocument, RulebookDocument,
};
use segue::{Instant, Rulebook};

const RULES: &str = r#"
    [reports]
    sales = { funnel = ["a as first", "b(x = first.x)"], within = "7 days", by = "city" }
    patience = { interval = { from = "a", to = "b", within = "90 days" } }
    ways = { paths = { around = "a", before = 1, after = 2, within = "1 hour" } }
    [boards.monday]
    title = "Monday"
    reports = ["sales", "segments", "stock of buying", "ways", "patience"]
    [segments]
    buyer = "b"
    [lifecycles.buying]
    stages = [{ name = "customer", when = "b" }, { name = "friend", when = "c" }]
"#;

#[test]
fn in_code_is_as_in_a_file() {
    let in_a_file = load(RULES);
    let mut document = RulebookDocument {
        reports: Default::default(),
        boards: Default::default(),
        ..in_a_file.document().clone()
    };
    let sales = ReportDocument {
        within: Some("7 days".to_owned()),
        by: Some("city".to_owned()),
        ..ReportDocument::funnel(["a as first", "b(x = first.x)"])
    };
    let patience = ReportDocument::interval(IntervalDocument {
        from: "a".to_owned(),
        to: "b".to_owned(),
        within: Some("90 days".to_owned()),
        ..IntervalDocument::default()
    });
    let ways = ReportDocument::paths(PathsDocument {
        around: "a".to_owned(),
        before: Some(1),
        after: Some(2),
        within: Some("1 hour".to_owned()),
        ..PathsDocument::default()
    });
    document.reports.insert("sales".to_owned(), sales);
    document.reports.insert("patience".to_owned(), patience);
    document.reports.insert("ways".to_owned(), ways);
    let reports = ["sales", "segments", "stock of buying", "ways", "patience"];
    let monday = BoardDocument {
        title: Some("Monday".to_owned()),
        reports: reports.map(str::to_owned).into(),
    };
    document.boards.insert("monday".to_owned(), monday);
    let in_code = Rulebook::loader().load_document(document).unwrap();
    assert_eq!(in_code.document(), in_a_file.document());
    assert_eq!(
        in_code.reports().collect::<Vec<_>>(),
        ["sales", "patience", "ways"]
    );
    let (name, board) = in_code.boards().next().unwrap();
    assert_eq!((name, board.title.as_deref()), ("monday", Some("Monday")));
}

#[test]
fn every_report_of_a_board_is_built_and_is_data() {
    let rulebook = load(RULES);
    let model = Model::<Record>::for_schema(rulebook.schema());
    let seen = |at, kind| crate::common::Seen { at, kind, x: 1 };
    let records = [
        record(&rulebook, 0, "Rome", &[seen(1, 'a'), seen(3, 'b')]),
        record(&rulebook, 1, "Milan", &[seen(2, 'a'), seen(4, 'c')]),
    ];
    let (_, board) = rulebook.boards().next().unwrap();
    let mut told = Vec::new();
    for name in &board.reports {
        let mut builder =
            ReportBuilder::new(&rulebook, &model, name, instant(0), instant(9)).unwrap();
        records.iter().for_each(|record| builder.record(record));
        let result = builder.build();
        let json = serde_json::to_value(&result).unwrap();
        told.push(json["kind"].as_str().unwrap().to_owned());
        let read: ReportResult = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), json);
        // The lists of people have names of their own, and are of this population.
        let members = result.members();
        let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), members.len(), "{names:?}");
        assert!(
            members.iter().all(|(_, members)| members.population() == 2),
            "{name}"
        );
    }
    assert_eq!(told, ["funnel", "segments", "stock", "paths", "interval"]);

    let wrong = FunnelBuilder::new(&rulebook, &model, "ways", instant(0), instant(9)).err();
    assert_eq!(
        wrong.map(|e| e.to_string()).unwrap(),
        "the report `ways` is no funnel"
    );
    let unknown = ReportBuilder::new(&rulebook, &model, "stock of bying", instant(0), instant(9));
    assert!(
        matches!(unknown.err(), Some(ReportError::Unknown { name, .. }) if name == "stock of bying")
    );
}

#[cfg(feature = "derive")]
mod types {
    use super::*;

    #[derive(segue::Profile)]
    struct Customer {
        #[segue(id)]
        id: String,
        #[segue(events)]
        events: Vec<Happened>,
    }

    #[derive(segue::Event)]
    enum Happened {
        A { at: Instant, x: i64 },
        B { at: Instant, x: i64 },
    }

    /// A service keeps its events in no order.
    #[test]
    fn a_service_s_own_types_are_reported_on() {
        let rulebook = Rulebook::from_toml(
            r#"
            [schema.events]
            a.properties = { x = "int" }
            b.properties = { x = "int" }
            [reports.r]
            funnel = ["a as first", "b(x = first.x)"]
            "#,
        );
        let rulebook = rulebook.unwrap();
        let model = Model::<Customer>::new().unwrap();
        let customer = Customer {
            id: "anna".to_owned(),
            events: vec![
                Happened::B {
                    at: instant(5),
                    x: 2,
                },
                Happened::A {
                    at: instant(1),
                    x: 1,
                },
                Happened::A {
                    at: instant(3),
                    x: 2,
                },
                Happened::B {
                    at: instant(4),
                    x: 3,
                },
            ],
        };
        let mut report =
            ReportBuilder::new(&rulebook, &model, "r", instant(0), instant(9)).unwrap();
        report.record(&customer);
        let ReportResult::Funnel(funnel) = report.build() else {
            panic!("it is a funnel")
        };
        assert_eq!(funnel.steps[1].people, 1, "{}", customer.id);
        assert_eq!(funnel.steps[0].median_to_next.unwrap().micros(), 2_000_000);
    }
}

#[test]
fn what_a_report_reads_is_not_left_over_and_packs_are_renamed() {
    let rules = r#"
        [schema.events]
        viewed.properties = { product = "string" }
        purchased.properties = { product = "string" }
        [reports.sales]
        funnel = ["viewed as v", "purchased(product = v.product)"]
        without = "viewed(product = v.product)"
    "#;
    let checked = Rulebook::loader()
        .warn_of_unread()
        .load(Format::Toml, rules)
        .unwrap();
    assert_eq!(checked.warnings(), []);

    let whole = r#"
        include = ["pack.toml"]
        packs.pack.rename = { purchased = "ordered", "purchased.product" = "ordered.item", "viewed.product" = "viewed.item" }
    "#;
    let loader = Rulebook::loader()
        .file("rules.toml")
        .with("pack.toml", rules);
    let renamed = loader
        .load(Format::Toml, whole)
        .unwrap_or_else(|e| panic!("{e}"));
    let sales = &renamed.document().reports["sales"];
    let funnel = sales.funnel.as_deref().unwrap();
    assert_eq!(funnel, ["viewed as v", "ordered(item = v.item)"]);
    assert_eq!(sales.without.as_deref(), Some("viewed(item = v.item)"));
}

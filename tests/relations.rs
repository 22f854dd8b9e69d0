//! Relations: rows that belong to a profile, read where they lie.

#![cfg(all(feature = "derive", feature = "toml"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use segue::engine::{Engine, OutputKind, Receipt};
use segue::profile::{Describe, Fields, Model, Record, Value};
use segue::rulebook::Format;
use segue::schema::{EventKind, Field, Relation, Schema, SchemaError, one_of};
use segue::{
    Date, Enumeration, Event, Instant, Nested, Profile, Row, Rule, RuleSet, Rulebook, Type,
};

#[derive(Profile)]
struct Customer {
    id: String,
    age: u8,
    #[segue(nested)]
    company: Option<Company>,
    #[segue(rows)]
    accounts: Vec<Account>,
    #[segue(rows, rename = "宠物")]
    pets: Option<Box<[Pet]>>,
    #[segue(events)]
    events: Vec<Activity>,
}

#[derive(Nested)]
struct Company {
    industry: String,
    #[segue(rows)]
    sites: Vec<Site>,
}

#[derive(Row)]
struct Site {
    #[segue(subject)]
    city: String,
}

#[derive(Row)]
#[segue(rename_all = "camelCase")]
struct Account {
    #[segue(subject)]
    name: String,
    plan: Plan,
    seats: Option<u32>,
    #[segue(decimal = 2)]
    monthly_fee: Option<i64>,
    opened: Date,
    renewal: Option<Date>,
    labels: Vec<String>,
    #[segue(nested)]
    owner: Owner,
    #[segue(skip)]
    _logo: std::path::PathBuf,
}

#[derive(Nested)]
struct Owner {
    email: String,
}

#[derive(Row)]
struct Pet {
    species: String,
    #[segue(yearly)]
    born: Date,
}

#[derive(Enumeration, Clone, Copy)]
#[segue(ordered)]
enum Plan {
    Free,
    Pro,
}

#[derive(Event)]
enum Activity {
    LoggedIn {
        at: Instant,
        #[segue(subject)]
        account: String,
    },
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn now() -> Instant {
    at("2026-03-18T12:00:00Z")
}

fn account(name: &str, plan: Plan, seats: Option<u32>, opened: &str) -> Account {
    Account {
        name: name.into(),
        plan,
        seats,
        monthly_fee: None,
        opened: date(opened),
        renewal: None,
        labels: Vec::new(),
        owner: Owner {
            email: format!("it@{}.example", name.to_lowercase()),
        },
        _logo: std::path::PathBuf::new(),
    }
}

fn farid() -> Customer {
    let acme = Account {
        monthly_fee: Some(4_990),
        renewal: Some(date("2026-04-01")),
        labels: vec!["key".into()],
        ..account("Acme", Plan::Pro, Some(5), "2024-03-01")
    };
    let crux = Account {
        monthly_fee: Some(12_000),
        ..account("Crux", Plan::Pro, Some(12), "2026-01-10")
    };
    Customer {
        id: "farid".into(),
        age: 47,
        company: Some(Company {
            industry: "retail".into(),
            sites: vec![Site {
                city: "Torino".into(),
            }],
        }),
        accounts: vec![
            acme,
            account("Bolt", Plan::Free, Some(20), "2025-11-20"),
            crux,
        ],
        pets: Some(
            [Pet {
                species: "狗".into(),
                born: date("2020-03-20"),
            }]
            .into(),
        ),
        events: vec![
            Activity::LoggedIn {
                at: at("2026-03-10T08:00:00Z"),
                account: "Acme".into(),
            },
            Activity::LoggedIn {
                at: at("2026-01-02T08:00:00Z"),
                account: "Crux".into(),
            },
        ],
    }
}

/// Of whom nothing is known but the id.
fn guest() -> Customer {
    Customer {
        id: "guest".into(),
        age: 0,
        company: None,
        accounts: Vec::new(),
        pets: None,
        events: Vec::new(),
    }
}

/// The same profiles as records of the schema that the struct has.
fn records(schema: &Schema) -> [Record; 2] {
    let farid = r#"{"id": "farid", "age": 47, "company": {"industry": "retail", "sites": [{"city": "Torino"}]}, "accounts": [
        {"name": "Acme", "plan": "pro", "seats": 5, "monthlyFee": 49.90, "opened": "2024-03-01", "renewal": "2026-04-01", "labels": ["key"], "owner": {"email": "it@acme.example"}},
        {"name": "Bolt", "plan": "free", "seats": 20, "opened": "2025-11-20", "labels": [], "owner": {"email": "it@bolt.example"}},
        {"name": "Crux", "plan": "pro", "seats": 12, "monthlyFee": 120.00, "opened": "2026-01-10", "labels": [], "owner": {"email": "it@crux.example"}}],
        "宠物": [{"species": "狗", "born": "2020-03-20"}],
        "events": [{"kind": "logged_in", "at": "2026-03-10T08:00:00Z", "props": {"account": "Acme"}},
                   {"kind": "logged_in", "at": "2026-01-02T08:00:00Z", "props": {"account": "Crux"}}]}"#;
    [farid, r#"{"id": "guest", "age": 0}"#].map(|json| Record::from_json(schema, json).unwrap())
}

/// What holds of Farid, and until when.
const TRUE: [(&str, Option<&str>); 28] = [
    ("accounts(plan = pro and seats > 10)", None),
    ("not accounts(plan = pro and seats > 15)", None),
    ("accounts(plan = pro) and accounts(seats > 15)", None),
    (
        r#"accounts("Acme", plan >= pro) and not accounts("Bolt", plan = pro)"#,
        None,
    ),
    (
        "all accounts(seats >= 5) and not all accounts(seats > 5)",
        None,
    ),
    (
        "accounts exists and accounts is not empty and not accounts is missing",
        None,
    ),
    (
        "count(accounts(plan = pro)) = 2 and count(accounts.monthlyFee) = 2",
        None,
    ),
    (
        "sum(accounts(plan = pro).seats) = 17 and sum(accounts.monthlyFee) = 169.90",
        None,
    ),
    (
        "avg(accounts.monthlyFee) = 84.95 and avg(accounts(seats > 99).seats) is missing",
        None,
    ),
    (
        "min(accounts.opened) = 2024-03-01 and max(accounts.seats) = 20",
        None,
    ),
    (
        "distinct(accounts.plan) = 2 and top(accounts.plan) = pro and distinct(accounts.opened.year) = 3",
        None,
    ),
    (
        r#"accounts(labels contains "key") and accounts(labels is empty, plan = pro)"#,
        None,
    ),
    (
        r#"accounts(owner.email = "it@bolt.example", plan = free)"#,
        None,
    ),
    (
        r#"accounts(seats * 2 < age) and accounts(seats > avg(accounts.seats))"#,
        None,
    ),
    (r#"`company.sites`("Torino")"#, None),
    (
        r#"company.sites(city = "Torino") and all company.sites("Torino") and company.industry = "retail""#,
        None,
    ),
    (
        "count(company.sites) = 1 and distinct(company.sites(city exists).city) = 1",
        None,
    ),
    (r#"宠物(born in next 7 days)"#, Some("2026-03-21T00:00:00Z")),
    (
        "accounts(renewal in next 30 days)",
        Some("2026-04-02T00:00:00Z"),
    ),
    // Crux was opened 67 days ago, so it stays until the day is more than 90 days past; Bolt is gone before.
    (
        "accounts(opened within 90 days)",
        Some("2026-04-10T00:00:00.000001Z"),
    ),
    (
        "not accounts(plan = pro and opened before 90 days ago and renewal is missing)",
        Some("2026-04-10T00:00:00.000001Z"),
    ),
    (
        "count(accounts(opened within 90 days)) = 1",
        Some("2026-04-10T00:00:00.000001Z"),
    ),
    (
        "not all accounts(opened before 80 days ago)",
        Some("2026-03-31T00:00:00.000001Z"),
    ),
    (
        "accounts(plan = pro and not logged_in(account = name) within 30 days)",
        None,
    ),
    (
        "accounts(logged_in(account = accounts.name) within 30 days)",
        Some("2026-04-09T08:00:00.000001Z"),
    ),
    (
        "not accounts(plan = free and logged_in(account = name))",
        None,
    ),
    ("logged_in(accounts(name = account, plan = pro))", None),
    ("accounts(logged_in(account = name) since opened)", None),
];

#[test]
fn a_struct_and_a_record_are_asked_alike() {
    let model = Model::<Customer>::new().unwrap();
    let schema = model.schema();
    let [farid_record, guest_record] = records(schema);
    for (text, until) in TRUE {
        let rule = Rule::check(text, schema).unwrap_or_else(|e| panic!("{text}\n{e}"));
        let verdict = rule.bind(&model).unwrap().verdict(&farid(), now());
        assert!(verdict.holds, "{text}");
        assert_eq!(verdict.until, until.map(at), "{text}");
        let of_records = rule.bind(&Model::for_schema(schema)).unwrap();
        assert_eq!(of_records.verdict(&farid_record, now()), verdict, "{text}");
        assert_eq!(
            of_records.holds(&guest_record, now()),
            rule.bind(&model).unwrap().holds(&guest(), now()),
            "{text}"
        );
    }
}

#[test]
fn over_no_rows_only_the_complement_holds() {
    let model = Model::<Customer>::new().unwrap();
    for (text, holds) in [
        ("accounts", false),
        ("accounts(plan = pro)", false),
        ("accounts(plan != pro)", false),
        ("accounts(seats is missing)", false),
        ("all accounts(plan = pro)", false),
        ("not all accounts(plan = pro)", true),
        ("not accounts(not (plan = pro))", true),
        ("accounts is empty and accounts is missing", true),
        (
            "count(accounts) = 0 and sum(accounts.seats) = 0 and distinct(accounts.plan) = 0",
            true,
        ),
        (
            "min(accounts.seats) exists or max(accounts.seats) exists or top(accounts.plan) exists",
            false,
        ),
    ] {
        let rule = Rule::check(text, model.schema())
            .unwrap()
            .bind(&model)
            .unwrap();
        assert_eq!(rule.holds(&guest(), now()), holds, "{text}");
        assert_eq!(rule.verdict(&guest(), now()).until, None, "{text}");
    }
}

#[test]
fn many_rules_at_once_answer_as_each_alone() {
    let model = Model::<Customer>::new().unwrap();
    let rule = |text: &str| Rule::check(text, model.schema()).unwrap();
    let rule_set = RuleSet::new(&model, TRUE.iter().map(|(text, _)| (*text, rule(text)))).unwrap();
    for profile in [farid(), guest()] {
        let alone = TRUE
            .iter()
            .map(|(text, _)| *text)
            .filter(|text| rule(text).bind(&model).unwrap().holds(&profile, now()));
        assert_eq!(
            rule_set.matches(&profile, now()).collect::<Vec<_>>(),
            alone.collect::<Vec<_>>(),
            "{}",
            profile.id
        );
    }
}

#[test]
fn a_rule_says_which_rows_it_reads() {
    let model = Model::<Customer>::new().unwrap();
    let rule = Rule::check(
        "accounts(plan = pro and logged_in(account = name)) and max(宠物.born) < today and age > 3",
        model.schema(),
    )
    .unwrap();
    let reads = rule.reads();
    assert_eq!(reads.relations().collect::<Vec<_>>(), ["accounts", "宠物"]);
    assert_eq!(
        reads.row_properties("accounts").collect::<Vec<_>>(),
        ["name", "plan"]
    );
    assert_eq!(reads.row_properties("宠物").collect::<Vec<_>>(), ["born"]);
    assert_eq!(reads.attributes().collect::<Vec<_>>(), ["age"]);
    assert_eq!(
        reads.properties("logged_in").collect::<Vec<_>>(),
        ["account"]
    );
}

#[test]
fn binding_goes_by_name() {
    let wanted = |properties: &[(&str, Type)]| {
        let relation = properties
            .iter()
            .fold(Relation::new("accounts"), |r, (n, t)| {
                r.property(Field::new(*n, t.clone()))
            });
        Schema::builder().relation(relation).build().unwrap()
    };
    let model = Model::<Customer>::new().unwrap();
    // In another order, and with a property that the rule does not read.
    let schema = wanted(&[
        ("seats", Type::Int),
        ("colour", Type::String),
        ("name", Type::String),
    ]);
    let rule = Rule::check(r#"accounts(name = "Bolt" and seats = 20)"#, &schema).unwrap();
    assert!(rule.bind(&model).unwrap().holds(&farid(), now()));
    let problems = |text: &str, schema: &Schema| {
        Rule::check(text, schema)
            .unwrap()
            .bind(&model)
            .unwrap_err()
            .problems()
            .join("; ")
    };
    assert_eq!(
        problems(r#"accounts(colour = "red")"#, &schema),
        "the profile type has no property of `accounts` `colour`"
    );
    assert_eq!(
        problems(
            "accounts(seats > 1.5)",
            &wanted(&[("seats", Type::Decimal(2))])
        ),
        "property of `accounts` `seats` is decimal(2) in the rule's schema, but int in the profile type"
    );
    let orders = Schema::builder()
        .relation(Relation::new("orders"))
        .build()
        .unwrap();
    assert_eq!(
        problems("orders", &orders),
        "the profile type has no relation `orders`"
    );
}

#[test]
fn a_schema_refuses_relations_that_contradict_it() {
    let build = |relation: Relation| {
        let builder = Schema::builder()
            .attribute(Field::new("company.size", Type::Int))
            .kind(EventKind::new("visited"));
        builder
            .relation(Relation::new("accounts"))
            .relation(relation)
            .build()
            .map(drop)
            .map_err(|e| e.to_string())
    };
    for (relation, why) in [
        (
            Relation::new("accounts"),
            "relation `accounts` is declared twice; remove one",
        ),
        (
            Relation::new("visited"),
            "relation `visited`: there is an event kind `visited` already; choose another name",
        ),
        (
            Relation::new("company"),
            "relation `company`: there is an attribute `company.size` already; choose another name",
        ),
        (
            Relation::new("tags"),
            "relation `tags`: every profile has `tags` already; choose another name",
        ),
        (Relation::new(" "), "` ` cannot be the name of a relation"),
        (
            Relation::new("pets")
                .property(Field::new("age", Type::Int))
                .property(Field::new("age", Type::Int)),
            "property `age` of `pets` is declared twice; remove one",
        ),
        (
            Relation::new("pets").property(Field::new("age", Type::Int).tracked()),
            "property `age` of `pets` cannot be `tracked`: rows have no history; send events where changes matter",
        ),
        (
            Relation::new("pets").property(Field::new("age", Type::Int).yearly()),
            "property `age` is int; only a date can be `yearly`",
        ),
    ] {
        assert_eq!(build(relation), Err(why.to_owned()));
    }
    // What every event has, a row need not.
    assert_eq!(
        build(Relation::new("visits").property(Field::new("date", Type::Date))),
        Ok(())
    );
}

struct Keeper {
    cages: Vec<Cage>,
}

struct Cage {
    pets: Vec<Pet>,
}

impl segue::profile::Row for Cage {
    fn describe(fields: &mut Fields<Self>) {
        fields.rows("pets", |c| Some(&c.pets));
    }
}

impl Profile for Keeper {
    type Event = segue::profile::NoEvent;

    fn id(&self) -> segue::profile::Identifier<'_> {
        7_u32.into()
    }

    fn events(&self) -> segue::profile::Events<'_, Self::Event> {
        segue::profile::Events::Slice(&[])
    }
}

impl Describe for Keeper {
    fn describe(fields: &mut Fields<Self>) {
        fields.rows("cages", |k| Some(&k.cages));
    }
}

#[test]
fn rows_have_no_rows() {
    let error: SchemaError = Model::<Keeper>::new().unwrap_err();
    assert_eq!(
        error.to_string(),
        "`cages`: only a profile has relations and tags; leave them out of its events and rows"
    );
    assert_eq!(Account::SUBJECT, Some("name"));
    assert_eq!(Pet::SUBJECT, None);
}

#[test]
fn rows_are_kept_and_written_as_they_are_read() {
    let schema = Model::<Customer>::new().unwrap().schema().clone();
    let [farid, guest] = records(&schema);
    for record in [&farid, &guest] {
        assert_eq!(
            Record::from_json(&schema, &record.to_json(&schema)).as_ref(),
            Ok(record)
        );
        let kept = serde_json::to_string(record).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&kept).unwrap(), *record);
    }
    let pets = Value::rows([[
        ("species", "狗".into()),
        ("born", date("2020-03-20").into()),
    ]]);
    assert_eq!(farid.get(&schema, "宠物", now()), pets);
    assert_eq!(guest.get(&schema, "宠物", now()), Value::Rows(Vec::new()));
    let mut changed = guest.clone();
    changed.set(&schema, "宠物", pets.clone(), now()).unwrap();
    assert_eq!(changed.get(&schema, "宠物", now()), pets);
    changed.set(&schema, "宠物", Value::Missing, now()).unwrap();
    assert_eq!(changed, guest);
    let refused = |value: Value| {
        guest
            .clone()
            .set(&schema, "宠物", value, now())
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        refused("狗".into()),
        "`宠物`: has rows, not one value; give a `Value::Rows`"
    );
    assert_eq!(
        refused(Value::rows([[("colour", "red".into())]])),
        "`宠物.colour`: the rows of `宠物` have no such property in the schema; declare it there"
    );
    assert!(refused(Value::rows([[("born", "soon".into())]])).starts_with("`宠物.born`: "));
    // A state from before the schema had relations.
    let mut old: serde_json::Value = serde_json::to_value(&guest).unwrap();
    old.as_object_mut().unwrap().remove("rows");
    let old: Record = serde_json::from_value(old).unwrap();
    let rule = Rule::check("not accounts and count(accounts) = 0", &schema).unwrap();
    assert!(
        rule.bind(&Model::for_schema(&schema))
            .unwrap()
            .holds(&old, now())
    );
}

#[test]
fn a_relation_changes_under_its_name() {
    let schema = Schema::builder()
        .kind(EventKind::new("logged_in").subject(Field::new("account", Type::String)))
        .relation(
            Relation::new("accounts")
                .subject(Field::new("name", Type::String))
                .property(Field::new("plan", one_of(["free", "pro"])))
                .property(Field::new("renewal", Type::Date)),
        )
        .build()
        .unwrap();
    let document = r#"
        [segments]
        pro = 'accounts(plan = pro)'
        renewing = 'accounts(renewal in next 7 days)'
        in_use = 'accounts(logged_in(account = name) within 30 days)'
    "#;
    let book = Rulebook::loader()
        .schema(schema.clone())
        .load(Format::Toml, document)
        .unwrap();
    let mut engine = Engine::<Record>::new(&book, &Model::for_schema(&schema)).unwrap();
    let mut told = Vec::new();
    let rows = Value::rows([[
        ("name", "Acme".into()),
        ("plan", "pro".into()),
        ("renewal", "2026-03-20".into()),
    ]]);
    let first = [("accounts", rows)];
    let receipt = engine.set("farid", &first, at("2026-03-05T00:00:00Z"), &mut told);
    assert_eq!(receipt, Ok(Receipt::Accepted));
    let event = segue::profile::RecordEvent::new(
        &schema,
        "logged_in",
        "2026-03-10T00:00:00Z",
        [("account", "Acme".into())],
    )
    .unwrap();
    assert_eq!(engine.observe("farid", event, &mut told), Receipt::Accepted);
    let none = [("accounts", Value::Missing)];
    let receipt = engine.set("farid", &none, at("2026-03-21T06:00:00Z"), &mut told);
    assert_eq!(receipt, Ok(Receipt::Accepted));
    let told: Vec<String> = told
        .iter()
        .map(|h| match &h.kind {
            OutputKind::SegmentEntered { segment } => format!("{} in {segment}", h.at),
            OutputKind::SegmentLeft { segment } => format!("{} out of {segment}", h.at),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        told,
        [
            "2026-03-05T00:00:00Z in pro",
            "2026-03-10T00:00:00Z in in_use",
            "2026-03-13T00:00:00Z in renewing",
            "2026-03-21T00:00:00Z out of renewing",
            "2026-03-21T06:00:00Z out of in_use",
            "2026-03-21T06:00:00Z out of pro",
        ]
    );
}

#[test]
fn a_value_may_be_called_as_a_relation_is() {
    let schema = Schema::builder()
        .attribute(Field::new("source", one_of(["accounts", "web"])))
        .relation(Relation::new("accounts").property(Field::new("seats", Type::Int)))
        .relation(Relation::new("monday"))
        .build()
        .unwrap();
    let profile = r#"{"id": "ben", "source": "accounts", "accounts": [{"seats": 3}]}"#;
    let ben = Record::from_json(&schema, profile).unwrap();
    for (rule, holds) in [
        ("source = accounts", true),
        ("accounts = source", true),
        ("source != accounts and source exists", false),
        ("source in (accounts, web) and accounts", true),
        ("count(accounts) = 1 and source = accounts", true),
        ("now.weekday = monday and not monday", false),
    ] {
        let matcher = Rule::check(rule, &schema)
            .unwrap_or_else(|e| panic!("{e}"))
            .bind(&Model::for_schema(&schema));
        assert_eq!(matcher.unwrap().holds(&ben, now()), holds, "{rule}");
    }
    let refused = Rule::check("accounts = 3", &schema).unwrap_err();
    assert_eq!(refused.diagnostics()[0].code, "E0132");
}

#[test]
fn a_window_goes_into_the_parentheses_that_are_there() {
    let renewed = Relation::new("accounts")
        .property(Field::new("plan", one_of(["free", "pro"])))
        .property(Field::new("opened", Type::Date))
        .property(Field::new("renewal", Type::Instant));
    let schema = Schema::builder().relation(renewed).build().unwrap();
    for (rule, proposed) in [
        ("accounts within 30 days", "accounts(opened within 30 days)"),
        (
            "accounts(plan = pro) within 30 days",
            "accounts(plan = pro, opened within 30 days)",
        ),
        (
            "accounts(plan = pro) since 2026-01-01 before today",
            "accounts(plan = pro, opened since 2026-01-01 before today)",
        ),
        (
            "accounts between 2026-01-01 and today",
            "accounts(opened between 2026-01-01 and today)",
        ),
        ("accounts in next 7 days", "accounts(opened in next 7 days)"),
        (
            "accounts at least 3 times within 30 days",
            "count(accounts(opened within 30 days)) >= 3",
        ),
        (
            "count(accounts(plan = pro) within 30 days) > 1",
            "accounts(plan = pro, opened within 30 days)",
        ),
    ] {
        let refused = Rule::check(rule, &schema).unwrap_err();
        let help = &refused.diagnostics()[0].help;
        assert!(
            help.contains(&format!("`{proposed}`")) && help.contains("`renewal`"),
            "{rule}: {help}"
        );
        segue::syntax::parse(proposed).unwrap();
    }
    let refused = Rule::check("accounts(plan = pro) at least 3 times", &schema).unwrap_err();
    assert_eq!(
        refused.diagnostics()[0].help,
        "write `count(accounts(plan = pro)) >= 3`"
    );
}

//! Rule files that include others: what comes together, in which order, and what each file is called.

#![cfg(all(feature = "toml", feature = "yaml"))]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use segue::Rulebook;
use segue::rulebook::{Format, LoadError, Loader};
use segue::schema::{EventKind, Field, Schema};
use segue::{Rule, Type};

const SHOP: &str = r#"
    schema.attributes.age = "int"
    schema.events.purchased = { subject = "category", properties = { category = "string", amount = "decimal(2)" } }
    segments.grown_up = "age >= 18"
"#;

fn load(loader: Loader, text: &str) -> Result<Rulebook, LoadError> {
    loader.load(Format::Toml, text)
}

fn segments(book: &Rulebook) -> Vec<&str> {
    book.segments().map(|(name, _)| name).collect()
}

#[test]
fn a_file_is_the_same_with_its_parts_in_other_files() {
    let parted = load(
        Rulebook::loader().with("shop.toml", SHOP),
        "include = [\"shop.toml\"]\nsegments.buyer = \"in segment grown_up and purchased\"",
    );
    let whole = format!("{SHOP}\nsegments.buyer = \"in segment grown_up and purchased\"");
    let (parted, whole) = (parted.unwrap(), Rulebook::from_toml(&whole).unwrap());
    assert_eq!(parted.document(), whole.document());
    assert_eq!(parted.schema(), whole.schema());
    // What was loaded includes nothing any more, so that it can be loaded as it is.
    let again = Rulebook::loader().load_document(parted.document().clone());
    assert_eq!(segments(&again.unwrap()), ["buyer", "grown_up"]);
}

#[test]
fn files_of_all_formats_include_each_other() {
    let loader = Rulebook::loader()
        .with("packs/shop.toml", SHOP)
        .with(
            "packs/more.json",
            r#"{"include": ["../packs/shop.toml"], "segments": {"old": "age > 60"}}"#,
        )
        .with(
            "all.yaml",
            "include: [./packs/more.json, packs/shop.toml]\nsegments: {young: age < 30}\n",
        );
    let book = load(loader, "include = [\"all.yaml\", \"packs/more.json\"]").unwrap();
    assert_eq!(segments(&book), ["grown_up", "old", "young"]);
}

#[test]
fn a_file_that_is_reached_twice_counts_once() {
    let loader = Rulebook::loader()
        .with("shop.toml", SHOP)
        .with(
            "a.toml",
            "include = [\"shop.toml\"]\nsegments.a = \"purchased\"",
        )
        .with(
            "b.toml",
            "include = [\"shop.toml\"]\nsegments.b = \"age > 3\"",
        );
    let book = load(loader, "include = [\"a.toml\", \"b.toml\", \"shop.toml\"]").unwrap();
    assert_eq!(segments(&book), ["a", "b", "grown_up"]);
}

/// Of triggers that fire at one instant the one that is declared first goes first: included files come before the own one.
#[test]
fn triggers_keep_the_order_of_the_files() {
    let trigger =
        |name: &str| format!("[triggers.{name}]\non = \"purchased\"\ndo = [{{ call = \"x\" }}]\n");
    let loader = Rulebook::loader()
        .with("shop.toml", SHOP)
        .with("z.toml", trigger("z") + &trigger("y"))
        .with("a.toml", trigger("a"));
    let own = format!(
        "include = [\"shop.toml\", \"z.toml\", \"a.toml\"]\n{}",
        trigger("own")
    );
    let book = load(loader, &own).unwrap();
    assert_eq!(book.triggers().collect::<Vec<_>>(), ["z", "y", "a", "own"]);
}

#[test]
fn what_is_left_out_can_be_said_anew() {
    let own = r#"
        include = ["shop.toml"]
        packs.shop.without = ["segments.grown_up"]
        segments.grown_up = "age >= 21"
    "#;
    let book = load(Rulebook::loader().with("shop.toml", SHOP), own).unwrap();
    assert_eq!(book.segment("grown_up").unwrap().text(), "age >= 21");
}

#[test]
fn schemas_meet_property_by_property() {
    let own = r#"
        include = ["shop.toml"]
        [schema.attributes]
        age = { type = "int", label = "age of the customer", required = false }
        [schema.events.purchased.properties]
        amount = "decimal(2)"
        coupon = "string"
    "#;
    let book = load(Rulebook::loader().with("shop.toml", SHOP), own).unwrap();
    let purchased = book.schema().kind("purchased").unwrap();
    let names: Vec<&str> = purchased.properties.iter().map(|p| &*p.name).collect();
    assert_eq!(names, ["amount", "category", "coupon"]);
    assert_eq!(purchased.subject, Some(1));
    let label = book.schema().attribute("age").unwrap().label.clone();
    assert_eq!(label.as_deref(), Some("age of the customer"));
}

/// A service's own struct and the packs that it uses have one schema.
#[test]
fn a_given_schema_meets_that_of_the_packs() {
    let kind = EventKind::new("viewed").subject(Field::new("category", Type::String));
    let given = Schema::builder().kind(kind.clone()).build().unwrap();
    let loader = || {
        Rulebook::loader()
            .with("shop.toml", SHOP)
            .schema(given.clone())
    };
    let own = "include = [\"shop.toml\"]\nsegments.looker = \"viewed(\\\"tv\\\") and purchased\"";
    let book = load(loader(), own).unwrap();
    assert_eq!(segments(&book), ["grown_up", "looker"]);
    let other = Field::new("age", Type::String);
    let given = Schema::builder().attribute(other).build().unwrap();
    let error = load(loader().schema(given), own).unwrap_err();
    assert_eq!(error.findings()[0].diagnostic.code, "E0233");
}

#[test]
fn a_mistake_is_shown_in_the_file_that_has_it() {
    let loader = Rulebook::loader()
        .file("shop/rules.toml")
        .with("packs/shop.toml", SHOP)
        .with(
            "packs/faulty.toml",
            "# a comment\nsegments.wrong = \"agee > 3\"",
        );
    let error = load(
        loader,
        "include = [\"packs/shop.toml\", \"packs/faulty.toml\"]",
    )
    .unwrap_err();
    let [finding] = error.findings() else {
        unreachable!("{error}")
    };
    assert_eq!(finding.file.as_deref(), Some("shop/packs/faulty.toml"));
    assert_eq!((finding.line, finding.column), (Some(2), Some(19)));
    assert_eq!(finding.key, "segments.wrong");
    assert!(
        error.to_string().contains("shop/packs/faulty.toml:2:19"),
        "{error}"
    );
}

#[test]
fn both_places_of_a_name_are_told() {
    let loader = Rulebook::loader()
        .file("rules.toml")
        .with("shop.toml", SHOP);
    let error = load(
        loader,
        "include = [\"shop.toml\"]\n\nsegments.grown_up = \"age > 20\"",
    )
    .unwrap_err();
    let finding = &error.findings()[0];
    assert_eq!(
        (finding.file.as_deref(), finding.line),
        (Some("rules.toml"), Some(3))
    );
    let other = finding.other.as_ref().unwrap();
    assert_eq!(
        (other.file.as_deref(), other.line, other.column),
        (Some("shop.toml"), 4, 14)
    );
    assert_eq!(other.span.of(SHOP), "grown_up");
}

/// However long the chain: a stack that overflows is no error message.
#[test]
fn a_chain_without_end_is_refused() {
    let loader = Rulebook::loader().find_with(|name| Ok(format!("include = [\"x{name}\"]")));
    let error = load(loader, "include = [\"x.toml\"]").unwrap_err();
    assert_eq!(error.findings()[0].diagnostic.code, "E0230");
}

#[test]
fn the_texts_of_a_loader_and_of_a_folder_go_together() {
    let loader = Rulebook::loader()
        .with("packs/shop.toml", SHOP)
        .find_with(|name| match name {
            "packs/more.toml" => Ok("segments.old = \"age > 60\"".to_owned()),
            _ => Err("not in this folder".to_owned()),
        });
    let book = load(
        loader.clone(),
        "include = [\"packs/shop.toml\", \"packs/more.toml\"]",
    )
    .unwrap();
    assert_eq!(segments(&book), ["grown_up", "old"]);
    let error = load(loader, "include = [\"packs/less.toml\"]").unwrap_err();
    let said = error.to_string();
    assert!(
        said.contains("`packs/less.toml` cannot be included: not in this folder"),
        "{said}"
    );
}

/// The rules of a pack can be checked against as those of the file itself.
#[test]
fn further_expressions_see_what_was_included() {
    let book = load(
        Rulebook::loader().with("shop.toml", SHOP),
        "include = [\"shop.toml\"]",
    )
    .unwrap();
    assert!(Rule::check_in("in segment grown_up and purchased(\"tv\")", book.context()).is_ok());
}

// ---- other names ----

/// Names that mean different things in different places: `amount` of two kinds, an attribute, and a value of an enum.
const PACK: &str = r#"
    [schema.attributes]
    gift = "bool"
    "consent.email" = "bool"
    birthday = { type = "date", yearly = true }
    points = "int"
    wishes = { type = "list of enum", values = ["gift", "plain"] }
    level = { type = "enum", values = ["low", "high"] }
    grade = { type = "enum", values = ["a", "b"] }
    [schema.events.purchased]
    subject = "category"
    properties = { category = "string", amount = "decimal(2)", state = { type = "enum", values = ["gift", "own"] } }
    [schema.events.wrapped]
    subject = "how"
    properties = { how = { type = "enum", values = ["gift", "plain"] } }
    [schema.events.returned.properties]
    category = "string"
    amount = "decimal(2)"
    [schema.relations.pets.properties]
    kind = "string"
    born = "date"

    [traits]
    average = "avg(purchased.amount within 12 months)"
    since = "last(purchased).at.date"
    kept = 'sum(purchased.amount) - sum(returned.amount)'

    [tags]
    "buys/gifts" = "purchased(state = gift) -- a value, not the attribute"

    [segments]
    gifts = "gift and purchased(\"tv\", amount > 20)"
    kept = "purchased as p then no returned(category = p.category, amount = p.amount) within 30 days"
    owners = "pets(kind = \"cat\" and pets.born < today) and all pets(born exists)"
    wrapped = "wrapped(gift) or wrapped(how = gift)"
    wishing = "wishes contains gift or wishes contains any of (gift, plain)"
    wrapped_before = "purchased(state in (gift))"
    reachable = "consent.email and birthday in next 7 days"

    [lifecycles.recency]
    template = "active-sleeping-lost"
    with = { event = "purchased(amount > 1)" }

    [lifecycles.novelty]
    template = "new-active-at-risk-lost"

    [lifecycles.cells]
    template = "matrix"
    with = { rows = "level", columns = "grade" }

    [lifecycles.per_category]
    per = "category"
    stages = [{ name = "bought", when = "purchased" }, { name = "back", when = "returned(amount > 5)" }]

    [channels.email]
    consent = "consent.email"
    [messages.thanks]
    channel = "email"
    [triggers.thanks]
    on = "purchased(amount > 20) as p"
    when = "not returned(category = p.category)"
    per = "category"
    do = [
        { send = "thanks", values = { about = "p.category", paid = "p.amount" } },
        { add = "points", value = "round(p.amount)" },
    ]
    [journeys.birthday]
    on = "birthday at 09:00"
    exit = "not consent.email"
    steps = [
        { name = "wait", wait = "until 3 days after birthday at 10:00" },
        { name = "hope", wait_for = "purchased", at_most = "3 days", do = [{ set = "points", to = 0 }] },
    ]
"#;

/// The pack as somebody would write it who calls everything otherwise.
fn by_hand() -> String {
    let words = [
        ("purchased(state = gift)", "ordered(state = gift)"),
        ("purchased.amount", "ordered.total"),
        ("gift = \"bool\"", "is_gift = \"bool\""),
        (
            "gift and purchased(\\\"tv\\\", amount",
            "is_gift and ordered(\\\"tv\\\", total",
        ),
        ("rows = \"level\"", "rows = \"rank\""),
        // What the template means by itself is no longer there.
        (
            "at-risk-lost\"",
            "at-risk-lost\"\n    with = { event = \"ordered\" }",
        ),
        ("level = {", "rank = {"),
        ("purchased(amount", "ordered(total"),
        ("purchased", "ordered"),
        (
            "amount = \"decimal(2)\", state",
            "total = \"decimal(2)\", state",
        ),
        ("p.amount", "p.total"),
        ("\"consent.email\" = \"bool\"", "may_write = \"bool\""),
        ("consent = \"consent.email\"", "consent = \"may_write\""),
        ("consent.email and", "may_write and"),
        ("not consent.email", "not may_write"),
        ("category = \"string\"", "group = \"string\""),
        ("subject = \"category\"", "subject = \"group\""),
        ("category = p.category", "group = p.group"),
        ("per = \"category\"", "per = \"group\""),
        ("about = \"p.category\"", "about = \"p.group\""),
        ("points = \"int\"", "loyalty.points = \"int\""),
        ("add = \"points\"", "add = \"loyalty.points\""),
        ("set = \"points\"", "set = \"loyalty.points\""),
        ("birthday = {", "born_on = {"),
        ("birthday in next", "born_on in next"),
        ("on = \"birthday at", "on = \"born_on at"),
        ("after birthday at", "after born_on at"),
        ("relations.pets", "relations.animals"),
        ("pets(kind", "animals(kind"),
        ("pets.born", "animals.birth"),
        ("all pets(born", "all animals(birth"),
        ("born = \"date\"", "birth = \"date\""),
    ];
    let text = words.iter().fold(PACK.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "{old}\n{text}");
        text.replace(old, new)
    });
    text.replace("loyalty.points = \"int\"", "\"loyalty.points\" = \"int\"")
}

const RENAME: &str = r#"
    include = ["packs/pack.toml"]
    [packs.pack.rename]
    purchased = "ordered"
    "purchased.amount" = "ordered.total"
    "purchased.category" = "ordered.group"
    "returned.category" = "returned.group"
    gift = "is_gift"
    level = "rank"
    "consent.email" = "may_write"
    birthday = "born_on"
    points = "loyalty.points"
    pets = "animals"
    "pets.born" = "animals.birth"
"#;

#[test]
fn a_pack_with_other_names_is_the_pack_written_with_them() {
    let renamed = load(Rulebook::loader().with("packs/pack.toml", PACK), RENAME);
    let by_hand = Rulebook::from_toml(&by_hand()).unwrap_or_else(|e| unreachable!("{e}"));
    let renamed = renamed.unwrap_or_else(|e| unreachable!("{e}"));
    assert_eq!(renamed.document(), by_hand.document());
}

#[test]
fn names_that_need_quotes_get_them() {
    let own = r#"
        include = ["shop.toml"]
        [packs.shop.rename]
        purchased = "Bestellung abgeschickt"
        age = "the age"
    "#;
    let book = load(Rulebook::loader().with("shop.toml", SHOP), own).unwrap();
    assert_eq!(book.segment("grown_up").unwrap().text(), "`the age` >= 18");
    assert!(Rule::check_in("`Bestellung abgeschickt`(\"tv\")", book.context()).is_ok());
}

/// What is wrong with a pack is shown as it is written in it, also where a name is another one by now.
#[test]
fn a_mistake_in_a_renamed_pack_is_shown_as_it_is_written() {
    let own = r#"
        include = ["shop.toml", "more.toml"]
        packs.shop.rename = { age = "years" }
        schema.attributes.years = "string"
    "#;
    let loader = Rulebook::loader()
        .with("shop.toml", SHOP)
        .with("more.toml", "segments.young = \"years < 30\"");
    let error = load(loader, own).unwrap_err();
    let finding = &error.findings()[0];
    assert_eq!(finding.key, "schema.attributes.years");
    assert_eq!(
        finding.other.as_ref().map(|other| other.file.as_deref()),
        Some(Some("shop.toml"))
    );

    // The comparison with a text is wrong under the new name only, because of another file.
    let own = own
        .replace("\"string\"", "\"int\"")
        .replace("[\"shop.toml\", ", "[\"shop.toml\", \"wrong.toml\", ");
    let loader = Rulebook::loader()
        .with("shop.toml", SHOP)
        .with("more.toml", "segments.young = \"years < 30\"")
        .with("wrong.toml", "segments.wrong = \"years = \\\"old\\\"\"");
    let error = load(loader, &own).unwrap_err();
    let [finding] = error.findings() else {
        unreachable!("{error}")
    };
    assert_eq!(
        (finding.file.as_deref(), finding.line),
        (Some("wrong.toml"), Some(1))
    );
}

/// A pack has the names that its file says, whichever file includes it.
#[test]
fn a_pack_of_a_pack_is_renamed_with_it() {
    let loader = Rulebook::loader().with("shop.toml", SHOP).with(
        "beauty.toml",
        "include = [\"shop.toml\"]\nsegments.cream = \"purchased(\\\"cream\\\")\"",
    );
    let own = "include = [\"beauty.toml\"]\npacks.beauty.rename = { purchased = \"ordered\" }\nsegments.any = \"ordered\"";
    let book = load(loader.clone(), own).unwrap();
    assert_eq!(book.segment("cream").unwrap().text(), "ordered(\"cream\")");
    // The same file under two sets of names is not one.
    let own = own.replace("[\"beauty", "[\"shop.toml\", \"beauty");
    let book = load(loader, &own).unwrap();
    assert!(book.schema().kind("purchased").is_some() && book.schema().kind("ordered").is_some());
}

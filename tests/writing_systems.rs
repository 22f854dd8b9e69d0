//! Chinese, Arabic and Russian names and values from end to end: schema, rule file, data, rule, verdict; what their authors
//! are told of mistakes; and characters that deceive.

#![cfg(all(feature = "derive", feature = "toml", feature = "yaml"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use segue::profile::{Model, Record, RecordReader};
use segue::schema::infer::Inference;
use segue::schema::{EventKind, Field, Schema, ordered};
use segue::{Enumeration, Event, Instant, Profile, Rule, Rulebook, Type, syntax};

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// What rules say of one profile of a rulebook: whether each holds, and until when (empty: for ever).
fn agree(book: &Rulebook, profile: &str, now: &str, rows: &[(&str, bool, &str)]) {
    let record =
        Record::from_json(book.schema(), profile).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        Record::from_json(book.schema(), &record.to_json(book.schema())).unwrap(),
        record
    );
    let model = Model::for_schema(book.schema());
    for (text, holds, until) in rows {
        let rule = Rule::check_in(text, book.context()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(rule.warnings(), [], "{text}");
        assert_eq!(
            syntax::parse(&rule.to_string()).as_ref(),
            Ok(rule.expr()),
            "{text}"
        );
        let verdict = rule.bind(&model).unwrap().verdict(&record, at(now));
        let until = (!until.is_empty()).then(|| at(until));
        assert_eq!((verdict.holds, verdict.until), (*holds, until), "{text}");
    }
}

#[test]
fn chinese() {
    let book = Rulebook::from_toml(
        r#"
        timezone = "Asia/Shanghai"

        [schema.attributes]
        "年龄" = "int"
        "城市" = "string"
        "生日" = { type = "date", yearly = true }
        "会员等级" = { type = "enum", values = ["普通", "银卡", "金卡"], ordered = true, tracked = true }
        "同意.邮件" = "bool"
        "兴趣" = "list of string"

        [schema.events."浏览"]
        subject = "类别"
        properties = { "类别" = "string", "时长" = "duration" }

        [schema.events."购买"]
        subject = "类别"
        properties = { "类别" = "string", "金额" = "decimal(2)", "渠道" = { type = "enum", values = ["网站", "门店"] } }

        [traits."购买频率"]
        cases = [{ is = "忠实", when = "购买 at least 3 times within 12 months" }, { is = "偶尔", when = "购买 within 12 months" }]
        otherwise = "从未"
        order = ["从未", "偶尔", "忠实"]

        [tags]
        "兴趣/护肤" = '浏览("抗衰老") at least 2 times within 90 days'

        [scores."消费"]
        value = "sum(购买.金额)"
        classes = 3
        cuts = ["100.00", "500.00"]

        [segments]
        "贵宾" = "会员等级 >= 金卡 and sum(购买.金额 within 12 months) >= 600"
        "近期" = "购买 within 30 days"
        "六十岁以上" = "年龄 >= 60"
        "#,
    )
    .unwrap_or_else(|error| panic!("{error}"));
    assert!(book.warnings().is_empty());
    let profile = r#"{"id": "王芳", "年龄": 52, "城市": "上海", "生日": "1973-03-20", "同意": {"邮件": true}, "兴趣": ["抗衰老", "旅行"], "tags": ["来源/公众号"],
        "history": {"会员等级": [{"at": "2025-01-01T00:00:00Z", "value": "银卡"}, {"at": "2026-03-10T00:00:00Z", "value": "金卡"}]},
        "events": [
            {"kind": "浏览", "at": "2026-02-10T02:00:00Z", "props": {"类别": "抗衰老", "时长": "3 minutes"}},
            {"kind": "浏览", "at": "2026-03-01T02:00:00Z", "props": {"类别": "抗衰老"}},
            {"kind": "购买", "at": "2025-11-11T02:00:00Z", "props": {"类别": "手机", "金额": 299.00, "渠道": "网站"}},
            {"kind": "购买", "at": "2026-03-02T02:00:00Z", "props": {"类别": "抗衰老", "金额": 399.00, "渠道": "门店"}}]}"#;
    agree(
        &book,
        profile,
        "2026-03-18T12:00:00Z",
        &[
            (
                "年龄 > 50 and 浏览(\"抗衰老\") within 30 days",
                true,
                "2026-03-31T02:00:00.000001Z",
            ),
            (
                "城市 = \"上海\" and 城市 starts with \"上\" and length(城市) = 2",
                true,
                "",
            ),
            ("会员等级 = 金卡", true, ""),
            (
                "会员等级 >= 银卡 and 会员等级 != 普通 and 会员等级 exists",
                true,
                "",
            ),
            ("会员等级 = 金卡 for more than 7 days", true, ""),
            (
                "会员等级 changed from 银卡 to 金卡 within 10 days",
                true,
                "2026-03-20T00:00:00.000001Z",
            ),
            ("同意.邮件 and 兴趣 contains \"旅行\"", true, ""),
            ("生日 in next 7 days", true, "2026-03-20T16:00:00Z"),
            (
                "浏览 as 看 then 购买(类别 = 看.类别) within 3 days",
                true,
                "",
            ),
            ("浏览 then no 购买 within 7 days", true, ""),
            (
                "sum(购买.金额) = 698 and top(浏览.类别) = \"抗衰老\" and last(购买).渠道 = 门店",
                true,
                "",
            ),
            ("浏览(时长 >= 3 minutes)", true, ""),
            (
                "购买频率 = 偶尔 and 购买频率 < 忠实",
                true,
                "2027-03-02T02:00:00.000001Z",
            ),
            (
                "tagged \"兴趣\" and tagged \"来源/公众号\"",
                true,
                "2026-05-11T02:00:00.000001Z",
            ),
            ("消费 = 3", true, ""),
            (
                "in segment 贵宾 and not in segment 六十岁以上",
                true,
                "2026-11-11T02:00:00.000001Z",
            ),
            (
                "entered segment 贵宾 within 30 days",
                true,
                "2026-04-09T00:00:00.000001Z",
            ),
            ("购买 during last month", false, "2026-03-31T16:00:00Z"),
            ("`年龄` = 52", true, ""),
        ],
    );
}

#[test]
fn arabic() {
    let book = Rulebook::from_yaml(
        r#"
timezone: Africa/Cairo
week_starts: saturday
schema:
  attributes:
    العمر: int
    المدينة: string
    المستوى: {type: enum, values: [برونزي, فضي, ذهبي], ordered: true}
    موافقة.بريد: bool
  events:
    شراء:
      subject: الفئة
      properties: {الفئة: string, المبلغ: decimal(2)}
    زيارة: {}
traits:
  آخر_شراء: last(شراء).at
tags:
  اهتمام/عطور: شراء("عطور")
segments:
  كبار العملاء: المستوى >= ذهبي or sum(شراء.المبلغ) > 1000
  نشط: زيارة within 30 days
"#,
    )
    .unwrap_or_else(|error| panic!("{error}"));
    assert!(book.warnings().is_empty());
    let profile = r#"{"id": "ليلى", "العمر": 33, "المدينة": "القاهرة", "المستوى": "ذهبي", "موافقة": {"بريد": false},
        "events": [{"kind": "شراء", "at": "2026-02-20T09:00:00Z", "props": {"الفئة": "عطور", "المبلغ": 120.50}},
                   {"kind": "زيارة", "at": "2026-03-14T09:00:00Z"}]}"#;
    agree(
        &book,
        profile,
        "2026-03-18T12:00:00Z",
        &[
            (
                "العمر between 30 and 40 and المدينة = \"القاهرة\"",
                true,
                "",
            ),
            (
                "المدينة contains \"قاهر\" and المدينة ends with \"ة\"",
                true,
                "",
            ),
            (
                "شراء(\"عطور\") within 30 days",
                true,
                "2026-03-22T09:00:00.000001Z",
            ),
            (
                "sum(شراء.المبلغ) = 120.5 and last(شراء).الفئة = \"عطور\"",
                true,
                "",
            ),
            ("المستوى = ذهبي and المستوى > فضي", true, ""),
            ("موافقة.بريد = false", true, ""),
            ("آخر_شراء before 20 days ago", true, ""),
            (
                "in segment `كبار العملاء` and in segment نشط",
                true,
                "2026-04-13T09:00:00.000001Z",
            ),
            ("tagged \"اهتمام\"", true, ""),
            // The week began on Saturday the 14th.
            ("زيارة during this week", true, "2026-03-20T22:00:00Z"),
            ("شراء then زيارة within 3 weeks", false, ""),
        ],
    );
}

#[test]
fn russian() {
    let book = Rulebook::from_json(
        r#"{
        "timezone": "Europe/Moscow",
        "schema": {
            "attributes": {"возраст": "int", "город": "string", "уровень": {"type": "enum", "values": ["новый", "постоянный"], "ordered": true}},
            "events": {
                "покупка": {"subject": "товар", "properties": {"товар": "string", "сумма": "decimal(2)"}},
                "посещение": {"properties": {"страниц": "int"}}
            }
        },
        "traits": {"частота": "count(покупка within 12 months)"},
        "tags": {"интерес/чай": "покупка(\"Чай\")"},
        "segments": {"старше_60": "возраст > 60", "верные": {"when": "частота >= 2 and уровень = постоянный"}, "список": {"ids": ["Ольга"]}}
    }"#,
    )
    .unwrap_or_else(|error| panic!("{error}"));
    assert!(book.warnings().is_empty());
    let profile = r#"{"id": "Ольга", "возраст": 61, "город": "Казань", "уровень": "постоянный", "events": [
        {"kind": "покупка", "at": "2025-09-01T07:00:00Z", "props": {"товар": "крем", "сумма": 1500.00}},
        {"kind": "покупка", "at": "2026-02-14T07:00:00Z", "props": {"товар": "Чай", "сумма": 300.00}},
        {"kind": "посещение", "at": "2026-02-14T06:00:00Z", "props": {"страниц": 4}}]}"#;
    agree(
        &book,
        profile,
        "2026-03-18T12:00:00Z",
        &[
            (
                "возраст > 60 and покупка(\"крем\") before 6 months ago",
                true,
                "",
            ),
            (
                "город = \"КАЗАНЬ\" ignoring case and город != \"казань\" and город exists",
                true,
                "",
            ),
            (
                "город like \"К%ь\" and город matches \"^Каз\" and город < \"Москва\"",
                true,
                "",
            ),
            ("покупка(товар = \"чай\" ignoring case)", true, ""),
            ("частота = 2", true, "2026-09-01T07:00:00.000001Z"),
            (
                "in segment верные and in segment старше_60 and in segment список",
                true,
                "2026-09-01T07:00:00.000001Z",
            ),
            ("tagged \"интерес/чай\"", true, ""),
            ("посещение as п then покупка(at - п.at <= 1 hour)", true, ""),
            (
                "покупка(сумма > 1000) and посещение(страниц between 1 and 5)",
                true,
                "",
            ),
        ],
    );
}

/// Data in three scripts are learned, read line by line and matched.
#[test]
fn schemas_are_inferred_from_such_data() {
    let profile = r#"{"id": "1", "年龄": 47, "день_рождения": "1979-02-28", "المدينة": "القاهرة"}"#;
    let event = r#"{"profile": "1", "kind": "покупка", "at": "2026-03-05T09:30:00Z", "props": {"товар": "крем", "сумма": 99.90}}"#;
    let mut inference = Inference::new();
    inference.profile(profile).unwrap();
    inference.event(event).unwrap();
    let schema = inference.schema().unwrap();
    let mut reader = RecordReader::new(&schema);
    let mut record = reader.profile(profile).unwrap();
    record.add_events([reader.event(event).unwrap().unwrap().event]);
    let text = "年龄 > 40 and المدينة = \"القاهرة\" and покупка(сумма < 100) within 30 days and день_рождения in last 30 days";
    let rule = Rule::check(text, &schema).unwrap_or_else(|error| panic!("{error}"));
    assert!(
        rule.bind(&Model::for_schema(&schema))
            .unwrap()
            .holds(&record, at("2026-03-18T12:00:00Z"))
    );
}

#[derive(Profile)]
struct Customer {
    id: u64,
    #[segue(rename = "年龄")]
    age: u8,
    #[segue(rename = "город")]
    city: String,
    #[segue(rename = "المستوى")]
    level: Level,
    #[segue(events)]
    events: Vec<Activity>,
}

#[derive(Enumeration)]
#[segue(ordered)]
enum Level {
    #[segue(rename = "فضي")]
    Silver,
    #[segue(rename = "ذهبي")]
    Gold,
}

#[derive(Event)]
enum Activity {
    #[segue(rename = "浏览")]
    Viewed {
        at: Instant,
        #[segue(subject, rename = "类别")]
        category: String,
    },
}

#[test]
fn derived_names_may_be_of_any_script() {
    let model = Model::<Customer>::new().unwrap();
    let text = "年龄 > 50 and город = \"Казань\" and المستوى > فضي and 浏览(\"抗衰老\")";
    let matcher = Rule::check(text, model.schema())
        .unwrap_or_else(|error| panic!("{error}"))
        .bind(&model)
        .unwrap();
    let events = vec![Activity::Viewed {
        at: at("2026-03-01T10:00:00Z"),
        category: "抗衰老".into(),
    }];
    let mut customer = Customer {
        id: 1,
        age: 52,
        city: "Казань".into(),
        level: Level::Gold,
        events,
    };
    assert!(matcher.holds(&customer, at("2026-03-18T12:00:00Z")));
    customer.level = Level::Silver;
    assert!(!matcher.holds(&customer, at("2026-03-18T12:00:00Z")));
}

fn schema() -> Schema {
    Schema::builder()
        .attribute(Field::new("年龄", Type::Int))
        .attribute(Field::new("العمر", Type::Int))
        .attribute(Field::new("город", Type::String))
        .attribute(Field::new("уровень", ordered(["новый", "постоянный"])))
        .attribute(Field::new("age", Type::Int))
        .attribute(Field::new("p\u{430}id", Type::Bool)) // a Cyrillic а
        .attribute(Field::new("café", Type::Int))
        .kind(
            EventKind::new("浏览")
                .subject(Field::new("类别", Type::String))
                .property(Field::new("时长", Type::Duration)),
        )
        .kind(EventKind::new("شراء").subject(Field::new("الفئة", Type::String)))
        .build()
        .unwrap()
}

/// Applies what is proposed until nothing more is.
#[track_caller]
fn mended(text: &str, expected: &str) {
    let mut text = text.to_owned();
    for _ in 0..20 {
        let found = match Rule::check(&text, &schema()) {
            Ok(rule) => rule.warnings().to_vec(),
            Err(error) => error.diagnostics().to_vec(),
        };
        let Some(fix) = found.into_iter().find_map(|finding| finding.fix) else {
            break;
        };
        text.replace_range(
            fix.span.start as usize..fix.span.end as usize,
            &fix.replacement,
        );
    }
    assert_eq!(text, expected);
    assert!(Rule::check(&text, &schema()).is_ok());
}

#[test]
fn misspelt_names_are_proposed() {
    mended("年令 > 50", "年龄 > 50");
    mended("العمرر > 50", "العمر > 50");
    mended("горад = \"Казань\"", "город = \"Казань\"");
    mended("уровень = постояный", "уровень = постоянный");
    mended(
        "浏览(\"抗衰老\", 时场 > 1 minute)",
        "浏览(\"抗衰老\", 时长 > 1 minute)",
    );
    mended("شراء(الفئه = \"عطور\")", "شراء(الفئة = \"عطور\")");
    mended("город = Казань", "город = \"Казань\"");
}

/// What the keyboards of these scripts type instead of plain signs.
#[test]
fn signs_of_other_keyboards_are_mended() {
    mended("年龄 ＞ ５０", "年龄 > 50");
    mended(
        "浏览（“抗衰老”，时长 > 1 minute）",
        "浏览(\"抗衰老\",时长 > 1 minute)",
    );
    mended("年龄 > 50 和 浏览", "年龄 > 50 and 浏览");
    mended(
        "العمر > ٥٠ أو شراء(\"عطور\")",
        "العمر > 50 or شراء(\"عطور\")",
    );
    mended("\u{200f}العمر > 50", "العمر > 50");
    mended(
        "город = «Казань» и уровень = новый",
        "город = \"Казань\" and уровень = новый",
    );
    mended("город = „Казань“", "город = \"Казань\"");
}

#[test]
fn look_alikes_are_told_apart() {
    let warned = |text: &str| match Rule::check(text, &schema()) {
        Ok(rule) => rule
            .warnings()
            .iter()
            .map(|w| w.code.to_string())
            .collect::<Vec<_>>(),
        Err(error) => error
            .diagnostics()
            .iter()
            .map(|d| d.code.to_string())
            .collect(),
    };
    // The attribute is declared with the Cyrillic letter; with the Latin one it is another name.
    assert_eq!(warned("p\u{430}id"), ["W0002"]);
    assert_eq!(warned("paid"), ["E0101"]);
    mended("paid", "p\u{430}id");
    // `age` with a Cyrillic а is no attribute, and the reader is told why.
    let error = Rule::check("\u{430}ge > 50", &schema()).unwrap_err();
    assert_eq!(
        error
            .diagnostics()
            .iter()
            .map(|d| d.code.as_str())
            .collect::<Vec<_>>(),
        ["E0101", "W0002"]
    );
    assert!(error.to_string().contains("did you mean `age`?"), "{error}");
    assert!(
        error.to_string().contains("U+0430, not the Latin `a`"),
        "{error}"
    );
    // Names of one script are not suspected, nor are texts in quotes.
    for text in [
        "город = \"Moсква\"",
        "年龄 > 50",
        "العمر > 50",
        "уровень = новый",
    ] {
        assert_eq!(warned(text), [] as [&str; 0], "{text}");
    }
    // What cannot be seen is, in names and in texts.
    assert_eq!(warned("город = \"Каз\u{200b}ань\""), ["W0003"]);
    assert_eq!(warned("город = \"Каз\u{202e}ань\""), ["W0001"]);
}

/// One letter or a letter and a mark: the same name.
#[test]
fn composed_and_decomposed_names_are_the_same() {
    assert!(Rule::check("café > 3", &schema()).is_ok());
    assert!(Rule::check("cafe\u{301} > 3", &schema()).is_ok());
}

/// Underlines take their columns from how wide characters are shown.
#[test]
fn underlines_fit_wide_and_narrow_characters() {
    let shown = Rule::check("城市 = \"上海\" and 年令 > 50", &schema())
        .unwrap_err()
        .to_string();
    let lines: Vec<&str> = shown.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.ends_with("^^^^") && line.contains('|'))
        .unwrap_or_else(|| panic!("{shown}"));
    assert!(lines[at - 1].contains("城市"), "{shown}");
    let shown = Rule::check("العمرر > 50", &schema())
        .unwrap_err()
        .to_string();
    assert!(shown.contains("| ^^^^^^\n"), "{shown}");
}

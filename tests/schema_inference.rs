//! Schemas inferred from data.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use segue::profile::{Record, RecordReader};
use segue::schema::infer::Inference;
use segue::schema::{Projection, Schema};

fn attributes(lines: &[&str]) -> Result<String, String> {
    let mut inference = Inference::new();
    for (i, line) in lines.iter().enumerate() {
        inference
            .profile(&format!(r#"{{"id":"{i}",{line}}}"#))
            .map_err(|e| e.to_string())?;
    }
    Ok(describe(&inference.schema().map_err(|e| e.to_string())?))
}

/// `name: type`, with `!` where it is required.
fn field(f: &segue::schema::Field) -> String {
    let flags = [
        (f.required, "!"),
        (f.tracked, " tracked"),
        (f.yearly, " yearly"),
    ];
    let flags: String = flags
        .into_iter()
        .filter(|(on, _)| *on)
        .map(|(_, text)| text)
        .collect();
    format!("{}: {}{flags}", f.name, f.ty)
}

fn describe(schema: &Schema) -> String {
    let attributes = schema.attributes().iter().map(field);
    let kinds = schema.kinds().iter().map(|k| {
        let subject = k
            .subject
            .map(|s| format!(" of {}", k.properties[s].name))
            .unwrap_or_default();
        format!(
            "{}{subject} ({})",
            k.name,
            k.properties
                .iter()
                .map(field)
                .collect::<Vec<_>>()
                .join(", ")
        )
    });
    attributes.chain(kinds).collect::<Vec<_>>().join("; ")
}

#[track_caller]
fn infers(lines: &[&str], expected: &str) {
    assert_eq!(attributes(lines).as_deref(), Ok(expected), "{lines:?}");
    // What was inferred reads what it was inferred from.
    let mut inference = Inference::new();
    let lines: Vec<_> = lines
        .iter()
        .map(|l| format!(r#"{{"id":"1",{l}}}"#))
        .collect();
    lines.iter().for_each(|l| inference.profile(l).unwrap());
    let schema = inference.schema().unwrap();
    for line in &lines {
        let record = Record::from_json(&schema, line).unwrap();
        assert_eq!(
            Record::from_json(&schema, &record.to_json(&schema)),
            Ok(record),
            "{line}"
        );
    }
}

#[test]
fn scalars() {
    infers(&[r#""a":true"#, r#""a":false"#], "a: bool!");
    infers(&[r#""a":1"#, r#""a":-7"#], "a: int!");
    infers(&[r#""a":9223372036854775807"#], "a: int!");
    infers(&[r#""a":-1"#, r#""a":18446744073709551615"#], "a: int!");
    infers(&[r#""a":18446744073709551616"#], "a: float!");
    infers(
        &[r#""a":1"#, r#""a":20.06"#, r#""a":-0.5"#],
        "a: decimal(2)!",
    );
    infers(&[r#""a":20.00"#], "a: decimal(2)!");
    infers(&[r#""a":1.5e-3"#], "a: decimal(4)!");
    infers(&[r#""a":0.123456789"#], "a: decimal(9)!");
    infers(&[r#""a":0.1234567891"#], "a: float!");
    infers(&[r#""a":0.30000000000000004"#, r#""a":1"#], "a: float!");
    infers(&[r#""a":12345678901234567"#, r#""a":0.25"#], "a: float!");
    infers(&[r#""a":1e300"#, r#""a":1"#], "a: float!");
    infers(&[r#""a":"x""#], "a: string!");
    infers(&[r#""a":"2026-01-31""#, r#""a":"2024-02-29""#], "a: date!");
    infers(
        &[r#""a":"2026-01-31""#, r#""a":"2023-02-29""#],
        "a: string!",
    );
    infers(
        &[
            r#""a":"2026-01-31T12:00:00Z""#,
            r#""a":"2026-01-31T12:00:00.5+02:00""#,
        ],
        "a: instant!",
    );
    infers(
        &[r#""a":"2026-01-31""#, r#""a":"2026-01-31T12:00:00Z""#],
        "a: string!",
    );
    infers(&[r#""a":"2026-01-31T12:00:00""#], "a: string!");
    infers(&[r#""a":"""#, r#""a":"2026-01-31""#], "a: string!");
}

#[test]
fn missing_values_and_what_is_never_there() {
    infers(&[r#""a":1"#, r#""a":null"#], "a: int");
    infers(&[r#""a":1"#, r#""b":"x""#], "a: int; b: string");
    infers(&[r#""a":null"#], "a: string");
    infers(&[r#""a":null"#, r#""a":1.5"#], "a: decimal(1)");
    infers(&[r#""a":{}"#, r#""a":{"b":1}"#], "a.b: int");
}

#[test]
fn lists_places_and_objects() {
    infers(
        &[r#""a":[]"#, r#""a":["x","2026-01-01"]"#],
        "a: list of string!",
    );
    infers(&[r#""a":[1,2.25]"#, r#""a":[3]"#], "a: list of decimal(2)!");
    infers(&[r#""a":[]"#], "a: list of string!");
    infers(
        &[r#""a":{"lat":52.5,"lon":-13}"#, r#""a":{"lon":1,"lat":2}"#],
        "a: place!",
    );
    infers(
        &[r#""a":{"lat":52.5,"lon":13.4,"city":"Berlin"}"#],
        "a.lat: decimal(1)!; a.lon: decimal(1)!; a.city: string!",
    );
    infers(
        &[
            r#""consent":{"email":true,"by":{"phone":false}}"#,
            r#""consent.email":false"#,
        ],
        "consent.email: bool!; consent.by.phone: bool",
    );
    infers(
        &[r#""согласие":{"почта":true}"#, r#""согласие":null"#],
        "согласие.почта: bool",
    );
}

#[test]
fn what_fits_no_type_is_left_out_and_told() {
    let mut inference = Inference::new();
    inference
        .profile(
            r#"{"id":"1","cart":[{"sku":1},2],"grid":[[1]],"mixed":[1],"now":3,"a`b":1,"ok":1}"#,
        )
        .unwrap();
    inference
        .profile(r#"{"id":"2","cart":[],"mixed":["x"],"ok":2}"#)
        .unwrap();
    inference
        .event(r#"{"kind":"visited","at":"2026-01-01","props":{"date":"2026-01-01","page":"x","lines":[{"sku":1}]}}"#)
        .unwrap();
    assert_eq!(
        describe(&inference.schema().unwrap()),
        "ok: int!; visited of page (page: string!)"
    );
    assert_eq!(
        inference.left_out(),
        [
            "`cart`: a list of objects and other things, as in profile line 1",
            "`grid`: a list of lists, as in profile line 1",
            "`mixed`: a list of different types, as in profile line 2",
            "`now`: every one has a value of this name already",
            "`a`b`: this cannot be a name",
            "`visited.date`: every one has a value of this name already",
            "`visited.lines`: a list of objects, as in event line 1",
        ]
    );
}

#[test]
fn lists_of_objects_are_relations() {
    let mut inference = Inference::new();
    for profile in [
        r#"{"id":"1","accounts":[]}"#,
        r#"{"id":"2","accounts":[{"name":"Acme","seats":5,"owner":{"age":50}},{"name":"Bolt","seats":null}]}"#,
        r#"{"id":"3","company":{"sites":[{"city":"Roma","opened":"2020-05-01"}]},"visited":[{"page":"/"}]}"#,
        r#"{"id":"4","accounts":null,"tags":["vip"]}"#,
    ] {
        inference.profile(profile).unwrap();
    }
    inference
        .event(r#"{"kind":"visited","at":"2026-01-01"}"#)
        .unwrap();
    let schema = inference.schema().unwrap();
    let relation = |r: &segue::schema::Relation| {
        let properties: Vec<String> = r.properties.iter().map(field).collect();
        format!(
            "{} of {:?} ({})",
            r.name,
            r.subject.map(|s| r.properties[s].name.as_str()),
            properties.join(", ")
        )
    };
    assert_eq!(
        schema.relations().iter().map(relation).collect::<Vec<_>>(),
        [
            "accounts of Some(\"name\") (name: string!, seats: int, owner.age: int)",
            "company.sites of Some(\"city\") (city: string!, opened: date!)",
        ]
    );
    assert!(schema.attributes().is_empty());
    assert_eq!(
        inference.left_out(),
        ["`visited`: a list of objects, and every profile, or a kind of events, has this name"]
    );
    let error = inference
        .profile(r#"{"id":"5","accounts":[{"seats":"many"}]}"#)
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("`accounts.seats`: is a number in profile line 2 (`5`)"),
        "{error}"
    );
    let error = inference
        .profile(r#"{"id":"6","accounts":"Acme"}"#)
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("is a list of objects in profile line 2"),
        "{error}"
    );
}

#[test]
fn two_types_of_one_field_are_an_error_that_names_both_lines() {
    let expected = "`age`: is a number in profile line 2 (`47`) and a string in profile line 3 (`\"n/a\"`); make them one type, or leave the field out";
    assert_eq!(
        attributes(&[r#""age":null"#, r#""age":47"#, r#""age":"n/a""#]).unwrap_err(),
        expected
    );
    for (a, b, words) in [
        (
            r#""x":true"#,
            r#""x":1"#,
            "is a bool in profile line 1 (`true`) and a number in",
        ),
        (
            r#""x":[1]"#,
            r#""x":1"#,
            "is a list (a number in it) in profile line 1 (`[1]`) and a number in",
        ),
        (
            r#""x":{"y":1}"#,
            r#""x":1"#,
            "is an object in profile line 1 (`{\"y\":1}`) and a number in",
        ),
        (
            r#""x":{"lat":1,"lon":1}"#,
            r#""x":{"lat":1}"#,
            "is a place in",
        ),
        (
            r#""x":"a""#,
            r#""x":{"y":1}"#,
            "is a string in profile line 1 (`\"a\"`) and an object in",
        ),
    ] {
        let error = attributes(&[a, b]).unwrap_err();
        assert!(error.starts_with(&format!("`x`: {words}")), "{error}");
    }
    let mut inference = Inference::new();
    inference
        .event(r#"{"kind":"купил","at":"2026-01-01","props":{"сумма":1}}"#)
        .unwrap();
    inference
        .event(r#"{"kind":"смотрел","at":"2026-01-01","props":{"сумма":"другое"}}"#)
        .unwrap();
    let error = inference
        .event(r#"{"props":{"сумма":"много"},"kind":"купил","at":"2026-01-01"}"#)
        .unwrap_err();
    assert_eq!(error.field, "купил.сумма");
    assert!(
        error.message.starts_with(
            "is a number in event line 1 (`1`) and a string in event line 3 (`\"много\"`)"
        ),
        "{error}"
    );
}

#[test]
fn what_is_no_event_or_profile_is_refused_with_its_line() {
    let mut inference = Inference::new();
    inference
        .event(r#"{"kind":"a","at":"2026-01-01"}"#)
        .unwrap();
    for (json, message) in [
        ("{", "event line 2: not valid JSON"),
        ("[]", "event line 3: not the expected JSON"),
        (
            r#"{"at":"2026-01-01"}"#,
            "`kind`: event line 4: is missing; it says what happened",
        ),
        (r#"{"kind":7}"#, "`kind`: event line 5: `7` is not a string"),
        (
            r#"{"kind":"a","props":[]}"#,
            "`props`: event line 6: not the expected JSON",
        ),
        (
            r#"{"props":[],"kind":"a"}"#,
            "`props`: event line 7: not the expected JSON",
        ),
    ] {
        let error = inference.event(json).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
    assert!(
        inference
            .profile("17")
            .unwrap_err()
            .to_string()
            .starts_with("profile line 1: not the expected JSON")
    );
}

#[test]
fn birthdays_come_back_every_year() {
    for name in [
        "birthday",
        "birth_date",
        "date_of_birth",
        "born",
        "dob",
        "生日",
        "день_рождения",
        "عيد_الميلاد",
        "person.birthday",
        "birthDate",
        "Date of birth",
    ] {
        infers(
            &[&format!(r#""{name}":"1979-02-28""#)],
            &format!("{name}: date! yearly"),
        );
    }
    infers(&[r#""joined":"1979-02-28""#], "joined: date!");
    infers(&[r#""birthday":"early in May""#], "birthday: string!");
    infers(&[r#""birthday.note":"1979-02-28""#], "birthday.note: date!");
}

#[test]
fn the_subject_of_a_kind() {
    let subject = |props: &str| {
        let mut inference = Inference::new();
        inference
            .event(&format!(
                r#"{{"kind":"k","at":"2026-01-01","props":{props}}}"#
            ))
            .unwrap();
        let kind = inference.schema().unwrap().kinds()[0].clone();
        kind.subject.map(|s| kind.properties[s].name.clone())
    };
    assert_eq!(
        subject(r#"{"brand":"x","product":"y","category":"z"}"#).as_deref(),
        Some("category")
    );
    assert_eq!(
        subject(r#"{"name":"x","item":"y","brand":"z"}"#).as_deref(),
        Some("item")
    );
    assert_eq!(
        subject(r#"{"category":7,"brand":"x","size":1}"#).as_deref(),
        Some("brand"),
        "a subject is a string"
    );
    assert_eq!(
        subject(r#"{"brand":"x","size":"y"}"#),
        None,
        "either could be it"
    );
    assert_eq!(subject(r#"{"brand":"2026-01-01","size":1}"#), None);
    assert_eq!(subject(r#"{"品牌":"x"}"#).as_deref(), Some("品牌"));
}

#[test]
fn history_tags_and_events_of_a_profile() {
    let mut inference = Inference::new();
    let line = r#"{"id":"1","plan":"pro","tags":["a"],"history":{"plan":[{"at":"2026-01-01","value":"free"}],
        "seats":{"paid":[{"at":"2026-01-01","value":null},{"at":"2026-02-01","value":3}]}},
        "events":[{"kind":"viewed","at":"2026-01-01","props":{"page":"home"}}]}"#;
    inference.profile(line).unwrap();
    let schema = inference.schema().unwrap();
    assert_eq!(
        describe(&schema),
        "plan: string tracked; seats.paid: int tracked; viewed of page (page: string!)"
    );
    let record = Record::from_json(&schema, line).unwrap();
    assert_eq!((record.events().len(), record.tags().len()), (1, 1));

    // These words may be attributes too.
    infers(
        &[r#""tags":"a,b","events":3,"history":"long""#],
        "tags: string!; events: int!; history: string!",
    );
}

#[test]
fn a_projection_keeps_the_rest_out() {
    let wanted = Projection::nothing()
        .attribute("consent.email")
        .property("bought", "amount")
        .kind("left");
    let mut inference = Inference::new().only(wanted);
    inference
        .profile(r#"{"id":"1","age":1,"consent":{"email":true,"sms":1},"consents":2,"cons":3}"#)
        .unwrap();
    inference
        .profile(r#"{"id":"2","age":"conflict","consent":{"email":true,"sms":"conflict"},"cons":"conflict"}"#)
        .unwrap();
    for line in [
        r#"{"kind":"bought","at":"2026-01-01","props":{"amount":1.5,"category":"tv"}}"#,
        r#"{"props":{"amount":2,"category":1},"kind":"bought","at":"2026-01-01"}"#,
        r#"{"kind":"left","at":"2026-01-01","props":{"page":"x"}}"#,
        r#"{"kind":"viewed","at":"2026-01-01","props":{"page":"x"}}"#,
    ] {
        inference.event(line).unwrap();
    }
    assert_eq!(
        describe(&inference.schema().unwrap()),
        "consent.email: bool!; bought (amount: decimal(1)!); left ()"
    );
    assert_eq!(inference.left_out(), [] as [&str; 0]);
}

#[test]
fn a_projection_of_a_nested_name_does_not_take_in_the_name_before_it() {
    let mut inference = Inference::new().only(
        Projection::nothing()
            .attribute("consent.email")
            .property("bought", "ship.to"),
    );
    inference.profile(r#"{"id":"1","consent":true}"#).unwrap();
    inference
        .event(r#"{"kind":"bought","at":"2026-01-01","props":{"ship":"DE"}}"#)
        .unwrap();
    assert_eq!(describe(&inference.schema().unwrap()), "bought ()");
}

/// Lines as a grocery panel and a wholesaler write them.
#[test]
fn lines_of_real_shops() {
    let events = [
        r#"{"id":"c-24-304","profile":"304","kind":"campaign_received","at":"2016-11-14T00:00:00Z","props":{"campaign_id":"24","campaign_type":"Type C","campaign_end":"2017-01-16"}}"#,
        r#"{"id":"b-31198770125","profile":"909","kind":"basket","at":"2017-01-01T14:23:15Z","props":{"store_id":"404","lines":1,"amount":20.06}}"#,
        r#"{"id":"i-1","profile":"909","kind":"item","at":"2017-01-01T14:23:15Z","props":{"product_id":"1","category":"SOFT DRINKS","quantity":1,"unit_price":2.550}}"#,
        r#"{"id":"i-2","profile":"909","kind":"item","at":"2017-01-01T14:23:15Z","props":{"product_id":"2","quantity":1,"unit_price":0.000}}"#,
    ];
    let mut inference = Inference::new();
    inference
        .profile(r#"{"id":"10","age":null,"age_low":null,"home_ownership":null}"#)
        .unwrap();
    inference
        .profile(r#"{"id":"1031","age":"35-44","age_low":35,"home_ownership":"Homeowner"}"#)
        .unwrap();
    events.iter().for_each(|e| inference.event(e).unwrap());
    let schema = inference.schema().unwrap();
    assert_eq!(
        describe(&schema),
        "age: string; age_low: int; home_ownership: string; \
         campaign_received (campaign_id: string!, campaign_type: string!, campaign_end: date!); \
         basket of store_id (store_id: string!, lines: int!, amount: decimal(2)!); \
         item of category (product_id: string!, category: string, quantity: int!, unit_price: decimal(3)!)"
    );
    let mut reader = RecordReader::new(&schema);
    for line in events {
        let read = reader.event(line).unwrap().unwrap();
        let again = read.event.to_json(&schema, &read.profile);
        assert_eq!(again, line, "every digit is kept");
    }
}

/// What others send cannot make it run long or deep.
#[test]
fn depth_and_width_have_limits() {
    let deep = format!(
        r#"{{"id":"1",{}1{}}}"#,
        r#""a":{"#.repeat(5_000).trim_end_matches('{'),
        "}".repeat(4_999)
    );
    let mut inference = Inference::new();
    inference.profile(&deep).unwrap();
    assert_eq!(describe(&inference.schema().unwrap()), "");
    assert_eq!(inference.left_out().len(), 1, "{:?}", inference.left_out());
    assert!(
        inference.left_out()[0]
            .ends_with(": an object within too many others, as in profile line 1")
    );
    let past = format!(
        r#"{{"id":"1","history":{{{}[]{}}}}}"#,
        r#""a":{"#.repeat(5_000).trim_end_matches('{'),
        "}".repeat(4_999)
    );
    Inference::new().profile(&past).unwrap();

    let wide: Vec<_> = (0..10_001).map(|i| format!(r#""k{i}":1"#)).collect();
    let error = Inference::new()
        .profile(&format!(r#"{{"id":"1",{}}}"#, wide.join(",")))
        .unwrap_err();
    assert!(error.message.contains("more than 10,000 names"), "{error}");
    let mut inference = Inference::new();
    let kinds = (0..10_001).map(|i| inference.event(&format!(r#"{{"kind":"k{i}"}}"#)));
    assert_eq!(kinds.filter(Result::is_err).count(), 1);
}

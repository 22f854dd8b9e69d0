//! The names that serde gives, and what it writes.

use super::*;
use serde::Serialize;

#[derive(Profile, Serialize)]
#[segue(serde)]
#[serde(rename_all = "camelCase")]
struct Customer {
    id: u64,
    first_name: String,
    #[serde(rename = "cityOfBirth", default)]
    city: Option<String>,
    #[serde(rename(serialize = "visitCount", deserialize = "visits"))]
    visits: u32,
    #[serde(skip)]
    _session: Option<std::net::IpAddr>,
    // Serde is told to leave it out, and rules to read it.
    #[serde(skip)]
    #[segue(decimal = 2)]
    margin: i64,
    #[segue(nested)]
    consent: Consent,
    #[serde(flatten)]
    address: Address,
    status: Status,
    #[segue(events)]
    events: Vec<Action>,
}

#[derive(Nested, Serialize)]
#[segue(serde)]
struct Consent {
    #[serde(rename = "e-mail")]
    email: bool,
}

#[derive(Nested, Serialize)]
#[segue(serde)]
#[serde(rename_all = "UPPERCASE")]
struct Address {
    zip: u32,
}

#[derive(Enumeration, Serialize)]
#[segue(serde)]
#[serde(rename_all = "kebab-case")]
enum Status {
    NewLead,
    Won,
}

#[derive(Event, Serialize)]
#[segue(serde)]
#[serde(tag = "kind", rename_all_fields = "UPPERCASE")]
enum Action {
    SignedIn {
        #[serde(rename = "at")]
        at: Instant,
        device: String,
    },
    #[serde(rename = "bought", rename_all = "camelCase")]
    Purchased {
        at: Instant,
        #[segue(subject)]
        product_name: String,
    },
}

#[test]
fn are_those_of_rules_where_a_type_says_so() {
    let model = Model::<Customer>::new().unwrap();
    let names: Vec<_> = (model.schema().attributes().iter())
        .map(|a| a.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "firstName",
            "cityOfBirth",
            "visitCount",
            "margin",
            "consent.e-mail",
            "ZIP",
            "status"
        ]
    );
    let kinds: Vec<_> = model.schema().kinds().iter().map(|k| &*k.name).collect();
    assert_eq!(kinds, ["SignedIn", "bought"]);
    let signed_in = model.schema().kinds()[0].properties.iter();
    assert_eq!(signed_in.map(|p| &*p.name).collect::<Vec<_>>(), ["DEVICE"]);
    let anna = Customer {
        id: 17,
        first_name: "Anna".into(),
        city: None,
        visits: 3,
        _session: None,
        margin: 12_50,
        consent: Consent { email: true },
        address: Address { zip: 20_121 },
        status: Status::NewLead,
        events: vec![
            Action::SignedIn {
                at: at("2026-03-01"),
                device: "phone".into(),
            },
            Action::Purchased {
                at: at("2026-03-02"),
                product_name: "tv".into(),
            },
        ],
    };
    let _ = Status::Won;
    let rule = r#"firstName = "Anna" and visitCount = 3 and `consent.e-mail` and ZIP = 20121 and status = "new-lead" and cityOfBirth is missing"#;
    let rule = Rule::check(rule, model.schema()).unwrap_or_else(|e| panic!("{e}"));
    assert!(rule.bind(&model).unwrap().holds(&anna, at(NOW)));
    // What serde writes is read as the same.
    let record = Record::from_serialize(model.schema(), &anna).unwrap();
    let records = Model::for_schema(model.schema());
    assert!(rule.bind(&records).unwrap().holds(&record, at(NOW)));
    assert_eq!(record.id(), "17");
}

#[test]
fn what_cannot_be_written_is_an_error_that_says_so() {
    let schema = Model::<Customer>::new().unwrap().schema().clone();
    let error = Record::from_serialize(&schema, &HashMap::from([((1, 2), 3)])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot be written as JSON: key must be a string"
    );
    let error = Record::from_serialize(&schema, &HashMap::from([("name", 3)])).unwrap_err();
    assert!(error.to_string().contains("`id`"), "{error}");
}

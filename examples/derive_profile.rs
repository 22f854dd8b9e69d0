//! A rule on a service's own struct, evaluated in place: no conversion and no copy.

use segue::profile::{Model, Timeline};
use segue::{Event, Instant, Profile, Rule};

#[derive(Profile)]
struct Customer {
    id: u64,
    age: u8,
    #[segue(nested)]
    consent: Consent,
    #[segue(events)]
    events: Timeline<Activity>,
}

#[derive(segue::Nested)]
struct Consent {
    email: bool,
}

#[derive(Event)]
enum Activity {
    Bought {
        at: Instant,
        #[segue(subject)]
        category: String,
        #[segue(decimal = 2)]
        amount: i64,
    },
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let model = Model::<Customer>::new()?;
    let text = r#"age > 50 and consent.email and sum(bought("skincare").amount) >= 100"#;
    let rule = Rule::check(text, model.schema())?.bind(&model)?;

    let bought = |at: &str, amount| -> Result<Activity, Box<dyn std::error::Error>> {
        let (at, category) = (at.parse()?, "skincare".to_owned());
        Ok(Activity::Bought {
            at,
            category,
            amount,
        })
    };
    let events = [
        bought("2026-01-10T10:00:00Z", 59_90)?,
        bought("2026-02-20T18:30:00Z", 45_00)?,
    ];
    let anna = Customer {
        id: 17,
        age: 57,
        consent: Consent { email: true },
        events: events.into_iter().collect(),
    };
    assert!(rule.holds(&anna, "2026-03-18T12:00:00Z".parse()?));
    println!("customer {} is in: {text}", anna.id);
    Ok(())
}

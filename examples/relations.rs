//! Rows that belong to a customer: subscriptions, addresses, devices.

use segue::profile::Model;
use segue::{Date, Profile, Row, Rule};

#[derive(Profile)]
struct Company {
    id: String,
    #[segue(rows)]
    subscriptions: Vec<Subscription>,
}

#[derive(Row)]
struct Subscription {
    #[segue(subject)]
    product: String,
    seats: u32,
    renewal: Date,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let model = Model::<Company>::new()?;
    // One row has to satisfy all that stands between its parentheses.
    let text = r#"subscriptions("crm", seats >= 50, renewal in next 30 days) and sum(subscriptions.seats) > 100"#;
    let rule = Rule::check(text, model.schema())?.bind(&model)?;

    let row =
        |product: &str, seats, renewal: &str| -> Result<Subscription, Box<dyn std::error::Error>> {
            Ok(Subscription {
                product: product.to_owned(),
                seats,
                renewal: renewal.parse()?,
            })
        };
    let subscriptions = vec![
        row("crm", 60, "2026-04-01")?,
        row("shop", 80, "2026-11-01")?,
    ];
    let acme = Company {
        id: "acme".to_owned(),
        subscriptions,
    };
    let verdict = rule.verdict(&acme, "2026-03-18T12:00:00Z".parse()?);
    assert!(verdict.holds);
    let until = verdict.until.ok_or("a renewal is over one day")?;
    println!("{} is due for renewal until {until}", acme.id);
    Ok(())
}

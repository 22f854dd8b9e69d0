//! A shop's anti-aging newsletter, on the service's own structs: who is in which segment, and a month of the journey from
//! the first look to the review.
//!
//! ```text
//! cargo run --example anti_aging
//! ```

mod journey;

use segue::profile::{Model, Timeline};
use segue::rulebook::{Format, RulebookDocument, SegmentDocument, SegmentTable};
use segue::{Enumeration, Event, Instant, Nested, Profile, Rulebook};
use std::error::Error;

/// A customer, as the shop's service keeps it.
#[derive(Profile)]
struct Customer {
    id: String,
    age: Option<u8>,
    gender: Option<Gender>,
    #[segue(nested)]
    consent: Consent,
    #[segue(tags)]
    tags: Vec<String>,
    #[segue(events)]
    events: Timeline<Activity>,
}

#[derive(Enumeration)]
enum Gender {
    Female,
    Male,
}

#[derive(Nested)]
struct Consent {
    email: bool,
}

/// What a customer does.
#[derive(Event)]
enum Activity {
    Viewed {
        at: Instant,
        #[segue(subject)]
        category: String,
    },
    AddedToCart {
        at: Instant,
        #[segue(subject)]
        category: String,
    },
    /// Gave an address for the newsletter.
    Subscribed { at: Instant },
    Chatted {
        at: Instant,
        #[segue(subject)]
        topic: String,
    },
    Purchased {
        at: Instant,
        #[segue(subject)]
        category: String,
        /// In cents.
        #[segue(decimal = 2)]
        amount: i64,
    },
    Reviewed {
        at: Instant,
        #[segue(subject)]
        category: String,
    },
}

fn viewed(category: &str, at: &str) -> Result<Activity, segue::ParseTimeError> {
    Ok(Activity::Viewed {
        at: at.parse()?,
        category: category.to_owned(),
    })
}

fn purchased(category: &str, amount: i64, at: &str) -> Result<Activity, segue::ParseTimeError> {
    Ok(Activity::Purchased {
        at: at.parse()?,
        category: category.to_owned(),
        amount,
    })
}

fn customers() -> Result<Vec<Customer>, segue::ParseTimeError> {
    let customer = |id: &str, age, gender, events: Vec<Activity>| Customer {
        id: id.to_owned(),
        age: Some(age),
        gender: Some(gender),
        consent: Consent { email: true },
        tags: Vec::new(),
        events: events.into_iter().collect(),
    };
    let orders = |category: &str| -> Result<Vec<Activity>, segue::ParseTimeError> {
        [
            "2026-01-12T18:00:00Z",
            "2026-02-20T09:30:00Z",
            "2026-03-30T20:15:00Z",
            "2026-05-02T11:00:00Z",
        ]
        .into_iter()
        .map(|at| purchased(category, 35_90, at))
        .collect()
    };
    let mut lucia = orders("anti-aging")?;
    lucia.push(viewed("anti-aging", "2026-05-28T10:00:00Z")?);
    let mut marco = orders("video games")?;
    marco.push(viewed("anti-aging", "2026-05-30T21:40:00Z")?);
    marco.push(viewed("anti-aging", "2026-05-30T21:45:00Z")?);
    marco.push(Activity::Chatted {
        at: "2026-05-30T21:50:00Z".parse()?,
        topic: "women over 60".to_owned(),
    });
    let rosa = vec![purchased("anti-aging", 62_00, "2025-11-03T16:20:00Z")?];
    let anna = vec![purchased("anti-aging", 49_50, "2026-04-15T08:00:00Z")?];
    Ok(vec![
        customer("lucia", 57, Gender::Female, lucia),
        customer("marco", 20, Gender::Male, marco),
        customer("rosa", 68, Gender::Female, rosa),
        customer("anna", 63, Gender::Female, anna),
    ])
}

/// Who is in a segment at an instant.
fn members(
    rulebook: &Rulebook,
    segment: &str,
    now: Instant,
) -> Result<Vec<String>, Box<dyn Error>> {
    let matcher = rulebook
        .segment(segment)
        .ok_or("no such segment")?
        .bind(&Model::<Customer>::new()?)?;
    Ok(customers()?
        .into_iter()
        .filter(|c| matcher.holds(c, now))
        .map(|c| c.id)
        .collect())
}

/// The rulebook, with the members of one segment at an instant as a fixed list beside it.
fn with_snapshot(
    rulebook: &Rulebook,
    segment: &str,
    name: &str,
    now: Instant,
) -> Result<Rulebook, Box<dyn Error>> {
    let mut document: RulebookDocument = rulebook.document().clone();
    let ids = Some(members(rulebook, segment, now)?);
    document.segments.insert(
        name.to_owned(),
        SegmentDocument::Table(SegmentTable {
            ids,
            ..SegmentTable::default()
        }),
    );
    Ok(Rulebook::loader()
        .schema(rulebook.schema().clone())
        .load_document(document)?)
}

fn rulebook() -> Result<Rulebook, Box<dyn Error>> {
    let schema = Model::<Customer>::new()?.schema().clone();
    Ok(Rulebook::loader()
        .file("rules.toml")
        .schema(schema)
        .load(Format::Toml, include_str!("rules.toml"))?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let now: Instant = "2026-06-01T09:00:00Z".parse()?;
    let rulebook = with_snapshot(&rulebook()?, "bought_half_a_year_ago", "list_of_june", now)?;
    for (name, rule) in rulebook.segments() {
        println!(
            "{name}: {}\n    {}",
            members(&rulebook, name, now)?.join(", "),
            rule.to_string().replace('\n', "\n    ")
        );
    }

    let marco = customers()?.remove(1);
    let gift = rulebook
        .segment("gift_for_mother")
        .ok_or("no such segment")?
        .bind(&Model::<Customer>::new()?)?;
    println!(
        "\nwhy marco, and until when?\n{}",
        gift.explain(&marco, now)
    );

    println!("\nJune");
    let (_, out) = journey::june()?;
    for who in ["giulia", "silvia", "marco", "lucia", "rosa", "anna"] {
        println!("{who}");
        journey::of(&out, who).for_each(|(at, what)| println!("    {at}  {what}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn behaviour_counts_for_more_than_age() {
        let (rulebook, now) = (rulebook().unwrap(), at("2026-06-01T09:00:00Z"));
        assert_eq!(members(&rulebook, "newsletter", now).unwrap(), ["lucia"]);
        assert_eq!(
            members(&rulebook, "gift_for_mother", now).unwrap(),
            ["marco"]
        );
        assert_eq!(
            members(&rulebook, "anti_aging", now).unwrap(),
            ["lucia", "marco"]
        );
    }

    #[test]
    fn a_fixed_list_stays_as_it_was_made() {
        let rulebook = rulebook().unwrap();
        let june = with_snapshot(
            &rulebook,
            "bought_half_a_year_ago",
            "list",
            at("2026-06-01T09:00:00Z"),
        )
        .unwrap();
        let december = at("2026-12-01T09:00:00Z");
        assert_eq!(members(&june, "list", december).unwrap(), ["rosa"]);
        assert_eq!(
            members(&june, "bought_half_a_year_ago", december).unwrap(),
            ["rosa", "anna"]
        );
    }

    #[test]
    fn the_answer_says_when_it_ends() {
        let gift = rulebook()
            .unwrap()
            .segment("gift_for_mother")
            .unwrap()
            .bind(&Model::<Customer>::new().unwrap())
            .unwrap();
        let marco = customers().unwrap().remove(1);
        let verdict = gift.verdict(&marco, at("2026-06-01T09:00:00Z"));
        // 30 days after the last view, and a microsecond.
        assert_eq!(verdict.until, Some(at("2026-06-29T21:45:00.000001Z")));
    }
}

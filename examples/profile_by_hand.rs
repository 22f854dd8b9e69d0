//! A profile type without derive: for generated structs, or those of another crate behind a newtype.

use segue::profile::{Describe, Event, EventKinds, Events, Fields, Identifier, Model, Profile};
use segue::{Enumeration, Instant, Rule};

struct Member {
    number: u32,
    city: Option<String>,
    /// In ascending order of time.
    visits: Vec<Visit>,
}

struct Visit {
    at: Instant,
    pages: i64,
}

#[derive(Enumeration)]
enum Kind {
    Visited,
}

impl Event for Visit {
    type Kind = Kind;
    fn kind(&self) -> Option<Kind> {
        Some(Kind::Visited)
    }
    fn at(&self) -> Instant {
        self.at
    }
    fn describe(kinds: &mut EventKinds<Self>) {
        kinds
            .of(Kind::Visited)
            .property("pages", |visit| Some(&visit.pages));
    }
}

impl Profile for Member {
    type Event = Visit;
    fn id(&self) -> Identifier<'_> {
        self.number.into()
    }
    fn events(&self) -> Events<'_, Visit> {
        Events::Slice(&self.visits)
    }
}

impl Describe for Member {
    fn describe(fields: &mut Fields<Self>) {
        fields.field("city", |member| &member.city);
        fields.computed("visits", |member: &Member| member.visits.len());
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let model = Model::<Member>::new()?;
    let rule = Rule::check(
        r#"city = "Milano" and visits < 10 and visited(pages > 3) within 7 days"#,
        model.schema(),
    )?;
    let visits = vec![Visit {
        at: "2026-03-14T10:00:00Z".parse()?,
        pages: 5,
    }];
    let member = Member {
        number: 1,
        city: Some("Milano".to_owned()),
        visits,
    };
    assert!(
        rule.bind(&model)?
            .holds(&member, "2026-03-18T12:00:00Z".parse()?)
    );
    println!("member {} is in: {rule}", member.number);
    Ok(())
}

//! A profile type without derive: for generated structs, or those of another crate behind a newtype.

use segue::profile::{Describe, Event, EventKinds, Events, Fields, Model, Profile, ProfileId};
use segue::{Instant, Rule};

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

impl Event for Visit {
    fn kind(&self) -> usize {
        0 // the position of the kind in `describe`
    }
    fn at(&self) -> Instant {
        self.at
    }
    fn describe(kinds: &mut EventKinds<Self>) {
        kinds
            .kind("visited")
            .property("pages", |visit| Some(&visit.pages));
    }
}

impl Profile for Member {
    type Event = Visit;
    fn id(&self) -> ProfileId<'_> {
        self.number.into()
    }
    fn events(&self) -> Events<'_, Visit> {
        Events::Slice(&self.visits)
    }
}

impl Describe for Member {
    fn describe(fields: &mut Fields<Self>) {
        fields.field("city", |member| member.city.as_ref());
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let model = Model::<Member>::new()?;
    let rule = Rule::check(
        r#"city = "Milano" and visited(pages > 3) within 7 days"#,
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

//! June: the customers' events come in one by one, and the journey of each answers.

use super::{Activity, Consent, Customer, customers, purchased, rulebook, viewed};
use segue::Event as _;
use segue::engine::{Effect, EffectAction, Engine, EngineOutput, LiveProfile, OutputKind};
use segue::profile::{Model, Timeline};
use segue::{Instant, ParseTimeError};
use std::error::Error;

impl LiveProfile for Customer {
    fn blank(_: &Model<Self>, id: &str) -> Self {
        Customer {
            id: id.to_owned(),
            age: None,
            gender: None,
            consent: Consent { email: false },
            tags: Vec::new(),
            events: Timeline::default(),
        }
    }

    fn events_mut(&mut self) -> &mut Timeline<Activity> {
        &mut self.events
    }
}

/// What two women do whom the shop does not know yet.
fn newcomers() -> Result<Vec<(String, Activity)>, ParseTimeError> {
    let category = || "anti-aging".to_owned();
    let events = [
        ("giulia", viewed("anti-aging", "2026-06-02T18:00:00Z")?),
        (
            "giulia",
            Activity::Subscribed {
                at: "2026-06-03T10:00:00Z".parse()?,
            },
        ),
        ("giulia", viewed("anti-aging", "2026-06-05T17:00:00Z")?),
        ("giulia", viewed("anti-aging", "2026-06-07T18:00:00Z")?),
        (
            "giulia",
            Activity::AddedToCart {
                at: "2026-06-07T18:05:00Z".parse()?,
                category: category(),
            },
        ),
        (
            "giulia",
            purchased("anti-aging", 39_90, "2026-06-07T18:10:00Z")?,
        ),
        (
            "silvia",
            Activity::Subscribed {
                at: "2026-06-04T09:00:00Z".parse()?,
            },
        ),
        (
            "silvia",
            purchased("anti-aging", 54_00, "2026-06-04T09:20:00Z")?,
        ),
        (
            "silvia",
            Activity::Reviewed {
                at: "2026-06-11T19:30:00Z".parse()?,
                category: category(),
            },
        ),
    ];
    Ok(events
        .into_iter()
        .map(|(who, event)| (who.to_owned(), event))
        .collect())
}

/// The engine after a month, and everything that happened in it.
pub(crate) fn june() -> Result<(Engine<Customer>, Vec<EngineOutput>), Box<dyn Error>> {
    let (start, end): (Instant, Instant) = (
        "2026-05-30T00:00:00Z".parse()?,
        "2026-07-01T12:00:00Z".parse()?,
    );
    let mut engine = Engine::new(&rulebook()?, &Model::<Customer>::new()?)?;
    let mut out = Vec::new();
    engine.advance(start, &mut out);
    let mut stream = newcomers()?;
    for mut customer in customers()? {
        let (past, to_come): (Vec<Activity>, _) = customer
            .events
            .into_events()
            .into_iter()
            .partition(|event| event.at() < start);
        stream.extend(
            to_come
                .into_iter()
                .map(|event| (customer.id.clone(), event)),
        );
        customer.events = past.into_iter().collect();
        engine.insert(customer);
    }
    stream.sort_by_key(|(_, event)| event.at());
    for (who, event) in stream {
        if let Activity::Subscribed { at } = &event {
            // The form has a box for it.
            engine.change(&*who, *at, |c| c.consent.email = true, &mut out);
        }
        let _ = engine.observe(&*who, event, &mut out);
    }
    engine.advance(end, &mut out);
    Ok((engine, out))
}

/// What a customer notices of an effect: `email: coupon`.
pub(crate) fn told(effect: &Effect) -> String {
    let about = effect
        .subject
        .as_deref()
        .map(|s| format!(" ({s})"))
        .unwrap_or_default();
    match &effect.action {
        EffectAction::Send {
            message, channel, ..
        } => format!("{channel}: {message}{about}"),
        EffectAction::Call { name, .. } => format!("{name}{about}"),
        other => format!("{other:?}"),
    }
}

/// What happened to a customer, each with its instant: effects, and moves from stage to stage.
pub(crate) fn of<'h>(
    out: &'h [EngineOutput],
    who: &'h str,
) -> impl Iterator<Item = (Instant, String)> + 'h {
    out.iter()
        .filter(move |h| *h.profile == *who)
        .filter_map(|h| match &h.kind {
            OutputKind::Effect(effect) => Some((h.at, told(effect))),
            OutputKind::StageChanged(moved) => {
                let about = moved.subject.as_deref().unwrap_or_default();
                Some((
                    h.at,
                    format!("{} of {about}", moved.to.as_deref().unwrap_or("no stage")),
                ))
            }
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue::engine::SuppressionReason;

    #[track_caller]
    fn same(who: &str, wanted: &[(&str, &str)]) {
        let (_, out) = june().unwrap();
        let got: Vec<(String, String)> = of(&out, who)
            .map(|(at, what)| (at.to_string(), what))
            .collect();
        let got: Vec<(&str, &str)> = got
            .iter()
            .map(|(at, what)| (at.as_str(), what.as_str()))
            .collect();
        assert_eq!(got, wanted);
    }

    #[test]
    fn from_the_first_look_to_the_review() {
        same(
            "giulia",
            &[
                ("2026-06-02T18:00:00Z", "awareness of anti-aging"),
                // Half an hour of silence; she has no address yet, so only the advertisement can have the coupon.
                ("2026-06-02T18:30:00.000001Z", "ads.show (anti-aging)"),
                ("2026-06-03T10:00:00Z", "email: welcome"),
                ("2026-06-04T08:00:00Z", "email: getting_to_know"),
                ("2026-06-06T08:00:00Z", "email: getting_to_know"),
                ("2026-06-07T18:00:00Z", "decision of anti-aging"),
                ("2026-06-07T18:00:00Z", "site.recommend (anti-aging)"),
                // She bought: no letter on the 8th.
                ("2026-06-07T18:10:00Z", "evaluation of anti-aging"),
                (
                    "2026-06-07T18:10:00Z",
                    "email: related_products (anti-aging)",
                ),
                ("2026-06-17T18:10:00Z", "email: review_invitation"),
            ],
        );
    }

    #[test]
    fn who_has_written_a_review_is_not_asked_for_one() {
        same(
            "silvia",
            &[
                ("2026-06-04T09:00:00Z", "email: welcome"),
                ("2026-06-04T09:20:00Z", "evaluation of anti-aging"),
                (
                    "2026-06-04T09:20:00Z",
                    "email: related_products (anti-aging)",
                ),
            ],
        );
        assert_eq!(
            held("silvia"),
            [(
                "2026-06-14T09:20:00Z".to_owned(),
                "review".to_owned(),
                SuppressionReason::Guard
            )]
        );
    }

    #[test]
    fn a_gift_buyer_of_twenty_gets_ideas_for_gifts_and_no_letter_for_women_over_60() {
        same(
            "marco",
            &[
                ("2026-05-30T21:40:00Z", "awareness of anti-aging"),
                // It was ten minutes to midnight in Rome.
                ("2026-05-31T06:00:00Z", "email: gift_ideas"),
            ],
        );
    }

    #[test]
    fn the_newsletter_goes_to_who_looked_lately_and_ends_a_month_after_the_last_look() {
        let monday = |day| {
            (
                format!("2026-06-{day}T07:00:00Z"),
                "email: anti_aging_newsletter".to_owned(),
            )
        };
        let wanted = ["01", "08", "15", "22"].map(monday);
        let (_, out) = june().unwrap();
        let got: Vec<_> = of(&out, "lucia")
            .map(|(at, what)| (at.to_string(), what))
            .collect();
        assert_eq!(got, wanted);
    }

    #[test]
    fn women_over_60_who_bought_get_their_letter_every_month() {
        for who in ["rosa", "anna"] {
            same(
                who,
                &[
                    ("2026-06-01T07:00:00Z", "email: letter_for_women_over_60"),
                    ("2026-07-01T07:00:00Z", "email: letter_for_women_over_60"),
                ],
            );
        }
    }

    fn held(who: &str) -> Vec<(String, String, SuppressionReason)> {
        let (_, out) = june().unwrap();
        let held = out
            .into_iter()
            .filter(|h| *h.profile == *who)
            .filter_map(|h| match h.kind {
                OutputKind::Suppressed(held) => Some((
                    h.at.to_string(),
                    held.trigger.as_deref()?.to_owned(),
                    held.reason,
                )),
                _ => None,
            });
        held.collect()
    }

    #[test]
    fn what_was_not_sent_has_a_reason() {
        let again = |day: &str| SuppressionReason::Reentry {
            next: Some(day.parse().unwrap()),
        };
        let wanted = [
            (
                "2026-06-02T18:30:00.000001Z",
                "left_without_adding_to_cart",
                SuppressionReason::NoConsent {
                    channel: "email".into(),
                },
            ),
            (
                "2026-06-05T08:00:00Z",
                "drip",
                again("2026-06-06T08:00:00Z"),
            ),
            (
                "2026-06-05T17:30:00.000001Z",
                "left_without_adding_to_cart",
                again("2026-07-02T18:30:00.000001Z"),
            ),
            (
                "2026-06-07T08:00:00Z",
                "drip",
                again("2026-06-08T08:00:00Z"),
            ),
        ];
        assert_eq!(
            held("giulia"),
            wanted.map(|(at, trigger, reason)| (at.to_owned(), trigger.to_owned(), reason))
        );
    }

    #[test]
    fn each_category_has_a_journey_of_its_own() {
        let (engine, _) = june().unwrap();
        assert_eq!(
            engine.stage("giulia", "interest", Some("anti-aging")),
            Some("evaluation")
        );
        assert_eq!(
            engine.stage("marco", "interest", Some("video games")),
            Some("evaluation")
        );
        assert_eq!(
            engine.stage("marco", "interest", Some("anti-aging")),
            Some("awareness")
        );
    }
}

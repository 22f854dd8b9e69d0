//! What a message says to whom: variants by condition, judged when the message goes.

use super::{Shop, t};
use segue::engine::{EffectAction, Engine, OutputKind};
use segue::profile::{Model, Record};
use segue::{Rulebook, rulebook::LoadError};

const LETTER: &str = r#"
[segments]
buyers = 'purchased within 30 days'
[messages.letter]
channel = "email"
instead = "text"
variants = [
    { name = "tv", when = 'viewed("tv") within 7 days' },
    { name = "thanks", when = 'in segment buyers' },
]
otherwise = "shop"
[messages.text]
channel = "sms"
variants = [{ name = "rich", when = 'points >= 100' }]
otherwise = "short"
"#;

/// When which message went, in which variant.
fn contents(shop: &Shop) -> Vec<(String, String, Option<String>)> {
    let effects = shop.effects().into_iter();
    effects
        .filter_map(|(at, effect)| {
            let EffectAction::Send { message, .. } = &effect.action else {
                return None;
            };
            let variant = effect.action.content_variant().map(ToString::to_string);
            Some((at.to_string(), message.to_string(), variant))
        })
        .collect()
}

fn variants(shop: &Shop) -> Vec<String> {
    let contents = contents(shop).into_iter();
    contents.map(|(.., of)| of.unwrap_or_default()).collect()
}

#[test]
fn the_first_variant_that_holds_is_sent_and_nobody_is_left_without() {
    let mut shop = Shop::with(&format!(
        "{LETTER}[triggers.nudge]\non = 'added_to_cart'\ndo = [{{ send = \"letter\" }}, {{ send = \"offer\" }}]\n"
    ));
    shop.does("anna", "added_to_cart", "2026-03-01T10:00:00Z", "shoes");
    shop.does("anna", "purchased", "2026-03-02T10:00:00Z", "shoes");
    shop.does("anna", "added_to_cart", "2026-03-03T10:00:00Z", "shoes");
    shop.does("anna", "viewed", "2026-03-04T10:00:00Z", "tv");
    shop.does("anna", "added_to_cart", "2026-03-05T10:00:00Z", "shoes");
    // Both hold: the first counts.
    assert_eq!(
        variants(&shop),
        ["shop", "", "thanks", "", "tv", ""],
        "the offer says the same to everybody"
    );
}

#[test]
fn what_waited_is_judged_as_the_profile_is_when_it_goes() {
    let mut shop = super::sending::email(
        "quiet = [\"21:00-08:00\"]",
        &format!(
            "{LETTER}[triggers.nudge]\non = 'added_to_cart'\nheld = \"wait\"\ndo = [{{ send = \"letter\" }}]\n"
        ),
    );
    // Of Carla, seven days are over at 07:30 in Rome, half an hour before the quiet hours are; of Anna half an hour after.
    shop.does("carla", "viewed", "2026-03-01T06:30:00Z", "tv");
    shop.does("anna", "viewed", "2026-03-01T07:30:00Z", "tv");
    for who in ["anna", "bruno", "carla"] {
        shop.does(who, "added_to_cart", "2026-03-07T22:00:00Z", "tv");
    }
    shop.does("bruno", "viewed", "2026-03-08T06:00:00Z", "tv");
    shop.until("2026-03-09T00:00:00Z");
    assert_eq!(contents(&shop).len(), 3);
    let of = |id: &str| {
        let output = shop.out.iter().find_map(|output| match &output.kind {
            OutputKind::Effect(e) if *output.profile == *id => e.action.content_variant().cloned(),
            _ => None,
        });
        output.unwrap()
    };
    assert_eq!(
        [of("anna"), of("bruno"), of("carla")],
        ["tv", "tv", "shop"].map(Into::into)
    );
}

#[test]
fn a_replacement_has_variants_of_its_own() {
    let mut shop = super::sending::email(
        "consent = \"consent.email\"",
        &format!(
            "{LETTER}[triggers.nudge]\non = 'added_to_cart'\nheld = \"replace\"\ndo = [{{ send = \"letter\" }}]\n"
        ),
    );
    shop.does("anna", "viewed", "2026-03-01T10:00:00Z", "tv");
    shop.does("anna", "added_to_cart", "2026-03-01T11:00:00Z", "tv");
    shop.set("anna", "2026-03-01T12:00:00Z", "points", 100);
    shop.does("anna", "added_to_cart", "2026-03-01T13:00:00Z", "tv");
    shop.set("anna", "2026-03-01T14:00:00Z", "consent.email", true);
    shop.does("anna", "added_to_cart", "2026-03-01T15:00:00Z", "tv");
    assert_eq!(variants(&shop), ["short", "rich", "tv"]);
}

/// The two kinds of variants are told apart, and an action may still be for one of the split alone.
#[test]
fn what_was_drawn_and_what_was_chosen_are_two_things() {
    let mut shop = Shop::with(&format!(
        "{LETTER}[triggers.nudge]\non = 'added_to_cart'\nsplit = {{ a = 100 }}\ndo = [{{ send = \"letter\", variant = \"a\" }}]\n"
    ));
    shop.does("anna", "viewed", "2026-03-01T10:00:00Z", "tv");
    shop.does("anna", "added_to_cart", "2026-03-01T11:00:00Z", "tv");
    let effect = shop.effects().remove(0).1;
    assert_eq!(effect.variant.as_deref(), Some("a"));
    assert_eq!(effect.action.content_variant().map(|v| &**v), Some("tv"));
    let json = serde_json::to_value(effect).unwrap();
    assert_eq!(
        (&json["variant"], &json["content_variant"]),
        (&"a".into(), &"tv".into())
    );
    assert_eq!(
        &serde_json::from_value::<segue::engine::Effect>(json).unwrap(),
        effect
    );
}

#[test]
fn a_message_that_the_host_requests_has_variants_too() {
    let mut shop = Shop::with(LETTER);
    shop.does("anna", "purchased", "2026-03-01T10:00:00Z", "tv");
    let at = t("2026-03-01T11:00:00Z");
    for who in ["anna", "nobody-yet"] {
        let sent = shop.engine.send(who, "letter", &[], "1", at, &mut shop.out);
        sent.unwrap();
    }
    assert_eq!(variants(&shop), ["thanks", "shop"]);
}

/// The letter of a journey, and the stage of a lifecycle as what decides.
#[test]
fn a_step_of_a_journey_sends_the_variant_of_the_stage() {
    let mut shop = Shop::with(
        r#"
[messages.letter]
channel = "email"
variants = [{ name = "lost", when = 'stage = lost' }]
otherwise = "active"
[lifecycles.recency]
from = "any"
stages = [
    { name = "fresh", when = 'purchased within 3 days' },
    { name = "lost", when = 'purchased' },
]
[journeys.after]
on = "purchased"
steps = [
    { name = "first", wait = "1 day", do = [{ send = "letter" }] },
    { name = "second", wait = "3 days", do = [{ send = "letter" }] },
]
"#,
    );
    shop.does("anna", "purchased", "2026-03-01T10:00:00Z", "tv");
    shop.until("2026-03-10T00:00:00Z");
    assert_eq!(variants(&shop), ["active", "lost"]);
}

/// What variants read is kept: of a window that nothing else asks for, the events are still there.
#[test]
fn forgetting_leaves_what_variants_read() {
    let rules =
        format!("{LETTER}[triggers.nudge]\non = 'added_to_cart'\ndo = [{{ send = \"letter\" }}]\n");
    let mut shop = Shop::with(&rules);
    shop.does("anna", "viewed", "2026-03-01T10:00:00Z", "tv");
    shop.until("2026-03-07T10:00:00Z");
    shop.engine.forget();
    shop.does("anna", "added_to_cart", "2026-03-07T11:00:00Z", "tv");
    assert_eq!(variants(&shop), ["tv"]);
    assert!(
        shop.rulebook
            .reads()
            .attributes()
            .any(|name| name == "points")
    );
}

/// The version of a trigger tells that its message says something else.
#[test]
fn another_condition_of_a_variant_is_another_version() {
    let version = |condition: &str| -> Result<_, LoadError> {
        let text = format!(
            "{}{LETTER}[triggers.nudge]\non = 'added_to_cart'\ndo = [{{ send = \"letter\" }}]\n",
            super::SHOP
        );
        let rulebook = Rulebook::from_toml(
            &text
                .replace("'points >= 100'", condition)
                .replace("within 7 days", "within 1 week"),
        )?;
        let model = Model::<Record>::for_schema(rulebook.schema());
        let mut shop = Shop {
            engine: Engine::new(&rulebook, &model).unwrap(),
            rulebook,
            out: Vec::new(),
        };
        let sent = shop.engine.send(
            "anna",
            "text",
            &[],
            "1",
            t("2026-03-01T11:00:00Z"),
            &mut shop.out,
        );
        sent.unwrap();
        let version = shop.effects()[0].1.version.to_string();
        Ok(version)
    };
    let one = version("'points >= 100'").unwrap();
    assert_eq!(one, version("'points  >=  100'").unwrap());
    assert_ne!(one, version("'points >= 101'").unwrap());
}

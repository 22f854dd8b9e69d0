//! One of several channels is chosen for each profile, and every candidate is told.

use super::{SHOP, Shop, t};
use segue::Rulebook;
use segue::engine::{ChannelCandidate, Effect, Engine, EngineState, SuppressionReason};
use segue::profile::{Model, Record, RecordEvent};
use segue_test_support::random::Rng;
use std::cmp::Ordering;

/// Reactions are views: of televisions to mail, of shoes to texts, of books to advertisements.
const CHANNELS: &str = r#"
[channels.email]
cost = 0.002
reacted = 'viewed("tv")'
[channels.sms]
cost = 0.07
allows = { class = ["promotional", "transactional"], not_content = ["greeting"] }
reacted = 'viewed("shoes")'
[channels.ads]
cost = "0.05"
reacted = 'viewed("books")'
[choice]
within = "90 days"
worth = 2.00
prior = { reacted = 1, of = 20 }
[messages.summer]
channels = ["email", "sms", "ads"]
[triggers.summer]
on = 'added_to_cart'
held = "wait"
do = [{ send = "summer" }]
"#;

/// The shop with these channels, some of whose lines are others.
fn text(changes: &[(&str, &str)]) -> String {
    let rules = format!(
        "{}{CHANNELS}",
        SHOP.replace("[channels.email]\n[channels.sms]\n", "")
    );
    changes.iter().fold(rules, |rules, (old, new)| {
        assert!(rules.contains(old), "{old}");
        rules.replace(old, new)
    })
}

fn shop(changes: &[(&str, &str)]) -> Shop {
    let rulebook = Rulebook::from_toml(&text(changes)).unwrap_or_else(|e| panic!("{e}"));
    let model = Model::<Record>::for_schema(rulebook.schema());
    let engine = Engine::new(&rulebook, &model).unwrap();
    Shop {
        rulebook,
        engine,
        out: Vec::new(),
    }
}

/// On which channel each message went.
fn channels(shop: &Shop) -> Vec<String> {
    let effects = shop.effects().into_iter();
    effects
        .filter_map(|(_, e)| Some(e.action.channel()?.to_string()))
        .collect()
}

fn last(shop: &Shop) -> Effect {
    shop.effects().last().unwrap().1.clone()
}

/// Channel, reactions, messages, worth, and why not.
fn told(candidates: &[ChannelCandidate]) -> Vec<String> {
    let one = |of: &ChannelCandidate| {
        let refused = of.refused.as_ref().map_or("", |reason| reason.name());
        let text = format!(
            "{} {}/{} {} {refused}",
            of.channel, of.reacted, of.sent, of.worth
        );
        text.trim_end().to_owned()
    };
    candidates.iter().map(one).collect()
}

#[test]
fn the_channel_that_is_worth_most_is_chosen_and_every_candidate_is_told() {
    let mut shop = shop(&[]);
    // Of those of whom nothing is known one in twenty reacts, so the cheapest is best.
    shop.does("anna", "added_to_cart", "2026-03-02T10:00:00Z", "tv");
    assert_eq!(
        told(last(&shop).action.chosen()),
        ["email 0/0 0.098", "sms 0/0 0.03", "ads 0/0 0.05"]
    );
    // 2 * (2 + 1) / (0 + 20) - 0.07 after two reactions to texts.
    shop.does("anna", "viewed", "2026-03-02T11:00:00Z", "shoes");
    shop.does("anna", "viewed", "2026-03-02T12:00:00Z", "shoes");
    shop.does("anna", "added_to_cart", "2026-03-03T10:00:00Z", "tv");
    let effect = last(&shop);
    assert_eq!(
        told(effect.action.chosen()),
        ["email 0/1 0.093238", "sms 2/0 0.23", "ads 0/0 0.05"]
    );
    assert_eq!(channels(&shop), ["email", "sms"]);
    let json = serde_json::to_value(&effect).unwrap();
    assert_eq!(
        json["chosen"][1],
        serde_json::json!({"channel": "sms", "reacted": 2, "sent": 0, "cost": "0.07", "worth": "0.23"})
    );
    // Ninety days later nothing of it counts any more.
    shop.does("anna", "added_to_cart", "2026-07-01T10:00:00Z", "tv");
    assert_eq!(channels(&shop), ["email", "sms", "email"]);
}

#[test]
fn what_is_alike_goes_to_the_first_that_is_named() {
    let alike = [
        ("cost = 0.002", "cost = 0.05"),
        ("cost = 0.07", "cost = 0.05"),
    ];
    let mut one = shop(&alike);
    one.does("anna", "added_to_cart", "2026-03-02T10:00:00Z", "tv");
    let other = [
        &alike[..],
        &[(r#"["email", "sms", "ads"]"#, r#"["ads", "email", "sms"]"#)],
    ]
    .concat();
    let mut other = shop(&other);
    other.does("anna", "added_to_cart", "2026-03-02T10:00:00Z", "tv");
    assert_eq!(
        (channels(&one), channels(&other)),
        (vec!["email".into()], vec!["ads".into()])
    );
}

#[test]
fn what_may_not_go_is_told_with_the_reason() {
    let mut shop = shop(&[
        ("cost = 0.002", "cost = 0.002\nconsent = \"consent.email\""),
        (
            "[messages.summer]",
            "[messages.summer]\ncontent = \"greeting\"",
        ),
        (
            "[choice]",
            "[[caps]]\nmost = 1\nper = \"day\"\nchannel = \"ads\"\n[choice]",
        ),
    ]);
    shop.does("anna", "added_to_cart", "2026-03-02T10:00:00Z", "tv");
    assert_eq!(
        told(last(&shop).action.chosen()),
        [
            "email 0/0 0.098 no_consent",
            "sms 0/0 0.03 not_allowed",
            "ads 0/0 0.05"
        ]
    );
    shop.does("anna", "added_to_cart", "2026-03-02T11:00:00Z", "tv");
    let (_, held) = shop.held().pop().unwrap();
    assert_eq!(
        told(&held.candidates),
        [
            "email 0/0 0.098 no_consent",
            "sms 0/0 0.03 not_allowed",
            "ads 0/1 0.045238 cap"
        ]
    );
    // Only the cap comes to an end by itself, at midnight in Rome.
    assert_eq!(held.reason.name(), "cap");
    assert_eq!(held.waits_until, Some(t("2026-03-02T23:00:00Z")));
    shop.until("2026-03-03T00:00:00Z");
    assert_eq!(channels(&shop), ["ads", "ads"]);
}

/// At night texts are shut until 7:00, advertisements until 8:00, mail until 9:00.
const NIGHT: [(&str, &str); 3] = [
    ("cost = 0.002", "cost = 0.002\nquiet = [\"21:00-09:00\"]"),
    ("cost = 0.07", "cost = 0.07\nquiet = [\"21:00-07:00\"]"),
    (
        "cost = \"0.05\"",
        "cost = \"0.05\"\nquiet = [\"21:00-08:00\"]",
    ),
];

#[test]
fn where_all_wait_that_goes_which_opens_first() {
    let mut shop = shop(&NIGHT);
    shop.does("anna", "added_to_cart", "2026-03-02T22:00:00Z", "tv");
    let (_, held) = shop.held().remove(0);
    assert_eq!(held.waits_until, Some(t("2026-03-03T06:00:00Z")));
    assert!(
        matches!(&held.reason, SuppressionReason::QuietHours { channel, .. } if &**channel == "sms")
    );
    shop.until("2026-03-03T12:00:00Z");
    assert_eq!(channels(&shop), ["sms"]);
}

/// What waits has chosen nothing yet.
#[test]
fn what_has_waited_is_chosen_anew() {
    let together = [
        NIGHT[0],
        ("cost = 0.07", "cost = 0.07\nquiet = [\"21:00-09:00\"]"),
        NIGHT[2],
    ];
    let together = [
        &together[..],
        &[("quiet = [\"21:00-08:00\"]", "quiet = [\"21:00-09:00\"]")],
    ]
    .concat();
    let begin = || {
        let mut shop = shop(&together);
        shop.does("anna", "added_to_cart", "2026-03-02T22:00:00Z", "tv");
        shop
    };
    let mut quiet = begin();
    quiet.until("2026-03-03T12:00:00Z");
    assert_eq!(channels(&quiet), ["email"]);
    let mut reading = begin();
    for minute in 10..14 {
        reading.does(
            "anna",
            "viewed",
            &format!("2026-03-02T23:{minute}:00Z"),
            "books",
        );
    }
    reading.until("2026-03-03T12:00:00Z");
    assert_eq!(channels(&reading), ["ads"]);
    // The key is that of the occasion, whichever channel it goes on.
    assert_eq!(last(&quiet).key, last(&reading).key);
}

#[test]
fn a_night_on_disk_changes_nothing_and_another_cost_counts_from_then_on() {
    let mut running = shop(&NIGHT);
    running.does("anna", "viewed", "2026-03-02T20:00:00Z", "books");
    running.does("anna", "added_to_cart", "2026-03-02T22:00:00Z", "tv");
    let kept = serde_json::to_string(running.engine.state()).unwrap();
    let go_on = |changes: &[(&str, &str)]| {
        let state: EngineState<Record> = serde_json::from_str(&kept).unwrap();
        let mut shop = shop(&[&NIGHT[..], changes].concat());
        let model = Model::<Record>::for_schema(shop.rulebook.schema());
        let (engine, _) = Engine::restore(&shop.rulebook, &model, state, &mut shop.out).unwrap();
        shop.engine = engine;
        shop.until("2026-03-03T12:00:00Z");
        shop
    };
    running.until("2026-03-03T12:00:00Z");
    let restored = go_on(&[]);
    assert_eq!(last(&running), last(&restored));
    let open = ("quiet = [\"21:00-08:00\"]", "quiet = [\"21:00-07:00\"]");
    assert_eq!(channels(&go_on(&[open])), ["ads"]);
    assert_eq!(
        channels(&go_on(&[open, ("cost = \"0.05\"", "cost = 9")])),
        ["sms"]
    );
}

#[test]
fn a_message_that_did_not_go_does_not_count() {
    let mut shop = shop(&[]);
    shop.does("anna", "added_to_cart", "2026-03-02T10:00:00Z", "tv");
    let key = last(&shop).key;
    assert!(shop.engine.fail("anna", &key, &mut shop.out));
    shop.does("anna", "added_to_cart", "2026-03-03T10:00:00Z", "tv");
    assert_eq!(told(last(&shop).action.chosen())[0], "email 0/0 0.098");
}

/// Those who get nothing get nothing on any channel, and a replacement comes where no channel is open.
#[test]
fn control_groups_and_replacements_are_those_of_the_message() {
    let mut all = shop(&[(
        "[choice]",
        "[holdout]\nshare = \"100%\"\nsalt = \"2026\"\n[choice]",
    )]);
    all.does("anna", "added_to_cart", "2026-03-02T10:00:00Z", "tv");
    let (_, held) = all.held().remove(0);
    assert_eq!((held.reason.name(), held.candidates.len()), ("holdout", 0));
    let never = "cost = 9\nconsent = \"consent.email\"";
    let mut replaced = shop(&[
        ("cost = 0.002", never),
        ("cost = 0.07", never),
        ("cost = \"0.05\"", never),
        (
            "[messages.summer]",
            "[channels.site]\n[messages.banner]\nchannel = \"site\"\n[messages.summer]\ninstead = \"banner\"",
        ),
        ("held = \"wait\"", "held = \"replace\""),
    ]);
    replaced.does("anna", "added_to_cart", "2026-03-02T10:00:00Z", "tv");
    assert_eq!(channels(&replaced), ["site"]);
    assert_eq!(replaced.held().remove(0).1.candidates.len(), 3);
}

#[test]
fn a_message_at_request_is_chosen_for_as_well() {
    let mut shop = shop(&[]);
    shop.does("anna", "viewed", "2026-03-02T10:00:00Z", "shoes");
    let at = t("2026-03-02T11:00:00Z");
    for _ in 0..2 {
        let sent = shop
            .engine
            .send("anna", "summer", &[], "r-1", at, &mut shop.out);
        assert_eq!(sent, Ok(()));
    }
    assert_eq!(channels(&shop), ["sms"]);
    assert_eq!(
        shop.held().pop().unwrap().1.reason,
        SuppressionReason::Repeated
    );
}

// ---- laws ----

/// A profile, what is known of it on each channel, and what channels cost.
#[derive(Clone, Debug)]
struct Case {
    /// Reactions, messages, cost in thousandths.
    channels: Vec<(usize, usize, i64)>,
    worth: i64,
    prior: (i64, i64),
}

const NAMES: [&str; 4] = ["email", "sms", "ads", "post"];

impl Case {
    fn random(rng: &mut Rng) -> Self {
        let prior = rng.between(1, 6);
        let channels = (0..2 + rng.below(3)).map(|_| {
            let cost = rng.pick(&[0, 50, 50, 50, 70, 1250]);
            (rng.below(3), rng.below(3), cost)
        });
        Case {
            channels: channels.collect(),
            worth: rng.pick(&[1, 1000, 2000]),
            prior: (rng.between(0, prior), prior),
        }
    }

    /// The channel that an engine chooses if they are named in an order.
    fn chosen(&self, order: &[usize]) -> usize {
        let names: Vec<&str> = order.iter().map(|i| NAMES[*i]).collect();
        let (reacted, of) = self.prior;
        let mut rules = format!(
            "choice = {{ within = \"90 days\", worth = \"{}\", prior = {{ reacted = {reacted}, of = {of} }} }}
            schema.events.asked = {{}}
            schema.events.clicked = {{ subject = \"channel\", properties = {{ channel = \"string\" }} }}
            messages.news.channels = {names:?}
            triggers.news = {{ on = \"asked\", do = [{{ send = \"news\" }}] }}\n",
            thousandths(self.worth),
        );
        for (name, (_, _, cost)) in NAMES.iter().zip(&self.channels) {
            let cost = thousandths(*cost);
            rules += &format!(
                "channels.{name} = {{ cost = \"{cost}\", reacted = 'clicked(\"{name}\")' }}\n"
            );
        }
        let rulebook = Rulebook::from_toml(&rules).unwrap_or_else(|e| panic!("{e}"));
        let model = Model::<Record>::for_schema(rulebook.schema());
        let mut engine = Engine::new(&rulebook, &model).unwrap();
        let mut out = Vec::new();
        let mut tell = |kind: &str, channel: Option<&str>| {
            let channel = channel.map(|channel| ("channel", channel.into()));
            let event = RecordEvent::new(rulebook.schema(), kind, "2026-03-02T10:00:00Z", channel);
            let _ = engine.observe("anna", event.unwrap(), &mut out);
        };
        for (name, (reacted, sent, _)) in NAMES.iter().zip(&self.channels) {
            (0..*reacted).for_each(|_| tell("clicked", Some(name)));
            (0..*sent).for_each(|_| tell("sent", Some(name)));
        }
        tell("asked", None);
        let shop = Shop {
            rulebook,
            engine,
            out,
        };
        let channel = channels(&shop).pop().unwrap();
        NAMES.iter().position(|name| **name == *channel).unwrap()
    }

    /// Whether one channel is worth more than another, in whole numbers of thousandths.
    fn compare(&self, a: usize, b: usize) -> Ordering {
        let worth = |i: usize| {
            let (reacted, sent, cost) = self.channels[i];
            let of = i64::try_from(sent).unwrap() + self.prior.1;
            (
                self.worth * (i64::try_from(reacted).unwrap() + self.prior.0) - cost * of,
                of,
            )
        };
        let ((a, of_a), (b, of_b)) = (worth(a), worth(b));
        (a * of_b).cmp(&(b * of_a))
    }
}

fn thousandths(n: i64) -> String {
    format!("{}.{:03}", n / 1000, n % 1000)
}

#[test]
fn the_choice_is_the_greatest_fraction_whatever_the_order_and_a_reaction_never_loses_it() {
    let mut rng = Rng(20_260_302);
    let mut ties = 0;
    for _ in 0..150 {
        let case = Case::random(&mut rng);
        let order: Vec<usize> = (0..case.channels.len()).collect();
        let chosen = case.chosen(&order);
        let best = order.iter().copied().reduce(|best, other| {
            if case.compare(other, best) == Ordering::Greater {
                other
            } else {
                best
            }
        });
        assert_eq!(Some(chosen), best, "{case:?}");
        let mut turned = order.clone();
        turned.rotate_left(1 + rng.below(order.len() - 1));
        let other = case.chosen(&turned);
        ties += usize::from(other != chosen);
        assert_eq!(case.compare(chosen, other), Ordering::Equal, "{case:?}");
        let mut liked = case.clone();
        liked.channels[chosen].0 += 1;
        assert_eq!(liked.chosen(&turned), chosen, "{liked:?}");
    }
    assert!(ties > 3, "{ties} ties");
}

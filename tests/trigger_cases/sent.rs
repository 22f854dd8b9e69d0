//! What was sent is an event: conditions, triggers and caps see it, at the instant at which it was sent.

use super::{SHOP, Shop, same, t};
use segue::Rulebook;
use segue::engine::{
    Cause, Engine, EngineOutput, EngineState, LiveProfile, OutputKind, SentMessage,
    SuppressionReason,
};
use segue::profile::{Model, Record, RecordEvent, Timeline};
use segue::{Event, Instant, Profile};

/// The segments that were entered (`+`) and left (`-`), and when.
fn moves(out: &[EngineOutput]) -> Vec<String> {
    let of = |output: &EngineOutput| {
        let (sign, segment) = match &output.kind {
            OutputKind::SegmentEntered { segment } => ('+', segment),
            OutputKind::SegmentLeft { segment } => ('-', segment),
            _ => return None,
        };
        Some(format!("{} {sign}{segment}", output.at))
    };
    out.iter().filter_map(of).collect()
}

const OFFER: &str = r#"
[triggers.offer]
on = "viewed"
do = [{ send = "offer" }]
"#;

#[test]
fn a_segment_of_those_who_were_written_to_lasts_as_long_as_its_window() {
    let mut shop = Shop::with(&format!(
        "[segments]\ncontacted = 'sent within 3 days'\n{OFFER}"
    ));
    shop.does("anna", "viewed", "2026-03-02T10:00:00Z", "tv");
    assert_eq!(
        shop.engine.next_wakeup(),
        Some(t("2026-03-05T10:00:00.000001Z"))
    );
    shop.until("2026-03-06T00:00:00Z");
    assert_eq!(
        moves(&shop.out),
        [
            "2026-03-02T10:00:00Z +contacted",
            "2026-03-05T10:00:00.000001Z -contacted"
        ]
    );
}

/// What a mailing tool calls a resend to those who did not open.
#[test]
fn who_does_not_come_after_a_message_gets_a_text() {
    let mut shop = Shop::with(&format!(
        r#"
[messages.text]
channel = "sms"
{OFFER}
again = "once"
[triggers.resend]
on = 'sent("offer") as s then no viewed within 3 days'
do = [{{ send = "text", values = {{ after = "s.message", first = "s.trigger" }} }}]
"#
    ));
    for (who, day) in [("anna", 2), ("bruno", 2)] {
        shop.does(who, "viewed", &format!("2026-03-0{day}T10:00:00Z"), "tv");
    }
    shop.does("bruno", "viewed", "2026-03-04T10:00:00Z", "shoes");
    shop.until("2026-03-09T00:00:00Z");
    same(
        &shop.times(),
        &[
            ("2026-03-02T10:00:00Z", "offer"),
            ("2026-03-02T10:00:00Z", "offer"),
            ("2026-03-05T10:00:00.000001Z", "resend"),
        ],
    );
    let effects = shop.effects();
    let action = serde_json::to_value(&effects[2].1.action).unwrap();
    assert_eq!(
        action["with"],
        serde_json::json!({"after": "offer", "first": "offer"})
    );
}

#[test]
fn of_two_triggers_at_one_instant_the_second_sees_what_the_first_has_sent() {
    let rules: String = ["first", "second"]
        .map(|name| {
            format!(
                "[triggers.{name}]\non = 'viewed'\nwhen = 'not sent(tags contains \"winback\") within 7 days'\ndo = [{{ send = \"coupon\" }}]\n"
            )
        })
        .concat();
    let mut shop = Shop::with(&format!(
        "[messages.coupon]\nchannel = \"email\"\ntags = [\"winback/coupon\"]\n{rules}"
    ));
    shop.does("anna", "viewed", "2026-03-02T10:00:00Z", "tv");
    same(&shop.times(), &[("2026-03-02T10:00:00Z", "first")]);
    assert_eq!(shop.held()[0].1.reason, SuppressionReason::Guard);
}

/// Under the new rules the message has another name and another tag; what was sent is what it was.
#[test]
fn a_message_that_is_renamed_was_sent_under_its_old_name() {
    let rules = |name: &str, tag: &str| {
        format!(
            "[segments]\nold = 'sent(\"spring\")'\ntagged = 'sent(tags contains \"season\")'\n[messages.{name}]\nchannel = \"email\"\ntags = [\"{tag}\"]\n[triggers.go]\non = 'viewed'\ndo = [{{ send = \"{name}\" }}]\n"
        )
    };
    let mut shop = Shop::with(&rules("spring", "season/spring"));
    shop.does("anna", "viewed", "2026-03-02T10:00:00Z", "tv");
    let renamed = Rulebook::from_toml(&format!("{SHOP}{}", rules("summer", "weather"))).unwrap();
    let _ = shop
        .engine
        .reload(
            &renamed,
            &Model::for_schema(renamed.schema()),
            &mut shop.out,
        )
        .unwrap();
    for segment in ["old", "tagged"] {
        assert_eq!(shop.engine.holds("anna", segment), Some(true), "{segment}");
    }
}

#[test]
fn what_was_sent_later_counts_from_then_and_what_failed_not_at_all() {
    let rules = format!(
        "[segments]\ncontacted = 'sent within 3 hours'\n{OFFER}[triggers.again]\non = 'leave segment contacted'\ndo = [{{ call = \"task\" }}]\n"
    );
    let sent = || {
        let mut shop = Shop::with(&rules);
        shop.does("anna", "viewed", "2026-03-02T10:00:00Z", "tv");
        let key = shop.effects()[0].1.key.to_string();
        shop.until("2026-03-02T12:00:00Z");
        shop.out.clear();
        (shop, key)
    };
    let (mut shop, key) = sent();
    assert!(
        shop.engine
            .ack("anna", &key, t("2026-03-02T11:00:00Z"), &mut shop.out)
    );
    assert_eq!(shop.out, []);
    assert_eq!(
        shop.engine.next_wakeup(),
        Some(t("2026-03-02T14:00:00.000001Z"))
    );

    let (mut shop, key) = sent();
    assert!(shop.engine.fail("anna", &key, &mut shop.out));
    assert_eq!(moves(&shop.out), ["2026-03-02T12:00:00Z -contacted"]);
    assert_eq!(shop.out[0].cause, Cause::History);
    assert_eq!(shop.effects().len(), 0, "no trigger fires");
    assert!(
        !shop.engine.fail("anna", &key, &mut shop.out),
        "it is not there any more"
    );
}

#[test]
fn a_silence_after_a_message_begins_when_it_was_really_sent() {
    let mut shop = Shop::with(&format!(
        "{OFFER}again = \"once\"\n[triggers.resend]\non = 'sent then no viewed within 3 hours'\ndo = [{{ call = \"task\" }}]\n"
    ));
    shop.does("anna", "viewed", "2026-03-02T10:00:00Z", "tv");
    let key = shop.effects()[0].1.key.to_string();
    shop.until("2026-03-02T11:30:00Z");
    assert!(
        shop.engine
            .ack("anna", &key, t("2026-03-02T11:00:00Z"), &mut shop.out)
    );
    shop.until("2026-03-02T20:00:00Z");
    let times = shop.times();
    assert_eq!(times[1].0, "2026-03-02T14:00:00.000001Z");
    assert_eq!(times.len(), 2);
}

#[test]
fn a_trigger_that_sends_what_it_waits_for_comes_to_an_end() {
    let mut shop = Shop::with(&format!(
        "{OFFER}[triggers.echo]\non = 'sent'\ndo = [{{ send = \"receipt\" }}]\n"
    ));
    shop.does("anna", "viewed", "2026-03-02T10:00:00Z", "tv");
    // The offer is answered, and the receipt; the receipt that answers the receipt is not.
    let triggers: Vec<String> = shop
        .times()
        .into_iter()
        .map(|(_, trigger)| trigger)
        .collect();
    assert_eq!(triggers, ["offer", "echo", "echo"]);
    assert_eq!(shop.held()[0].1.reason, SuppressionReason::Repeated);
}

#[test]
fn what_was_sent_is_nothing_that_the_customer_did() {
    let mut shop = Shop::with(&format!(
        "[segments]\ngone = 'not any event within 3 hours'\nwritten_to = 'any of (se*) within 3 hours'\n{OFFER}wait = \"2 hours\"\n"
    ));
    shop.does("anna", "viewed", "2026-03-02T10:00:00Z", "tv");
    shop.until("2026-03-02T13:30:00Z");
    assert_eq!(shop.engine.holds("anna", "gone"), Some(true));
    assert_eq!(shop.engine.holds("anna", "written_to"), Some(true));
}

#[test]
fn a_message_at_request_has_no_trigger() {
    let mut shop =
        Shop::with("[segments]\nasked = 'sent(trigger is missing and journey is missing)'\n");
    let out = &mut shop.out;
    let sent = shop
        .engine
        .send("anna", "offer", &[], "r-1", t("2026-03-02T10:00:00Z"), out);
    assert_eq!(sent, Ok(()));
    assert_eq!(shop.engine.holds("anna", "asked"), Some(true));
}

#[test]
fn a_restored_engine_knows_what_was_sent_and_a_log_that_is_read_again_sends_nothing_twice() {
    let rules = format!("[segments]\ntwice = 'sent at least 2 times'\n{OFFER}");
    let mut shop = Shop::with(&rules);
    let viewed = |shop: &Shop, id: &str, at: &str| shop.event("viewed", at, "tv").with_id(id);
    let first = viewed(&shop, "v-1", "2026-03-02T10:00:00Z");
    let _ = shop.engine.observe("anna", first.clone(), &mut shop.out);
    let kept = serde_json::to_string(shop.engine.state()).unwrap();
    let state: EngineState<Record> = serde_json::from_str(&kept).unwrap();
    let model = Model::for_schema(shop.rulebook.schema());
    let (mut engine, _) = Engine::restore(&shop.rulebook, &model, state, &mut shop.out).unwrap();
    let second = viewed(&shop, "v-2", "2026-03-02T11:00:00Z");
    let _ = engine.observe("anna", second, &mut shop.out);
    assert_eq!(engine.holds("anna", "twice"), Some(true));

    // What was sent comes in as history, and then the log is read once more.
    let anna = shop.engine.profile("anna").unwrap().events().iter();
    let sent: Vec<RecordEvent> = anna
        .filter(|e| e.kind_name(shop.rulebook.schema()) == "sent")
        .cloned()
        .collect();
    assert_eq!(sent.len(), 1);
    let mut again = Engine::new(&shop.rulebook, &model).unwrap();
    again.advance(t("2026-03-02T10:00:00Z"), &mut shop.out);
    assert_eq!(again.absorb("anna", sent, &mut shop.out), 1);
    let _ = again.observe("anna", first, &mut shop.out);
    assert_eq!(
        again.profile("anna").map(|anna| anna.events().len()),
        Some(2)
    );
}

/// Nobody had asked what was sent, so nothing of it was kept.
#[test]
fn rules_that_begin_to_read_what_was_sent_say_that_its_past_is_missing() {
    let mut shop = Shop::with(OFFER);
    shop.does("anna", "viewed", "2026-03-02T10:00:00Z", "tv");
    assert_eq!(
        shop.engine.profile("anna").map(|anna| anna.events().len()),
        Some(1)
    );
    let rules = format!("{SHOP}[segments]\ncontacted = 'sent within 3 days'\n{OFFER}");
    let reading = Rulebook::from_toml(&rules).unwrap();
    let model = Model::for_schema(reading.schema());
    let change = shop.engine.reload(&reading, &model, &mut shop.out).unwrap();
    let missing = &change.missing_history[0];
    assert_eq!(missing.kind, "sent");
    assert_eq!(missing.right_from, Some(t("2026-03-05T10:00:00.000001Z")));
    shop.does("anna", "viewed", "2026-03-03T10:00:00Z", "tv");
    assert_eq!(shop.engine.holds("anna", "contacted"), Some(true));
}

#[test]
fn a_kind_of_that_name_in_a_schema_is_what_the_schema_says() {
    let rules = format!(
        "[segments]\nwriters = 'sent(\"complaint\")'\n{OFFER}[schema.events.sent]\nsubject = \"form\"\nproperties = {{ form = \"string\" }}\n"
    );
    let mut shop = Shop::with(&rules);
    shop.does("anna", "viewed", "2026-03-02T10:00:00Z", "tv");
    assert_eq!(
        shop.engine.profile("anna").map(|anna| anna.events().len()),
        Some(1)
    );
    let form = RecordEvent::new(
        shop.rulebook.schema(),
        "sent",
        "2026-03-02T11:00:00Z",
        [("form", "complaint".into())],
    );
    let _ = shop.engine.observe("anna", form.unwrap(), &mut shop.out);
    assert_eq!(shop.engine.holds("anna", "writers"), Some(true));
}

// ---- a service's own types ----

#[derive(Debug, Clone, Event)]
enum Act {
    Viewed {
        at: Instant,
    },
    #[segue(sent)]
    Sent {
        at: Instant,
        #[segue(id)]
        key: String,
        #[segue(subject)]
        message: String,
    },
}

#[derive(Debug, Clone, Profile)]
struct Customer {
    #[segue(id)]
    id: String,
    #[segue(events)]
    acts: Timeline<Act>,
}

impl LiveProfile for Customer {
    fn blank(_: &Model<Self>, id: &str) -> Self {
        Customer {
            id: id.to_owned(),
            acts: Timeline::default(),
        }
    }

    fn events_mut(&mut self) -> &mut Timeline<Act> {
        &mut self.acts
    }

    fn sent(_: &Model<Self>, message: &SentMessage) -> Option<Act> {
        Some(Act::Sent {
            at: message.at,
            key: message.key.to_string(),
            message: message.message.to_string(),
        })
    }
}

#[test]
fn a_service_keeps_what_was_sent_among_its_own_events() {
    let model = Model::<Customer>::new().unwrap();
    let rulebook = Rulebook::loader()
        .schema(model.schema().clone())
        .load(
            segue::rulebook::Format::Toml,
            &format!("[channels.email]\n[messages.offer]\nchannel = \"email\"\n[segments]\ncontacted = 'sent(\"offer\") within 3 days'\nidle = 'not any event within 1 hour'\n{OFFER}"),
        )
        .unwrap();
    let mut engine = Engine::new(&rulebook, &model).unwrap();
    let mut out = Vec::new();
    let at = t("2026-03-02T10:00:00Z");
    let _ = engine.observe("anna", Act::Viewed { at }, &mut out);
    engine.advance(t("2026-03-02T12:00:00Z"), &mut out);
    assert_eq!(engine.holds("anna", "contacted"), Some(true));
    assert_eq!(engine.holds("anna", "idle"), Some(true));
    let key = out.iter().find_map(|output| match &output.kind {
        OutputKind::Effect(effect) => Some(effect.key.to_string()),
        _ => None,
    });
    // The type does not say how the instant is changed, so conditions keep theirs.
    assert!(engine.ack(
        "anna",
        key.as_deref().unwrap(),
        t("2026-03-02T11:00:00Z"),
        &mut out
    ));
    assert_eq!(engine.next_wakeup(), Some(t("2026-03-05T10:00:00.000001Z")));
}

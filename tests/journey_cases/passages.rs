//! Where a profile is in a journey, as something that rules read.

use super::{SHOP, Shop, load, t};
use segue::engine::{Engine, EngineOutput, OutputKind};
use segue::profile::{Model, Record};

/// The segments that were entered (`+`) and left (`-`) since the last time, and when.
fn moves(shop: &mut Shop) -> Vec<String> {
    let of = |output: &EngineOutput| {
        let (sign, segment) = match &output.kind {
            OutputKind::SegmentEntered { segment } => ('+', segment),
            OutputKind::SegmentLeft { segment } => ('-', segment),
            _ => return None,
        };
        Some(format!("{} {sign}{segment}", output.at))
    };
    let out = std::mem::take(&mut shop.out);
    out.iter().filter_map(of).collect()
}

const TWO_STEPS: &str = r#"
[journeys.welcome]
on = "subscribed"
exit = "viewed since entered"
goal = { when = "purchased since entered", within = "30 days" }
steps = [
    { name = "first", wait = "3 days", do = [{ send = "letter_1" }] },
    { name = "second", wait = "3 days", do = [{ send = "letter_2" }] },
]
"#;

fn with_segments(segments: &str) -> Shop {
    Shop::with(&format!("[segments]\n{segments}\n{TWO_STEPS}"))
}

#[test]
fn segments_follow_a_profile_through_a_journey() {
    let mut shop = with_segments(
        "inside = 'in journey welcome'
         at_first = 'in step first of welcome'
         long = 'in step first of welcome for more than 2 days'
         new = 'in journey welcome for less than 1 day'
         lately = 'left journey welcome within 2 days'
         came = 'entered journey welcome within 1 day'
         bought = 'reached goal of welcome within 1 day'",
    );
    shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
    assert_eq!(
        moves(&mut shop),
        ["+at_first", "+came", "+inside", "+new"].map(|m| format!("2026-03-02T10:00:00Z {m}"))
    );
    shop.until("2026-03-31T00:00:00Z");
    assert_eq!(
        moves(&mut shop),
        [
            "2026-03-03T10:00:00Z -new",
            "2026-03-03T10:00:00.000001Z -came",
            "2026-03-04T10:00:00.000001Z +long",
            "2026-03-05T10:00:00Z -at_first",
            "2026-03-05T10:00:00Z -long",
            "2026-03-08T10:00:00Z -inside",
            "2026-03-08T10:00:00Z +lately",
            "2026-03-10T10:00:00.000001Z -lately",
        ]
    );
    shop.does("anna", "purchased", "2026-03-31T12:00:00Z");
    assert_eq!(moves(&mut shop), ["2026-03-31T12:00:00Z +bought"]);
}

#[test]
fn what_is_known_of_the_future_is_what_time_alone_changes_of_the_rule() {
    let mut shop = with_segments("long = 'in step first of welcome for at least 2 days'");
    shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
    // The end of the step is the engine's to tell, as an event is; that two days pass is known.
    assert_eq!(shop.engine.next_wakeup(), Some(t("2026-03-04T10:00:00Z")));
    shop.until("2026-03-04T10:00:00Z");
    assert_eq!(moves(&mut shop), ["2026-03-04T10:00:00Z +long"]);
}

#[test]
fn each_value_has_a_place_of_its_own() {
    let mut shop = Shop::with(
        r#"
[segments]
any = 'in journey drip'
tv = 'in journey drip for "tv"'
skin = 'in step only of drip for "skin"'
long = 'in step only of drip for at least 12 hours'
[journeys.drip]
on = "subscribed as s"
per = "topic"
exit = "purchased(topic = s.topic) since entered"
steps = [{ name = "only", wait = "1 day", do = [{ send = "letter_1" }] }]
"#,
    );
    shop.does("anna", "subscribed tv", "2026-03-02T10:00:00Z");
    shop.does("anna", "subscribed skin", "2026-03-02T12:00:00Z");
    shop.does("anna", "purchased skin", "2026-03-02T13:00:00Z");
    shop.until("2026-03-31T00:00:00Z");
    assert_eq!(
        moves(&mut shop),
        [
            "2026-03-02T10:00:00Z +any",
            "2026-03-02T10:00:00Z +tv",
            "2026-03-02T12:00:00Z +skin",
            "2026-03-02T13:00:00Z -skin",
            // That another run came and went since makes no difference to the one that lasts.
            "2026-03-02T22:00:00Z +long",
            "2026-03-03T10:00:00Z -any",
            "2026-03-03T10:00:00Z -long",
            "2026-03-03T10:00:00Z -tv",
        ]
    );
}

/// A passage is an event like any other: sequences, triggers and the steps of other journeys read it.
#[test]
fn sequences_triggers_and_other_journeys_read_passages() {
    let mut shop = Shop::with(&format!(
        r#"
[segments]
loyal = 'journey_passed("welcome", because = goal) then purchased within 7 days'
{TWO_STEPS}
[triggers.thanks]
on = 'journey_passed("welcome", because = goal)'
do = [{{ send = "text" }}]
[journeys.after]
on = "subscribed"
steps = [{{ name = "waiting", wait_for = "not in journey welcome", do = [{{ send = "letter_3" }}] }}]
"#
    ));
    shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
    shop.does("anna", "purchased", "2026-03-03T10:00:00Z");
    let told: Vec<_> = (shop.out.iter()).filter_map(super::line).collect();
    super::same(
        &told,
        "2026-03-02T10:00:00Z outside -> first: entered
         2026-03-02T10:00:00Z outside -> waiting: entered
         2026-03-03T10:00:00Z first -> outside: goal
         2026-03-03T10:00:00Z send text in no step
         2026-03-03T10:00:00Z send letter_3 in waiting
         2026-03-03T10:00:00Z waiting -> outside: happened",
    );
    shop.out.clear();
    shop.does("anna", "purchased", "2026-03-04T10:00:00Z");
    assert_eq!(moves(&mut shop), ["2026-03-04T10:00:00Z +loyal"]);
}

/// A journey that is entered because nobody is in it, and left at once, is entered once at an instant.
#[test]
fn a_circle_of_a_journey_and_its_segment_comes_to_an_end() {
    let mut shop = Shop::with(
        r#"
[segments]
free = 'subscribed and not in journey busy'
[journeys.busy]
on = "enter segment free"
again = "always"
steps = [{ name = "at_once", do = [{ send = "letter_1" }] }]
[triggers.echo]
on = 'journey_passed("busy", to = "at_once")'
again = "always"
do = [{ send = "letter_2" }]
[journeys.ring]
on = 'journey_passed("ring", to is missing)'
again = "always"
steps = [{ name = "round" }]
"#,
    );
    shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
    shop.until("2026-03-31T00:00:00Z");
    let sent = shop.told().iter().filter(|l| l.contains("send")).count();
    assert_eq!(sent, 2);
}

#[test]
fn other_rules_find_profiles_where_they_are() {
    for before in ["", "[segments]\nother = 'in step second of welcome'\n"] {
        let mut shop = Shop::with(&format!("{before}{TWO_STEPS}"));
        shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
        shop.until("2026-03-03T00:00:00Z");
        shop.out.clear();
        let segments = "[segments]\ninside = 'in journey welcome'\nlong = 'in step first of welcome for at least 2 days'\n";
        shop.restored(&format!("{SHOP}{segments}{TWO_STEPS}"));
        assert_eq!(moves(&mut shop), ["2026-03-03T00:00:00Z +inside"]);
        let renamed = TWO_STEPS.replace("\"first\"", "\"start\"") + "moved = { first = \"start\" }";
        let segments = segments.replace("first", "start");
        shop.restored(&format!("{SHOP}{segments}{renamed}"));
        assert_eq!(moves(&mut shop), [""; 0]);
        shop.until("2026-03-04T12:00:00Z");
        assert_eq!(moves(&mut shop), ["2026-03-04T10:00:00Z +long"]);
        // The step is gone, and with it those who are in it.
        let gone = "[journeys.welcome]\non = \"subscribed\"\nsteps = [{ name = \"start_anew\", wait = \"1 day\" }]";
        let segments = "[segments]\ninside = 'in journey welcome'\n";
        shop.restored(&format!("{SHOP}{segments}{gone}"));
        assert_eq!(
            moves(&mut shop),
            ["2026-03-04T12:00:00Z -inside", "2026-03-04T12:00:00Z -long"]
        );
    }
}

#[test]
fn two_who_are_one_are_in_a_journey_once() {
    let segments = "inside = 'in journey welcome'\nlong = 'in journey welcome for at least 2 days'";
    for (older, younger) in [("anna", "ben"), ("ben", "anna")] {
        let mut shop = with_segments(segments);
        shop.does(older, "subscribed", "2026-03-02T10:00:00Z");
        shop.does(younger, "subscribed", "2026-03-03T10:00:00Z");
        shop.until("2026-03-03T11:00:00Z");
        shop.out.clear();
        let merged = t("2026-03-03T12:00:00Z");
        let _ = shop
            .engine
            .merge("anna", "ben", merged, &mut shop.out)
            .unwrap();
        moves(&mut shop);
        shop.until("2026-03-31T00:00:00Z");
        assert_eq!(
            moves(&mut shop),
            [
                "2026-03-04T10:00:00Z +long",
                "2026-03-08T10:00:00Z -inside",
                "2026-03-08T10:00:00Z -long"
            ],
            "{older}"
        );
    }
}

/// Kept and restored at any instant, it tells the same.
#[test]
fn what_is_kept_knows_where_a_profile_is() {
    let segments =
        "at_first = 'in step first of welcome'\ncame = 'entered journey welcome within 1 day'";
    let run = |stop: Option<&str>| {
        let mut shop = with_segments(segments);
        shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
        if let Some(stop) = stop {
            shop.until(stop);
            shop.restored(&shop.source.clone());
        }
        shop.until("2026-03-31T00:00:00Z");
        moves(&mut shop)
    };
    for stop in [
        "2026-03-02T10:00:00Z",
        "2026-03-03T10:00:00Z",
        "2026-03-05T10:00:00Z",
    ] {
        assert_eq!(run(Some(stop)), run(None), "{stop}");
    }
}

/// Outside of an engine it is what the events of the profile say.
#[test]
fn a_profile_by_itself_is_where_its_events_say() {
    let rulebook = load(&format!(
        "{SHOP}[segments]\ninside = 'in step second of welcome'\n{TWO_STEPS}"
    ));
    let inside = |events: &str| {
        let record = format!(r#"{{"id": "anna", "events": [{events}]}}"#);
        let record = Record::from_json(rulebook.schema(), &record).unwrap();
        let model = Model::<Record>::for_schema(rulebook.schema());
        let rule = rulebook.segment("inside").unwrap();
        rule.bind(&model)
            .unwrap()
            .verdict(&record, t("2026-03-10T00:00:00Z"))
            .holds
    };
    let passed = |steps: &str, at: &str| {
        format!(
            r#"{{"kind": "journey_passed", "at": "{at}", "props": {{"journey": "welcome", "because": "done", "entered": "2026-03-01", {steps}}}}}"#
        )
    };
    let came = passed(r#""from": "first", "to": "second""#, "2026-03-02");
    let left = passed(r#""from": "second""#, "2026-03-11");
    assert!(!inside(""));
    assert!(inside(&came));
    // What is to come has not happened.
    assert!(inside(&format!("{came}, {left}")));
    let left = left.replace("2026-03-11", "2026-03-09");
    assert!(!inside(&format!("{came}, {left}")));
}

/// Whoever does not read them keeps none.
#[test]
fn passages_are_kept_where_rules_read_them() {
    let kept = |segments: &str| {
        let mut shop = Shop::with(&format!("[segments]\n{segments}{TWO_STEPS}"));
        shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
        let engine: &Engine<Record> = &shop.engine;
        engine.profile("anna").unwrap().events().len()
    };
    assert_eq!(kept(""), 1);
    assert_eq!(kept("inside = 'in journey welcome'\n"), 2);
}

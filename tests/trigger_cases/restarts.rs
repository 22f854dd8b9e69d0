//! Engines that go on from what was kept, under the same rules or others.

use super::{SHOP, Shop, same, t};
use segue::Rulebook;
use segue::engine::{
    EffectAction, Engine, EngineState, LiveProfile, OutputKind, SuppressionReason,
};
use segue::profile::{Model, Record, Timeline};
use segue::rulebook::Format;
use serde_json::Value as Json;

fn load(source: &str) -> Rulebook {
    Rulebook::from_toml(source).unwrap_or_else(|e| panic!("{e}"))
}

fn kept(shop: &Shop) -> EngineState<Record> {
    serde_json::from_str(&serde_json::to_string(shop.engine.state()).unwrap()).unwrap()
}

/// The shop under another rule file.
fn under(shop: &Shop, source: &str) -> Shop {
    let rulebook = load(source);
    let model = Model::<Record>::for_schema(rulebook.schema());
    let (engine, _) = Engine::restore(&rulebook, &model, kept(shop), &mut Vec::new()).unwrap();
    Shop {
        rulebook,
        engine,
        out: Vec::new(),
    }
}

#[test]
fn under_another_zone_dates_are_those_of_that_zone() {
    let rules = "[triggers.card]\non = 'birthday at 09:00'\ndo = [{ send = \"offer\" }]\n";
    let mut shop = Shop::with(rules);
    shop.set("anna", "2026-01-10T00:00:00Z", "birthday", "1980-05-20");
    let source = format!("{SHOP}{rules}");
    let mut moved = under(&shop, &source.replace("Europe/Rome", "America/New_York"));
    assert_eq!(moved.engine.next_wakeup(), Some(t("2026-05-20T13:00:00Z")));
    moved.until("2026-06-01T00:00:00Z");
    same(&moved.times(), &[("2026-05-20T13:00:00Z", "card")]);
    // And where the profile's own zone is asked no more.
    shop.set("anna", "2026-01-10T00:00:00Z", "timezone", "Asia/Tokyo");
    let mut moved = under(
        &shop,
        &source.replace("profile_timezone = \"timezone\"", ""),
    );
    assert_eq!(moved.engine.next_wakeup(), Some(t("2026-05-20T07:00:00Z")));
}

#[test]
fn a_message_that_waits_goes_by_its_name_when_the_rules_have_changed() {
    let source = |actions: &str| {
        let rules = format!(
            "[messages.text]\nchannel = \"email\"\n[triggers.nudge]\non = 'viewed'\nheld = \"wait\"\ndo = [{actions}]\n"
        );
        format!("{SHOP}{rules}").replace(
            "[channels.email]",
            "[channels.email]\nquiet = [\"21:00-08:00\"]",
        )
    };
    let (offer, text, receipt) = (
        "{ send = \"offer\" }",
        "{ send = \"text\" }",
        "{ send = \"receipt\" }",
    );
    let night = || {
        let mut shop = under(&Shop::with(""), &source(&[receipt, offer].join(",")));
        shop.does("anna", "viewed", "2026-03-02T22:00:00Z", "tv");
        shop
    };
    let morning = |actions: &[&str]| {
        let mut shop = under(&night(), &source(&actions.join(",")));
        shop.until("2026-03-05T00:00:00Z");
        shop
    };
    let key = |shop: &Shop| shop.effects().last().map(|(_, e)| e.key.clone());
    let same_rules = morning(&[receipt, offer]);
    let nine = "2026-03-03T07:00:00Z";
    same(&same_rules.times(), &[(nine, "nudge")]);
    for actions in [&[offer, receipt][..], &[offer], &[receipt, text, offer]] {
        let shop = morning(actions);
        same(&shop.times(), &[(nine, "nudge")]);
        assert_eq!(
            key(&shop),
            key(&same_rules),
            "it is the same message for the same occasion"
        );
        assert!(
            matches!(&shop.effects()[0].1.action, EffectAction::Send { message, .. } if **message == *"offer")
        );
    }
    for actions in [
        &[receipt, text][..],
        &[receipt],
        &["{ call = \"crm.task\" }"],
    ] {
        let shop = morning(actions);
        same(&shop.times(), &[]);
        let held = shop.held();
        let [(at, held)] = held.as_slice() else {
            panic!("{held:?}")
        };
        assert_eq!(
            (&**at, held.message.as_deref(), &held.reason),
            (nine, Some("offer"), &SuppressionReason::RuleChanged)
        );
    }
}

/// A customer whose type has numbers for ids, and makes 0 of what is none.
#[derive(Clone, Debug, PartialEq, segue::Profile, serde::Serialize, serde::Deserialize)]
struct Numbered {
    id: u64,
    #[segue(events)]
    visits: Timeline<Visit>,
}

#[derive(Clone, Debug, PartialEq, segue::Event, serde::Serialize, serde::Deserialize)]
enum Visit {
    Visited { at: segue::Instant },
}

impl LiveProfile for Numbered {
    fn blank(_: &Model<Self>, id: &str) -> Self {
        Numbered {
            id: id.parse().unwrap_or_default(),
            visits: Timeline::default(),
        }
    }
    fn events_mut(&mut self) -> &mut Timeline<Visit> {
        &mut self.visits
    }
}

#[test]
fn profiles_are_found_by_the_ids_that_they_came_in_under() {
    let model = Model::<Numbered>::new().unwrap();
    let load = Rulebook::loader().schema(model.schema().clone());
    let rulebook = load
        .load(Format::Toml, "[segments]\nguest = 'visited within 30 days'")
        .unwrap();
    let mut engine = Engine::new(&rulebook, &model).unwrap();
    for who in ["anna", "17", "bruno"] {
        let _ = engine.observe(
            who,
            Visit::Visited {
                at: t("2026-03-01T10:00:00Z"),
            },
            &mut Vec::new(),
        );
    }
    let state: EngineState<Numbered> =
        serde_json::from_str(&serde_json::to_string(engine.state()).unwrap()).unwrap();
    let (mut restored, _) = Engine::restore(&rulebook, &model, state, &mut Vec::new()).unwrap();
    for who in ["anna", "17", "bruno"] {
        assert_eq!(restored.holds(who, "guest"), Some(true), "{who}");
    }
    assert_eq!(restored.holds("0", "guest"), None);
    let mut out = Vec::new();
    restored.advance(t("2026-05-01T00:00:00Z"), &mut out);
    assert_eq!(
        out.iter().map(|h| &*h.profile).collect::<Vec<_>>(),
        ["anna", "17", "bruno"]
    );
}

/// What is remembered of a profile's triggers.
fn remembered(shop: &Shop, what: &str) -> usize {
    let state = serde_json::to_value(shop.engine.state()).unwrap();
    state["profiles"][0]["triggers"]
        .pointer(what)
        .and_then(serde_json::Value::as_array)
        .map_or(0, Vec::len)
}

#[test]
fn entries_that_hold_nothing_back_are_forgotten() {
    let of = |keys: &str| {
        format!(
            "[triggers.nudge]\non = 'viewed'\nper = \"category\"\n{keys}\ndo = [{{ call = \"crm.note\" }}]\n"
        )
    };
    let categories = ["tv", "shoes", "books"];
    let view = |keys: &str| {
        let mut shop = Shop::with(&of(keys));
        for category in categories {
            shop.does("anna", "viewed", "2026-03-01T10:00:00Z", category);
        }
        shop.until("2026-03-01T12:00:00Z");
        assert_eq!(remembered(&shop, "/records"), 3);
        shop
    };
    for (keys, after_a_day, after_ten) in [
        ("", 0, 0),
        ("again = \"once\"", 3, 3),
        ("again = \"after 5 days\"", 3, 0),
        ("cooldown = \"5 days\"", 3, 0),
    ] {
        let mut shop = view(keys);
        for (until, left) in [
            ("2026-03-02T10:00:00Z", after_a_day),
            ("2026-03-11T10:00:00Z", after_ten),
        ] {
            shop.until(until);
            shop.engine.forget();
            assert_eq!(remembered(&shop, "/records"), left, "{keys} {until}");
        }
    }
    // What is asked for is remembered for a day.
    let mut shop = Shop::with("");
    shop.engine
        .send(
            "anna",
            "offer",
            &[],
            "r1",
            t("2026-03-01T10:00:00Z"),
            &mut shop.out,
        )
        .unwrap();
    shop.until("2026-03-02T09:00:00Z");
    shop.engine.forget();
    assert_eq!(remembered(&shop, "/deliveries/requested"), 1);
    shop.until("2026-03-02T10:00:00.000001Z");
    shop.engine.forget();
    assert_eq!(remembered(&shop, "/deliveries/requested"), 0);
}

const RULES: &str = r#"
timezone = "Europe/Rome"
[schema.attributes]
age = "int"
plan = "string"
points = "int"
birthday = "date"
[schema.events.viewed]
subject = "category"
properties = { category = "string", brand = "string" }
[schema.events.purchased]
subject = "category"
properties = { category = "string", amount = "decimal(2)" }
[traits]
spent = "sum(purchased.amount within 12 months)"
[traits.life]
cases = [{ is = "young", when = "age < 30" }]
otherwise = "old"
[tags]
"interest/tv" = 'viewed("tv") within 30 days'
[scores.money]
value = "sum(purchased.amount)"
over = "purchased"
classes = 2
cuts = ["10.00"]
[segments]
vip = "spent > 1000 and in segment testers"
testers = { ids = ["anna", "elif"] }
keen = 'tagged "interest" and viewed(brand = "Acme")'
rich = "money = 2 and life = young"
[lifecycles.journey]
stages = [{ name = "aware", when = "viewed" }, { name = "buyer", when = "purchased", from = ["none", "aware"] }]
[channels.email]
consent = "age >= 18"
[messages.offer]
channel = "email"
[triggers.card]
on = "birthday at 09:00"
when = "in stage aware of journey"
do = [{ send = "offer" }, { add = "points", by = 5 }]
"#;

/// The versions of everything under a rule file, by name.
fn versions(source: &str) -> Vec<(String, String)> {
    let rulebook = load(source);
    let engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema())).unwrap();
    let state = serde_json::to_value(engine.state()).unwrap();
    let text = |json: &Json| json.as_str().unwrap().to_owned();
    let header = &state["header"];
    let all = |of: &str| header[of].as_array().unwrap().iter();
    let segments = all("segments").map(|of| (text(&of["segment"]), text(&of["version"])));
    let triggers = all("triggers").map(|of| (text(&of["trigger"]), text(&of["version"])));
    let lifecycles = all("lifecycles").map(|of| (text(&of["lifecycle"]), text(&of["version"])));
    segments.chain(triggers).chain(lifecycles).collect()
}

/// What has another version when this is written instead of that.
fn changed(from: &str, to: &str) -> Vec<String> {
    assert!(RULES.contains(from), "{from}");
    let (before, after) = (versions(RULES), versions(&RULES.replace(from, to)));
    let pairs = before.into_iter().zip(after);
    pairs
        .filter(|(before, after)| before != after)
        .map(|((name, _), _)| name)
        .collect()
}

#[test]
fn blanks_and_what_has_nothing_to_do_with_a_rule_leave_its_version() {
    let nothing: [&str; 0] = [];
    let vip = "\"spent > 1000 and in segment testers\"";
    let commented = "\"\"\"spent  > (1000) -- in a year\n and in segment `testers`\"\"\"";
    assert_eq!(changed(vip, commented), nothing);
    assert_eq!(changed("\"age < 30\"", "\"  (age < 30)\""), nothing);
    assert_eq!(
        changed("\"birthday at 09:00\"", "\"birthday  at 9:00\""),
        nothing
    );
    assert_eq!(
        changed("age = \"int\"", "loyalty = \"int\"\nage = \"int\""),
        nothing
    );
    assert_eq!(
        changed(
            "[schema.events.viewed]",
            "[schema.events.opened]\n[schema.events.viewed]"
        ),
        nothing
    );
    assert_eq!(
        changed("[traits.life]", "[traits.life]\ndescription = \"By age.\""),
        nothing
    );
    assert_eq!(changed("plan = \"string\"", ""), nothing);
}

#[test]
fn what_a_rule_refers_to_is_part_of_its_version() {
    let is = |from: &str, to: &str, names: &[&str]| {
        assert_eq!(changed(from, to), names, "{from} -> {to}")
    };
    is("spent > 1000", "spent > 1001", &["vip"]);
    is("within 12 months", "within 11 months", &["vip"]);
    is("\"elif\"", "\"ben\"", &["testers", "vip"]);
    is("age < 30", "age < 31", &["rich"]);
    is("10.00", "20.00", &["rich"]);
    is("over = \"purchased\"", "over = \"viewed\"", &["rich"]);
    is(
        "viewed(\"tv\") within 30",
        "viewed(\"tv\") within 40",
        &["keen"],
    );
    is(
        "subject = \"category\"\nproperties = { category = \"string\", brand",
        "subject = \"brand\"\nproperties = { category = \"string\", brand",
        &["keen", "card", "journey"],
    );
    is("decimal(2)", "decimal(3)", &["rich", "vip"]);
    is("[\"none\", \"aware\"]", "[\"aware\"]", &["card", "journey"]);
    is("birthday at 09:00", "birthday at 10:00", &["card"]);
    is("age >= 18", "age >= 16", &["card"]);
    is("by = 5", "by = 6", &["card"]);
    is("points = \"int\"", "points = \"float\"", &["card"]);
    is(
        "Europe/Rome",
        "Europe/Paris",
        &["keen", "rich", "testers", "vip", "card", "journey"],
    );
}

/// A trigger on a stage or a segment says whether an edit of the rules makes it fire.
#[test]
fn an_edit_lets_those_triggers_fire_that_ask_for_it() {
    let rules = |days: u32| {
        format!(
            "[segments]\nrecent = 'viewed within {days} days'\n\
             [triggers.asks]\non = 'leave segment recent'\non_edit = 'fire'\ndo = [{{ call = 'crm.task' }}]\n\
             [triggers.silent]\non = 'leave segment recent'\ndo = [{{ call = 'crm.task' }}]\n"
        )
    };
    let mut shop = Shop::with(&rules(30));
    shop.does("anna", "viewed", "2026-03-01T10:00:00Z", "tv");
    shop.until("2026-03-20T00:00:00Z");
    let rulebook = load(&format!("{SHOP}{}", rules(7)));
    let model = Model::<Record>::for_schema(rulebook.schema());
    let mut out = Vec::new();
    let change = shop.engine.reload(&rulebook, &model, &mut out).unwrap();
    let fired: Vec<_> = (out.iter())
        .filter_map(|output| match &output.kind {
            OutputKind::Effect(effect) => Some((effect.trigger.clone().unwrap(), output.at)),
            _ => None,
        })
        .collect();
    assert_eq!(fired, [("asks".into(), t("2026-03-20T00:00:00Z"))]);
    let silent: Vec<_> = change.silent_triggers.into_iter().collect();
    assert_eq!(silent, [("silent".into(), 1)]);
}

/// What is due and outstanding when the rules change still happens.
#[test]
fn a_date_that_is_outstanding_comes_under_other_rules_too() {
    let rules = "[triggers.card]\non = 'birthday at 09:00'\ndo = [{ call = 'crm.task' }]\n";
    let mut shop = Shop::with(rules);
    for who in ["anna", "bruno", "carla"] {
        shop.set(who, "2026-03-01T00:00:00Z", "birthday", "1980-03-05");
    }
    shop.engine = shop.engine.with_max_wakeups_per_call(1);
    shop.until("2026-03-06T00:00:00Z");
    assert_eq!(shop.effects().len(), 1);
    let more = format!(
        "{rules}[segments]\nviewer = 'viewed'\n[triggers.other]\non = 'viewed'\ndo = [{{ call = 'crm.task' }}]\n"
    );
    let mut shop = under(&shop, &format!("{SHOP}{more}"));
    shop.until("2026-03-06T00:00:00Z");
    assert_eq!(shop.effects().len(), 2);
}

#[test]
fn what_was_sent_counts_as_what_it_was_then() {
    let source = |message: &str, tag: &str| {
        let rules = format!(
            "[messages.{message}]\nchannel = \"email\"\ntags = [\"{tag}\"]\n[[caps]]\nmost = 1\nwithin = \"7 days\"\ntag = \"season\"\n[triggers.nudge]\non = 'viewed'\ndo = [{{ send = \"{message}\" }}]\n"
        );
        format!("{SHOP}{rules}")
    };
    let mut shop = under(&Shop::with(""), &source("spring", "season/spring"));
    shop.does("anna", "viewed", "2026-03-02T10:00:00Z", "tv");
    assert_eq!(shop.times().len(), 1);
    let goes = |message: &str, tag: &str| {
        let mut shop = under(&shop, &source(message, tag));
        shop.does("anna", "viewed", "2026-03-03T10:00:00Z", "tv");
        shop.times().len() == 1
    };
    assert!(!goes("spring", "season/spring"));
    // It was renamed, and it counts.
    assert!(!goes("april", "season/april"));
    // It was of the season when it was sent. What goes now is not.
    assert!(goes("spring", "news"));
    let mut shop = under(&shop, &source("spring", "news"));
    shop.does("anna", "viewed", "2026-03-03T10:00:00Z", "tv");
    let mut shop = under(&shop, &source("spring", "season/spring"));
    shop.does("anna", "viewed", "2026-03-04T10:00:00Z", "tv");
    same(&shop.times(), &[]);
    shop.does("anna", "viewed", "2026-03-09T10:00:00Z", "tv");
    same(&shop.times(), &[("2026-03-09T10:00:00Z", "nudge")]);
}

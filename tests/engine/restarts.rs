//! Stories of restarts, also under other rules.

use crate::shop::{BUYING, BY_CATEGORY, Shop, at};
use segue::Rulebook;
use segue::engine::{Engine, OutputKind};
use segue::profile::{Model, Record, RecordEvent};

#[test]
fn a_restart_changes_nothing() {
    let rules = format!("{BUYING}\n{BY_CATEGORY}\n[segments]\nrecent = 'viewed within 7 days'");
    let mut shop = Shop::new(&rules).lateness(3);
    shop.does_with("2026-03-01T10:00:00Z", "viewed", "tv");
    let mut restored = Shop::new(&rules);
    let mut out = Vec::new();
    let model = Model::for_schema(restored.rulebook.schema());
    let state = shop.engine.state().clone();
    let change;
    (restored.engine, change) =
        Engine::restore(&restored.rulebook, &model, state, &mut out).unwrap();
    assert!(out.is_empty() && change.is_empty());
    assert_eq!(restored.engine.next_wakeup(), shop.engine.next_wakeup());
    assert_eq!(restored.engine.lateness(), shop.engine.lateness());
    for (when, kind) in [
        ("2026-03-02T10:00:00Z", "viewed"),
        ("2026-03-01T12:00:00Z", "viewed"),
        ("2026-03-20T10:00:00Z", "purchased"),
    ] {
        assert_eq!(
            restored.does_with(when, kind, "tv"),
            shop.does_with(when, kind, "tv")
        );
    }
    assert_eq!(restored.engine.state(), shop.engine.state());
}

#[test]
fn another_rule_is_judged_at_once_and_tells_the_difference() {
    let mut shop = Shop::new("[segments]\nrecent = 'purchased within 30 days'");
    shop.does("2026-03-01T10:00:00Z", "purchased");
    shop.comes("2026-03-20T00:00:00Z");
    let mut shop = shop.restored(
        "[segments]\nrecent = 'purchased within 7 days'\nbuyer = 'purchased within 60 days'",
    );
    assert_eq!((shop.holds("recent"), shop.holds("buyer")), (false, true));
    assert_eq!(
        shop.edit,
        [
            "2026-03-20T00:00:00Z anna: entered buyer (Rules)",
            "2026-03-20T00:00:00Z anna: left recent (Rules)",
        ]
    );
    assert_eq!(
        shop.comes("2027-01-01T00:00:00Z"),
        ["2026-04-30T10:00:00.000001Z anna: left buyer (time)"]
    );
}

#[test]
fn a_stage_keeps_its_profiles_when_stages_come_before_it() {
    let mut shop = Shop::new(BUYING);
    shop.does("2026-03-01T10:00:00Z", "added_to_cart");
    let mut shop = shop.restored(&BUYING.replace(
        r#"{ name = "awareness", when = "viewed" },"#,
        r#"{ name = "attention", when = "visited" }, { name = "awareness", when = "viewed" },"#,
    ));
    assert_eq!(shop.stage("buying"), Some("decision"));
    assert_eq!(
        shop.does("2026-03-02T10:00:00Z", "purchased"),
        ["2026-03-02T10:00:00Z anna: buying None: decision to evaluation (purchased)"]
    );
}

#[test]
fn a_stage_that_is_no_more_gives_way_to_the_one_before_it() {
    let mut shop = Shop::new(BUYING);
    shop.does("2026-03-01T10:00:00Z", "viewed");
    shop.does("2026-03-02T10:00:00Z", "added_to_cart");
    let shop =
        shop.restored(&BUYING.replace(r#"{ name = "decision", when = "added_to_cart" },"#, ""));
    assert_eq!(shop.stage("buying"), Some("awareness"));
    assert_eq!(
        shop.edit,
        ["2026-03-02T10:00:00Z anna: buying None: decision to awareness (Rules)"]
    );
}

#[test]
fn stages_that_say_something_else_are_judged_at_the_instant_of_the_restart() {
    let mut shop = Shop::new(
        "[lifecycles.club]\nstages = [{ name = 'guest', when = 'visited', from = ['none'] }]",
    );
    shop.does("2026-03-01T10:00:00Z", "visited");
    shop.comes("2026-03-05T10:00:00Z");
    // The first condition holds as the first one held before.
    let shop = shop.restored(
        "[lifecycles.club]\nstages = [{ name = 'regular', when = 'visited', from = ['guest'] }, { name = 'guest', when = 'viewed', from = ['none'] }]",
    );
    assert_eq!(shop.stage("club"), Some("regular"));
}

#[test]
fn a_new_lifecycle_finds_the_past_of_every_profile_and_subject() {
    let mut shop = Shop::new("[segments]\nbuyer = 'purchased'");
    shop.does_with("2026-03-01T10:00:00Z", "viewed", "tv");
    shop.does_with("2026-03-02T10:00:00Z", "purchased", "shoes");
    let mut shop = shop.restored(&format!(
        "{BUYING}{BY_CATEGORY}\n[segments]\nbuyer = 'purchased'"
    ));
    assert_eq!(shop.stage("buying"), Some("evaluation"));
    assert_eq!(shop.stage_for("interest", "tv"), Some("awareness"));
    assert_eq!(shop.stage_for("interest", "shoes"), Some("evaluation"));
    assert_eq!(
        shop.edit,
        [
            "2026-03-02T10:00:00Z anna: buying None: none to evaluation (Rules)",
            "2026-03-02T10:00:00Z anna: interest Some(\"shoes\"): none to evaluation (Rules)",
            "2026-03-02T10:00:00Z anna: interest Some(\"tv\"): none to awareness (Rules)",
        ]
    );
    assert_eq!(
        shop.does_with("2026-03-03T10:00:00Z", "added_to_cart", "tv"),
        ["2026-03-03T10:00:00Z anna: interest Some(\"tv\"): awareness to decision (added_to_cart)"]
    );
}

#[test]
fn a_lifecycle_that_is_now_kept_by_category_forgets_the_one_it_was() {
    let rules = |per: &str| {
        format!(
            "[lifecycles.buying]\n{per}\nstages = [{{ name = 'awareness', when = 'viewed' }}, {{ name = 'cool', when = 'not viewed within 7 days', from = ['awareness'] }}]"
        )
    };
    let mut shop = Shop::new(&rules(""));
    shop.does_with("2026-03-01T10:00:00Z", "viewed", "tv");
    let mut shop = shop.restored(&rules("per = 'category'"));
    assert_eq!(
        (shop.stage("buying"), shop.stage_for("buying", "tv")),
        (None, Some("awareness"))
    );
    assert_eq!(
        shop.edit,
        [
            "2026-03-01T10:00:00Z anna: buying Some(\"tv\"): none to awareness (Rules)",
            "2026-03-01T10:00:00Z anna: buying None: awareness to none (Rules)",
        ]
    );
    assert_eq!(
        shop.comes("2026-04-01T00:00:00Z"),
        ["2026-03-08T10:00:00.000001Z anna: buying Some(\"tv\"): awareness to cool (time)"]
    );
}

#[test]
fn a_rule_is_another_where_one_that_it_refers_to_is() {
    let rules = |days: u32| {
        format!(
            "[tags]\n'interest/tv' = 'viewed within {days} days'\n[traits]\nviews = 'count(viewed within {days} days)'\n\
             [segments]\nviewer = 'viewed within {days} days'\nlisted = 'in segment viewer'\nfrequent = 'views >= 1'\ntagged_tv = 'tagged \"interest\"'"
        )
    };
    let mut shop = Shop::new(&rules(30));
    shop.does("2026-03-01T10:00:00Z", "viewed");
    shop.comes("2026-03-20T10:00:00Z");
    let all = ["viewer", "listed", "frequent", "tagged_tv"];
    assert_eq!(all.map(|segment| shop.holds(segment)), [true; 4]);
    let shop = shop.restored(&rules(7));
    assert_eq!(all.map(|segment| shop.holds(segment)), [false; 4]);
}

/// Also by those who are in it because nothing is known of them.
#[test]
fn a_segment_that_is_gone_is_left_by_all() {
    let mut shop = Shop::new("[segments]\nquiet = 'not viewed'\nbuyer = 'purchased'");
    shop.event("anna", "2026-03-01T10:00:00Z", "visited", None, None);
    shop.event("bruno", "2026-03-02T10:00:00Z", "viewed", None, None);
    shop.event("carla", "2026-03-03T10:00:00Z", "purchased", None, None);
    let shop = shop.restored("[segments]\nall = 'visited or not visited'");
    assert_eq!(
        shop.edit,
        [
            "2026-03-03T10:00:00Z anna: entered all (Rules)",
            "2026-03-03T10:00:00Z anna: left quiet (Rules)",
            "2026-03-03T10:00:00Z bruno: entered all (Rules)",
            "2026-03-03T10:00:00Z carla: entered all (Rules)",
            "2026-03-03T10:00:00Z carla: left buyer (Rules)",
            "2026-03-03T10:00:00Z carla: left quiet (Rules)",
        ]
    );
    let counts: Vec<_> = (shop.change.segments.iter())
        .map(|(name, edit)| (name.as_str(), edit.entered, edit.left))
        .collect();
    assert_eq!(counts, [("all", 3, 0), ("buyer", 0, 1), ("quiet", 0, 2)]);
}

#[test]
fn other_words_for_the_same_change_nothing() {
    let mut shop = Shop::new("[segments]\nbuyer = 'purchased and viewed'");
    shop.does("2026-03-01T10:00:00Z", "purchased");
    let shop = shop.restored("[segments]\nbuyer = '(purchased)   and (viewed)'");
    assert!(shop.edit.is_empty() && shop.change.is_empty());
}

#[test]
fn triggers_are_silent_about_an_edit_and_counted() {
    let rules = |days: u32, more: &str| {
        format!(
            "[segments]\nrecent = 'purchased within {days} days'\n{BUYING}\n{more}\n\
             [triggers.missed]\non = 'leave segment recent'\ndo = [{{ call = 'crm.task' }}]\n"
        )
    };
    let mut shop = Shop::new(&rules(30, ""));
    shop.does("2026-03-01T10:00:00Z", "purchased");
    shop.comes("2026-03-20T00:00:00Z");
    let welcome =
        "[triggers.welcome]\non = 'enter stage decision of buying'\ndo = [{ call = 'crm.task' }]\n";
    // Whoever has bought something has decided, and there is nothing to evaluate any more.
    let edited = rules(7, welcome)
        .replace(r#"{ name = "evaluation", when = "purchased" },"#, "")
        .replace(r#"when = "added_to_cart""#, r#"when = "purchased""#);
    let shop = shop.restored(&edited);
    assert_eq!(
        shop.edit,
        [
            "2026-03-20T00:00:00Z anna: buying None: evaluation to decision (Rules)",
            "2026-03-20T00:00:00Z anna: left recent (Rules)",
        ]
    );
    let silent: Vec<_> = (shop.change.silent_triggers.iter())
        .map(|(name, n)| (&**name, *n))
        .collect();
    assert_eq!(silent, [("missed", 1), ("welcome", 1)]);
}

/// Views before the thirty days that rules looked back were forgotten: whoever looks back sixty days is right in a month.
#[test]
fn rules_that_look_further_back_than_what_was_kept_say_so() {
    let rules = |days: u32| {
        format!("[segments]\nviewer = 'viewed within {days} days'\nbuyer = 'purchased'")
    };
    let mut shop = Shop::new(&rules(30)).lateness(1);
    shop.does("2026-01-01T00:00:00Z", "viewed");
    shop.comes("2026-03-02T00:00:00Z");
    assert_eq!(shop.engine.forget(), 1);
    let shop = shop.restored(&rules(60));
    let missing = &shop.change.missing_history;
    assert_eq!(missing.len(), 1);
    assert_eq!(missing[0].kind, "viewed");
    assert_eq!(missing[0].kept_from, at("2026-01-29T23:59:59.999999Z"));
    assert_eq!(
        missing[0].right_from,
        Some(at("2026-03-30T23:59:59.999999Z"))
    );
    // A month later it is as if nothing had been forgotten, and the length that was there before still is.
    let mut shop = shop;
    shop.comes("2026-04-01T00:00:00Z");
    let shop = shop.restored(&rules(59));
    assert_eq!(shop.change.missing_history, []);
    let shop = shop.restored("[segments]\nviewer = 'viewed'");
    assert_eq!(shop.change.missing_history[0].right_from, None);
}

/// The attributes and kinds of a schema that grows stand at other places.
#[test]
fn a_profile_keeps_its_values_under_a_schema_that_grows() {
    let rules = |schema: &str, city: &str| {
        format!(
            "[schema.attributes]\n{schema}\n[schema.events.zoomed]\n[schema.events.viewed]\n[segments]\nromans = 'city = \"{city}\" and viewed'"
        )
    };
    let grown = |schema: &str| {
        rules(schema, "Roma")
            .replace("zoomed", "added")
            .replace("events.viewed]", "events.viewed.properties]\nprice = 'int'")
    };
    let old = Rulebook::from_toml(&rules("city = 'string'\nage = 'int'", "Roma")).unwrap();
    let mut engine = Engine::new(&old, &Model::<Record>::for_schema(old.schema())).unwrap();
    let anna = Record::builder(old.schema(), "anna")
        .set("city", "Roma")
        .set("age", 47)
        .event("viewed", "2026-03-01T10:00:00Z", [])
        .event("zoomed", "2026-03-01T10:00:00Z", []);
    engine.advance(at("2026-03-02T00:00:00Z"), &mut Vec::new());
    engine.insert(anna.build().unwrap());
    let kept = serde_json::to_string(engine.state()).unwrap();
    let new = Rulebook::from_toml(&grown("address = 'string'\ncity = 'string'")).unwrap();
    let model = Model::<Record>::for_schema(new.schema());
    let mut out = Vec::new();
    let (restored, change) =
        Engine::restore(&new, &model, serde_json::from_str(&kept).unwrap(), &mut out).unwrap();
    assert_eq!(restored.holds("anna", "romans"), Some(true));
    assert_eq!(out, []);
    let lost: Vec<_> = change
        .lost_values
        .iter()
        .map(|(name, n)| (&**name, *n))
        .collect();
    assert_eq!(lost, [("age", 1), ("zoomed", 1)]);
    assert_eq!(engine.preview(&new, &model).unwrap(), change);
    assert_eq!(engine.reload(&new, &model, &mut out).unwrap(), change);
    assert_eq!(engine.state(), restored.state());
}

#[test]
fn a_state_of_which_the_last_profile_is_gone_is_the_same_after_a_restart() {
    let rules = "[segments]\nquiet = 'not viewed'";
    let mut shop = Shop::new(rules);
    shop.does("2026-03-01T10:00:00Z", "visited");
    shop.engine
        .remove("anna", at("2026-03-02T00:00:00Z"), &mut Vec::new());
    let kept = shop.engine.state().clone();
    let mut shop = shop.restored(rules);
    assert_eq!(shop.engine.state(), &kept);
    assert_eq!(
        shop.does("2026-03-03T10:00:00Z", "visited"),
        ["2026-03-03T10:00:00Z anna: entered quiet (NewProfile)"]
    );
}

/// Who is in a sample or a list is kept with each profile: the first that an engine met may be gone, or another's.
#[test]
fn whoever_is_in_a_list_stays_there_when_profiles_move() {
    let rules = "[segments]\nstaff = 'id in (\"anna\", \"carla\")'\nothers = 'id not in (\"anna\", \"carla\")'";
    let (mut one, mut other) = (Shop::new(rules), Shop::new(rules));
    for who in ["anna", "carla", "dora"] {
        one.event(who, "2026-03-01T10:00:00Z", "viewed", None, None);
    }
    other.event("bruno", "2026-03-01T10:00:00Z", "viewed", None, None);
    let moved = one.engine.export(["carla", "dora"]);
    let mut out = Vec::new();
    assert!(other.engine.import(moved, &mut out).unwrap().is_empty());
    one.engine
        .remove("anna", at("2026-03-02T00:00:00Z"), &mut Vec::new());
    for who in ["bruno", "carla", "dora"] {
        let staff = who == "carla";
        assert_eq!(other.engine.holds(who, "staff"), Some(staff), "{who}");
        assert_eq!(other.engine.holds(who, "others"), Some(!staff), "{who}");
    }
    let mut other = other;
    other
        .engine
        .remove("bruno", at("2026-03-02T00:00:00Z"), &mut Vec::new());
    let other = other.restored(rules);
    assert_eq!(other.engine.holds("carla", "staff"), Some(true));
    assert_eq!(out, []);
}

/// Also where nobody is left: who is in a segment because nothing is known of them leaves it when the rules there are others.
#[test]
fn whoever_moves_to_an_engine_with_other_rules_leaves_what_they_were_in() {
    let rules = |quiet: &str| format!("[segments]\nquiet = '{quiet}'");
    let (mut one, mut other) = (Shop::new(&rules("not viewed")), Shop::new(&rules("viewed")));
    one.does("2026-03-01T10:00:00Z", "visited");
    let moved = one.engine.export(["anna"]);
    let mut out = Vec::new();
    let change = other.engine.import(moved, &mut out).unwrap();
    let quiet = change.segments["quiet"];
    assert_eq!((quiet.entered, quiet.left, out.len()), (0, 1, 1));
}

#[test]
fn a_profile_that_was_imported_is_yet_to_be_saved() {
    let rules = "[segments]\nviewer = 'viewed'";
    let (mut one, mut other) = (Shop::new(rules), Shop::new(rules));
    one.does("2026-03-01T10:00:00Z", "viewed");
    other.engine = other.engine.with_change_tracking();
    let moved = one.engine.export(["anna"]);
    other.engine.import(moved, &mut Vec::new()).unwrap();
    let unsaved = |shop: &Shop| shop.engine.unsaved().profiles().count();
    assert_eq!(unsaved(&other), 1);
    other.engine.mark_saved();
    assert_eq!(unsaved(&other), 0);
    // Asking when something is due changes nothing.
    assert_eq!(other.engine.next_wakeup(), None);
    other.does("2026-03-02T10:00:00Z", "viewed");
    assert_eq!(unsaved(&other), 1);
}

/// Stages of a time of which events were forgotten stay as they were.
#[test]
fn history_does_not_undo_what_rests_on_forgotten_events() {
    let mut shop = Shop::new(
        "[lifecycles.recency]\nfrom = 'any'\nstages = [{ name = 'active', when = 'purchased within 30 days' }, { name = 'gone', when = 'not purchased within 30 days', from = ['active'] }]\n[segments]\nviewer = 'viewed within 1 year'",
    );
    shop.does("2025-01-01T10:00:00Z", "purchased");
    shop.comes("2026-03-01T00:00:00Z");
    assert_eq!(shop.engine.forget(), 1);
    assert_eq!(shop.stage("recency"), Some("gone"));
    let viewed = RecordEvent::new(
        shop.rulebook.schema(),
        "purchased",
        "2024-12-01T10:00:00Z",
        [],
    );
    let mut out = Vec::new();
    assert_eq!(shop.engine.absorb("anna", [viewed.unwrap()], &mut out), 1);
    assert_eq!((shop.stage("recency"), out.len()), (Some("gone"), 0));
}

#[test]
fn another_time_zone_is_another_rule() {
    let rules =
        |zone: &str| format!("timezone = '{zone}'\n[segments]\ntoday = 'viewed during today'");
    let mut shop = Shop::new(&rules("UTC"));
    shop.does("2026-03-10T23:30:00Z", "viewed");
    assert_eq!(shop.engine.next_wakeup(), Some(at("2026-03-11T00:00:00Z")));
    let mut shop = shop.restored(&rules("Europe/Rome"));
    assert_eq!(shop.engine.next_wakeup(), Some(at("2026-03-11T23:00:00Z")));
}

#[test]
fn rules_that_are_worded_anew_have_another_version_and_others_the_same() {
    let version = |rules: &str| {
        let mut shop = Shop::new(rules);
        let event =
            RecordEvent::new(shop.rulebook.schema(), "viewed", "2026-03-01T10:00:00Z", []).unwrap();
        let mut out = Vec::new();
        let _ = shop.engine.observe("anna", event, &mut out);
        match out.remove(0).kind {
            OutputKind::StageChanged(transition) => transition.version.to_string(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        version(BUYING),
        version(&format!("{BUYING}\n[segments]\nbuyer = 'purchased'"))
    );
    assert_ne!(
        version(BUYING),
        version(&BUYING.replace("reviewed", "reviewed at least twice"))
    );
    assert_eq!(version(BUYING).len(), 8);
}

/// What an engine keeps of a history belongs to its rules: those of the next may lie at the same place in memory.
#[test]
fn a_state_that_is_moved_into_another_engine_is_asked_anew() {
    let rules = |category: &str| {
        format!("[segments]\nkeen = 'count(viewed(\"{category}\") within 30 days) >= 2'")
    };
    let mut shop = Shop::new(&rules("tv"));
    for when in ["2026-03-01T10:00:00Z", "2026-03-02T10:00:00Z"] {
        shop.does_with(when, "viewed", "tv");
    }
    for round in 0..20 {
        let category = ["tv", "radio"][round % 2];
        let next = Shop::new(&rules(category));
        let model = Model::for_schema(next.rulebook.schema());
        let state = shop.engine.into_state();
        shop = Shop {
            engine: Engine::restore(&next.rulebook, &model, state, &mut Vec::new())
                .unwrap()
                .0,
            ..next
        };
        assert_eq!(shop.holds("keen"), category == "tv", "round {round}");
    }
}

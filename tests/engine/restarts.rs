//! Stories of restarts, also under other rules.

use crate::shop::{BUYING, BY_CATEGORY, Shop, at};
use segue::engine::{Engine, OutputKind};
use segue::profile::{Model, RecordEvent};

#[test]
fn a_restart_changes_nothing() {
    let rules = format!("{BUYING}\n{BY_CATEGORY}\n[segments]\nrecent = 'viewed within 7 days'");
    let mut shop = Shop::new(&rules).lateness(3);
    shop.does_with("2026-03-01T10:00:00Z", "viewed", "tv");
    let mut restored = Shop::new(&rules);
    restored.engine = Engine::restore(
        &restored.rulebook,
        &Model::for_schema(restored.rulebook.schema()),
        shop.engine.state().clone(),
    )
    .unwrap();
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
fn another_rule_is_judged_at_once_and_tells_only_what_comes() {
    let mut shop = Shop::new("[segments]\nrecent = 'purchased within 30 days'");
    shop.does("2026-03-01T10:00:00Z", "purchased");
    shop.comes("2026-03-20T00:00:00Z");
    let mut shop = shop.restored(
        "[segments]\nrecent = 'purchased within 7 days'\nbuyer = 'purchased within 60 days'",
    );
    assert_eq!((shop.holds("recent"), shop.holds("buyer")), (false, true));
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
            engine: Engine::restore(&next.rulebook, &model, state).unwrap(),
            ..next
        };
        assert_eq!(shop.holds("keen"), category == "tv", "round {round}");
    }
}

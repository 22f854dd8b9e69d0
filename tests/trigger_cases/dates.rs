//! Dates that change by themselves: a window lets go of the event that gave the date, a change that was known before takes
//! effect, the customer moves house.

use super::{SHOP, Shop, same, t};
use segue::Rulebook;
use segue::engine::Engine;
use segue::profile::{Model, Record};

const LETTER: &str = "do = [{ send = \"offer\" }]\n";

/// A shop that knows the past of these attributes, and what of it is to come.
fn tracking(attributes: &[&str], rules: &str) -> Shop {
    let mut source = format!("{SHOP}{rules}");
    for line in attributes {
        let (name, ty) = line.split_once(" = ").unwrap();
        source = source.replace(line, &format!("{name} = {{ type = {ty}, tracked = true }}"));
    }
    let rulebook = Rulebook::from_toml(&source).unwrap_or_else(|e| panic!("{e}"));
    let engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema())).unwrap();
    Shop {
        rulebook,
        engine,
        out: Vec::new(),
    }
}

fn after_the_first_purchase(days: u32) -> Shop {
    let on = format!("{days} days after first(purchased within 30 days).at at 09:00");
    let mut shop = Shop::with(&format!("[triggers.letter]\non = '{on}'\n{LETTER}"));
    shop.does("anna", "purchased", "2026-03-01T10:00:00Z", "tv");
    shop
}

#[test]
fn a_date_that_a_window_has_let_go_of_does_not_come() {
    let mut shop = after_the_first_purchase(40);
    assert_eq!(shop.engine.next_wakeup(), None);
    shop.until("2026-06-01T00:00:00Z");
    same(&shop.times(), &[]);
}

#[test]
fn a_date_that_time_alone_brings_about_comes() {
    let mut shop = after_the_first_purchase(12);
    shop.does("anna", "purchased", "2026-03-20T10:00:00Z", "tv");
    // The first purchase within 30 days is that of the 20th, from the 31st on.
    assert_eq!(shop.engine.next_wakeup(), Some(t("2026-04-01T07:00:00Z")));
    shop.until("2026-06-01T00:00:00Z");
    same(
        &shop.times(),
        &[
            ("2026-03-13T08:00:00Z", "letter"),
            ("2026-04-01T07:00:00Z", "letter"),
        ],
    );
}

#[test]
fn a_renewal_that_is_known_to_be_brought_forward_comes_when_it_then_is() {
    let mut shop = tracking(
        &["renewal = \"date\""],
        &format!("[triggers.letter]\non = 'renewal at 09:00'\n{LETTER}"),
    );
    shop.until("2026-02-01T00:00:00Z");
    let anna = r#"{"id": "anna", "history": {"renewal": [
        {"at": "2026-01-01T00:00:00Z", "value": "2026-06-01"}, {"at": "2026-03-01T00:00:00Z", "value": "2026-04-01"}]}}"#;
    shop.engine
        .insert(Record::from_json(shop.rulebook.schema(), anna).unwrap());
    assert_eq!(shop.engine.next_wakeup(), Some(t("2026-04-01T07:00:00Z")));
    shop.until("2026-12-31T00:00:00Z");
    same(&shop.times(), &[("2026-04-01T07:00:00Z", "letter")]);
}

#[test]
fn the_day_is_that_of_where_the_customer_lives_by_then() {
    let mut shop = tracking(
        &["timezone = \"string\""],
        &format!("[triggers.letter]\non = 'birthday at 09:00'\n{LETTER}"),
    );
    shop.until("2026-02-01T00:00:00Z");
    let anna = r#"{"id": "anna", "birthday": "1980-05-20", "history": {"timezone": [
        {"at": "2026-01-01T00:00:00Z", "value": "Europe/Rome"}, {"at": "2026-04-01T00:00:00Z", "value": "Asia/Tokyo"},
        {"at": "2026-05-20T06:00:00Z", "value": "America/New_York"}]}}"#;
    shop.engine
        .insert(Record::from_json(shop.rulebook.schema(), anna).unwrap());
    shop.until("2026-12-31T00:00:00Z");
    // It was nine o'clock in Tokyo, and, the same day, in New York.
    same(
        &shop.times(),
        &[
            ("2026-05-20T00:00:00Z", "letter"),
            ("2026-05-20T13:00:00Z", "letter"),
        ],
    );
}

fn scheduled(every: &str, from: &str, until: &str) -> Vec<String> {
    let rules = format!(
        "[segments]\nall = \"true\"\n[triggers.letter]\non = 'every {every} in segment all'\n{LETTER}"
    );
    let mut shop = Shop::with(&rules);
    shop.does("anna", "viewed", from, "tv");
    shop.until(until);
    shop.times().into_iter().map(|(at, _)| at).collect()
}

#[test]
fn every_other_week_keeps_its_rhythm_over_the_new_year_and_a_change_of_clocks() {
    let mondays = scheduled(
        "2 weeks on monday at 09:00",
        "2026-12-20T12:00:00Z",
        "2027-04-06T00:00:00Z",
    );
    assert_eq!(mondays.first().unwrap(), "2026-12-28T08:00:00Z");
    assert_eq!(mondays.last().unwrap(), "2027-04-05T07:00:00Z");
    assert_eq!(mondays.len(), 8);
    let from = scheduled(
        "2 weeks on monday from 2027-01-04 at 09:00",
        "2026-12-20T12:00:00Z",
        "2027-01-20T00:00:00Z",
    );
    assert_eq!(from, ["2027-01-04T08:00:00Z", "2027-01-18T08:00:00Z"]);
}

#[test]
fn days_of_months_quarters_and_years_come_where_the_calendar_has_them() {
    let (from, until) = ("2026-01-01T12:00:00Z", "2026-12-31T00:00:00Z");
    let days = |every: &str| {
        let all = scheduled(every, from, until);
        let days: Vec<String> = all.iter().map(|at| at[5..10].to_owned()).collect();
        days.join(" ")
    };
    assert_eq!(days("quarter on day 1 at 09:00"), "04-01 07-01 10-01");
    assert_eq!(days("year on 27 november at 09:00"), "11-27");
    assert_eq!(days("year on 29 february at 09:00"), "02-28");
    let fridays = days("month on last friday at 09:00");
    assert!(fridays.starts_with("01-30 02-27 03-27") && fridays.ends_with("11-27 12-25"));
    assert!(days("month on first monday at 09:00").starts_with("01-05 02-02 03-02"));
    assert_eq!(
        days("100 days from 2026-02-01 at 09:00"),
        "02-01 05-12 08-20 11-28"
    );
}

/// Rome leaves out the hour from two to three on the 29th of March and has it twice on the 25th of October.
#[test]
fn hours_are_those_that_clocks_show() {
    let hours = |every: &str, day: &str| {
        let all = scheduled(
            every,
            &format!("{day}T00:30:00Z"),
            &format!("{day}T03:30:00Z"),
        );
        let hours: Vec<String> = all.iter().map(|at| at[11..13].to_owned()).collect();
        hours.join(" ")
    };
    for day in ["2026-03-29", "2026-10-25"] {
        assert_eq!(hours("hour", day), "01 02 03");
    }
    assert_eq!(hours("3 hours", "2026-03-29"), "01");
    assert_eq!(hours("3 hours", "2026-10-25"), "02");
}

#[test]
fn a_fixed_day_comes_once_for_everybody() {
    let mut shop = Shop::with(&format!(
        "[triggers.letter]\non = 'on 2026-11-27 at 09:00'\n{LETTER}"
    ));
    shop.does("anna", "viewed", "2026-11-01T12:00:00Z", "tv");
    shop.does("bruno", "viewed", "2026-11-28T12:00:00Z", "tv");
    shop.until("2027-12-31T00:00:00Z");
    same(&shop.times(), &[("2026-11-27T08:00:00Z", "letter")]);
}

/// Priority orders what happens together. What an event or a change brings about goes before what time does at that instant.
#[test]
fn an_event_goes_before_a_date_of_its_instant() {
    let rules = format!(
        "[triggers.low]\non = 'viewed'\n{LETTER}[triggers.high]\non = 'viewed'\npriority = 1\n{LETTER}\
         [triggers.date]\non = 'renewal at 09:00'\npriority = 2\n{LETTER}[triggers.other_date]\non = 'renewal at 09:00'\npriority = 3\n{LETTER}"
    );
    let mut shop = Shop::with(&rules);
    shop.set("anna", "2026-03-01T10:00:00Z", "renewal", "2026-03-10");
    let nine = "2026-03-10T08:00:00Z";
    shop.does("anna", "viewed", nine, "tv");
    shop.until("2026-04-01T00:00:00Z");
    same(
        &shop.times(),
        &[
            (nine, "high"),
            (nine, "low"),
            (nine, "other_date"),
            (nine, "date"),
        ],
    );
}

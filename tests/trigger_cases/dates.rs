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
